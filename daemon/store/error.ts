export type StoreErrorCode =
	/** Another process holds the lock that writing needs. */
	| 'STORE_LOCKED'
	/** The file is not the database that was written: truncated, overwritten, or not a database at all. */
	| 'STORE_CORRUPT'
	/** Somebody else appended: the store's size is not the one the batch was made for. */
	| 'STORE_CONFLICT'
	/** A later version of this program wrote the file. */
	| 'STORE_TOO_NEW'
	| 'STORE_FAILED'
	| 'STORE_BAD_URL';

/** Why the store could not read or write. After a failed append, nothing of the batch is stored. */
export class StoreError extends Error {
	override readonly name = 'StoreError';
	readonly code: StoreErrorCode;

	constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
	}
}
