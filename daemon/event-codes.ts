/**
 * Every line the daemon logs, by its code. A code is for ever: alerts are built on it, whatever the message says later.
 * The message never changes with the data; the data stands beside it.
 */
export const eventCodes = {
	DAEMON_STARTED: {level: 'info', message: 'The daemon watches'},
	DAEMON_STOPPING: {level: 'info', message: 'The daemon was asked to stop and finishes what it began'},
	DAEMON_STOPPED: {level: 'info', message: 'The daemon has stopped'},
	DAEMON_FAILED: {level: 'error', message: 'The daemon cannot go on'},
	ANCHOR_FAILED: {
		level: 'error',
		message: 'A checkpoint could not be kept outside of this host',
	},
	CONFIG_RELOADED: {level: 'info', message: 'Policy, waivers and trust were read again and are in force'},
	CONFIG_KEPT: {
		level: 'error',
		message: 'The changed configuration cannot be used, and the one before it stays in force',
	},
	CONFIG_NEEDS_RESTART: {level: 'warn', message: 'Options were changed that take a restart'},
	ENGINE_CONNECTED: {level: 'info', message: 'The engine answers; its containers are reconciled'},
	ENGINE_LOST: {level: 'error', message: 'The engine does not answer; trying again'},
	ENGINE_STILL_LOST: {level: 'debug', message: 'The engine still does not answer'},
	EVENTS_LOST: {level: 'error', message: 'Events of the engine may be lost; what ran meanwhile is not known'},
	TARGET_STRAY: {level: 'warn', message: 'Not every source that should know of a container does'},
	IMAGE_CHANGED: {level: 'debug', message: 'An image was brought in, named anew or taken away'},
	BUILD_ATTESTED: {
		level: 'info',
		message: 'An image was seen for the first time, and its build is in the log',
	},
	BUILD_NOT_ATTESTED: {level: 'warn', message: 'The build of an image could not be attested'},
	RELEASE_REFUSED: {level: 'warn', message: 'A file among the build attestations is none that is trusted'},
	TARGET_VERIFIED: {level: 'info', message: 'A container was verified and the statement is in the log'},
	TARGET_UNCHANGED: {level: 'debug', message: 'A container was verified again with the same results'},
	TARGET_COSTLY: {
		level: 'warn',
		message: 'A container takes so long to look at that for this hour only its configuration is',
	},
	PROBE_DOUBTED: {
		level: 'error',
		message: 'A probe did not see what is wrong with something bad on purpose; what it says does not count',
	},
	PROBE_BELIEVED: {level: 'info', message: 'A probe that was doubted sees what is bad on purpose again'},
	CLOCK_MOVED: {level: 'warn', message: "The host's clock moved by itself, or the machine slept"},
	HEARTBEAT_FAILED: {level: 'error', message: 'That the daemon lives could not be written down'},
	TARGET_GONE: {level: 'info', message: 'A container was gone before it could be looked at'},
	TARGET_FAILED: {level: 'warn', message: 'A container could not be looked at; trying again'},
	COVERAGE_SIGNED: {level: 'debug', message: 'A coverage statement is in the log'},
	MEMORY_LOST: {
		level: 'warn',
		message: 'What was first seen could not be read or kept: drift is measured from what is seen next',
	},
	RECORD_FAILED: {level: 'error', message: 'A statement could not be written to the log'},
	ALERT_TOLD: {level: 'info', message: 'A message was told through a channel'},
	ALERT_NOT_TOLD: {level: 'error', message: 'A message could not be told through a channel'},
	ALERT_NOT_KEPT: {level: 'warn', message: 'A channel could not be told which episodes are still open'},
	ALERT_DROPPED: {level: 'error', message: 'More notices wait than are kept; some are counted and not told'},
	CONTAINMENT_DONE: {level: 'error', message: 'A container was contained, as an approved policy says'},
	CONTAINMENT_FAILED: {level: 'error', message: 'A container was to be contained, and that is not confirmed'},
	CONTAINMENT_WITHHELD: {level: 'warn', message: 'A container would be contained, and something forbids it'},
	LOG_BROKEN: {
		level: 'error',
		message: 'The log is not what was signed; it is served for reading and takes nothing',
	},
	API_DEFECT: {level: 'error', message: 'A question to the API met a defect of ours'},
	QUEUE_FULL: {level: 'error', message: 'More containers wait than the queue holds; some are not looked at'},
} as const satisfies Readonly<
	Record<string, {readonly level: 'error' | 'warn' | 'info' | 'debug'; readonly message: string}>
>;

export type EventCode = keyof typeof eventCodes;

/** Writes one line. Data never holds a secret: no environment, no header values, no keys. */
export type Report = (event: EventCode, data?: Readonly<Record<string, unknown>>) => void;
