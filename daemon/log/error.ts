export type LogErrorCode =
	/** More appends wait than the queue holds: slow down and try again. */
	| 'LOG_OVERLOADED'
	/** The self-check found that the stored log is not what was signed. Nothing is appended until a person has looked. */
	| 'LOG_BROKEN'
	/** Another process holds the store's write lock. */
	| 'LOG_LOCKED'
	/** The store could not write; the entry is not in the log. */
	| 'LOG_STORE_FAILED'
	| 'LOG_CLOSED'
	/** The envelope is not signed by a key the log takes entries from, or is too large, or holds no statement. */
	| 'LOG_REFUSED_ENVELOPE'
	| 'LOG_NO_ENTRY'
	| 'LOG_BAD_RANGE'
	| 'LOG_BAD_KEY'
	| 'LOG_BAD_ORIGIN';

/** Why the log did not do what it was asked. `code` is also the metric label. */
export class LogError extends Error {
	override readonly name = 'LogError';
	readonly code: LogErrorCode;

	constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
