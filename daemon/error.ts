export type DaemonErrorCode =
	| 'CONFIG_INVALID'
	| 'STATE_LOCKED'
	| 'STATE_TOO_NEW'
	| 'DOCKER_HOST_INVALID'
	| 'DOCKER_UNREACHABLE'
	| 'DOCKER_TOO_OLD'
	| 'DOCKER_BAD_REPLY'
	| 'DOCKER_FORBIDDEN'
	| 'TARGET_GONE'
	| 'HTTP2_NOT_SPOKEN'
	| 'TARGET_MALFORMED'
	| 'FILE_ABSENT'
	| 'FILE_REFUSED'
	| 'RECORD_ALTERED'
	| 'LOOK_CUT_SHORT'
	| 'BUDGET_SPENT'
	| 'EPISODE_UNKNOWN'
	| 'ALERTS_ABSENT'
	| 'ALERT_TEST_RUNS'
	| 'QUEUE_FULL';

/** A failure of the daemon or of what it stands on. A container that fails its probes is a verdict, never one of these. */
export class DaemonError extends Error {
	override readonly name = 'DaemonError';
	readonly code: DaemonErrorCode;

	constructor(code: DaemonErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}

/** One line for a log or a finding, from whatever was thrown. Never a stack. */
export function reasonOf(thrown: unknown): string {
	const text = thrown instanceof Error ? thrown.message : String(thrown);
	return (text.split('\n')[0] ?? '').trim().slice(0, 300) || 'no reason given';
}
