import {LogError, type LogErrorCode} from '../log/error.ts';

/** google.rpc.Code names that we answer with, their numbers, and the HTTP status that carries each. */
const codes = {
	INVALID_ARGUMENT: {number: 3, http: 400},
	NOT_FOUND: {number: 5, http: 404},
	PERMISSION_DENIED: {number: 7, http: 403},
	FAILED_PRECONDITION: {number: 9, http: 409},
	RESOURCE_EXHAUSTED: {number: 8, http: 429},
	OUT_OF_RANGE: {number: 11, http: 400},
	UNIMPLEMENTED: {number: 12, http: 405},
	INTERNAL: {number: 13, http: 500},
	UNAVAILABLE: {number: 14, http: 503},
	DATA_LOSS: {number: 15, http: 500},
} as const;

export type StatusCode = keyof typeof codes;

/** A request that can't be answered as it was sent. The message says what is wrong and what to send instead. */
export class ApiError extends Error {
	override readonly name = 'ApiError';
	readonly code: StatusCode;
	/** The stable word for programs; a log's error keeps its own. */
	readonly reason: string;

	constructor(code: StatusCode, reason: string, message: string, options?: ErrorOptions) {
		super(message, options);
		this.code = code;
		this.reason = reason;
	}
}

export interface Status {
	readonly grpc: number;
	readonly http: number;
	readonly message: string;
	readonly reason: string;
}

const logCodes: Readonly<Record<LogErrorCode, StatusCode>> = {
	LOG_OVERLOADED: 'RESOURCE_EXHAUSTED',
	LOG_BROKEN: 'DATA_LOSS',
	LOG_LOCKED: 'UNAVAILABLE',
	LOG_STORE_FAILED: 'UNAVAILABLE',
	LOG_CLOSED: 'UNAVAILABLE',
	LOG_REFUSED_ENVELOPE: 'INVALID_ARGUMENT',
	LOG_NO_ENTRY: 'NOT_FOUND',
	LOG_BAD_RANGE: 'OUT_OF_RANGE',
	LOG_BAD_KEY: 'INTERNAL',
	LOG_BAD_ORIGIN: 'INTERNAL',
};

/** The one place that knows gRPC's and HTTP's codes. What we did not foresee is told without its details. */
export function statusOf(error: unknown): Status {
	if (error instanceof ApiError) {
		return status(error.code, error.reason, error.message);
	}

	if (error instanceof LogError) {
		return status(logCodes[error.code], error.code, error.message);
	}

	return status('INTERNAL', 'INTERNAL', 'The daemon failed to answer; its own log says why');
}

/** google.rpc.Status as JSON. */
export function statusJson({grpc, message, reason}: Status): unknown {
	const info = {'@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'sallyport.dev'};
	return {code: grpc, message, details: [info]};
}

function status(code: StatusCode, reason: string, message: string): Status {
	const {number, http} = codes[code];
	return {grpc: number, http, message, reason};
}
