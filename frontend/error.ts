import type {Status} from '../proto/buildkit/gateway.ts';

export type FrontendErrorCode =
	| 'FRONTEND_ENGINE_TOO_OLD'
	| 'FRONTEND_BAD_OPTION'
	| 'FRONTEND_NO_DOCKERFILE'
	| 'FRONTEND_BAD_DOCKERFILE'
	| 'FRONTEND_BAD_PROJECT'
	| 'FRONTEND_DENIED'
	| 'FRONTEND_SHOWN'
	| 'FRONTEND_RESERVED_NAME'
	| 'FRONTEND_NO_PROXY'
	| 'FRONTEND_NO_SIDECAR'
	| 'FRONTEND_BAD_REPORT'
	| 'FRONTEND_SELF_TEST';

/** Lines of a user's file, counted from 1. */
export interface Excerpt {
	readonly file: string;
	readonly data: Uint8Array;
	readonly ranges: readonly {readonly line: number; readonly endLine: number}[];
}

/** The build cannot go on. The message is for the person who typed `docker build`; excerpts show them their own lines. */
export class FrontendError extends Error {
	override readonly name = 'FrontendError';
	readonly code: FrontendErrorCode;
	readonly excerpts: readonly Excerpt[];

	constructor(
		code: FrontendErrorCode,
		message: string,
		excerpts: readonly Excerpt[] = [],
		options?: ErrorOptions,
	) {
		super(message, options);
		this.code = code;
		this.excerpts = excerpts;
	}
}

/** What BuildKit answered instead of a result; passed on to the user as it came. */
export class GatewayError extends Error {
	override readonly name = 'GatewayError';
	readonly status: Status;

	constructor(status: Status) {
		super(status.message ?? 'BuildKit gave no reason');
		this.status = status;
	}
}
