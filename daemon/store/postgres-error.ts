import {StoreError, type StoreErrorCode} from './error.ts';

/** SQLSTATE classes and codes, PostgreSQL's documentation appendix A. */
const corrupt = new Set(['XX001', 'XX002']);
/** What only one of two writers can do. */
const contested = new Set(['entry_position', 'content_pkey', 'checkpoint_pkey', 'node_pkey']);

/** The only place that knows PostgreSQL's error codes. @param place without a password */
export function postgresError(cause: unknown, place: string): StoreError {
	if (cause instanceof StoreError) {
		return cause;
	}

	const {code = '', constraint = ''} = fieldsOf(cause);
	const said = cause instanceof Error ? cause.message : String(cause);
	const is: StoreErrorCode = corrupt.has(code)
		? 'STORE_CORRUPT'
		: code === '23505' && contested.has(constraint)
			? 'STORE_CONFLICT'
			: 'STORE_FAILED';
	return new StoreError(is, `${place}: ${advice(is, code)} (${said || 'no answer'})`, {cause});
}

/** True when it is the connection that failed, and with it the right to write: whether a batch was stored is then unknown. */
export function isConnectionLost(cause: unknown): boolean {
	const {code = ''} = fieldsOf(cause);
	// Connection exceptions, shutdown and crash of the server, too many connections, a system that cannot go on; and sockets.
	return (
		/^(?:08|57P0|53300|58)/.test(code) ||
		/^E[A-Z]+$/.test(code) ||
		(code === '' && cause instanceof Error && /connection|timeout|terminated/i.test(cause.message))
	);
}

function advice(is: StoreErrorCode, code: string): string {
	if (is === 'STORE_CORRUPT') {
		return 'the server finds its own files damaged; restore a copy beside it';
	}

	if (is === 'STORE_CONFLICT') {
		return 'another process has appended to this log; only one daemon may write it';
	}

	return code === '42501'
		? 'the role may not do that; it needs SELECT and INSERT on all tables of the schema sallyport'
		: 'it can not be read or written; look at the server, its space and the way to it';
}

function fieldsOf(cause: unknown): {readonly code?: string; readonly constraint?: string} {
	return typeof cause === 'object' && cause !== null
		? (cause as {readonly code?: string; readonly constraint?: string})
		: {};
}
