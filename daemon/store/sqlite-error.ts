import {StoreError, type StoreErrorCode} from './error.ts';

// Primary result codes, https://www.sqlite.org/rescode.html. The extended code's low byte is the primary one.
const codes: Readonly<Record<number, StoreErrorCode>> = {
	5: 'STORE_LOCKED',
	6: 'STORE_LOCKED',
	10: 'STORE_FAILED',
	11: 'STORE_CORRUPT',
	26: 'STORE_CORRUPT',
};

// A read past the end of the file is how SQLite sees a truncated one.
const SHORT_READ = 522;

/** The only place that knows SQLite's result codes. */
export function storeErrorOf(cause: unknown, path: string): StoreError {
	if (cause instanceof StoreError) {
		return cause;
	}

	const number = errcodeOf(cause);
	const code = number === SHORT_READ ? 'STORE_CORRUPT' : (codes[number & 0xff] ?? 'STORE_FAILED');
	const detail = cause instanceof Error ? cause.message : String(cause);
	return new StoreError(code, `${path}: ${advice[code]} (${detail})`, {cause});
}

const advice: Readonly<Record<StoreErrorCode, string>> = {
	STORE_LOCKED: 'another process holds its lock; stop the other process, or wait for it',
	STORE_CORRUPT: 'this is not the database that was written; keep the file, and restore a copy beside it',
	STORE_TOO_NEW: 'a newer version of Sallyport wrote it; start that version again',
	STORE_CONFLICT: 'another process has appended to it; only one daemon may use it',
	STORE_FAILED: 'it can not be read or written; look at the disk, its space and its permissions',
	STORE_BAD_URL: 'the name is not one of a store',
};

function errcodeOf(cause: unknown): number {
	return typeof cause === 'object' &&
		cause !== null &&
		'errcode' in cause &&
		typeof cause.errcode === 'number'
		? cause.errcode
		: 0;
}
