import type {Readable, Writable} from 'node:stream';
import {decode, encode, type Message} from '../../proto/buildkit/codec.ts';
import {
	type MethodName,
	methods,
	type RequestOf,
	type ResponseOf,
	SERVICE,
	type Status,
	status,
} from '../../proto/buildkit/gateway.ts';
import {GatewayError} from '../error.ts';
import {type Connection, type Headers, openConnection} from './http2.ts';

/** One connection to BuildKit. There is no close: ending the session first would lose the result; the process just exits. */
export interface Gateway {
	/** @throws {GatewayError} with BuildKit's own status */
	call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>>;
}

const UNKNOWN = 2;
const INTERNAL = 13;
/** One byte of compression flag and four of length before each message (gRPC over HTTP/2). */
const PREFIX = 5;

/**
 * Speaks gRPC over the two pipes that BuildKit gives a frontend: HTTP/2 with prior knowledge, we are the client.
 * The preface is sent at once, because BuildKit waits only ten seconds for it, counted from before our container exists.
 */
export function openGateway(input: Readable, output: Writable): Gateway {
	const connection = openConnection(input, output);
	return {
		async call(method, request) {
			const {path, request: requestType, response} = methods[method];
			const body = encode(requestType as Message<never>, request as never);
			const bytes = await unary(connection, SERVICE + path, body);
			return decode(response as Message<never>, bytes) as ResponseOf<typeof method>;
		},
	};
}

/** One unary call. The status is in the trailers, or in the headers of a call that fails at once. */
async function unary(connection: Connection, path: string, message: Uint8Array): Promise<Uint8Array> {
	const prefix = Buffer.alloc(PREFIX);
	prefix.writeUInt32BE(message.length, 1);
	const request = new Map([
		[':method', 'POST'],
		[':scheme', 'http'],
		[':path', path],
		[':authority', 'localhost'],
		['content-type', 'application/grpc+proto'],
		['te', 'trailers'],
	]);
	const answer = await connection.post(request, Buffer.concat([prefix, message])).catch((error: unknown) => {
		throw new GatewayError({
			code: INTERNAL,
			message: `${path}: ${error instanceof Error ? error.message : String(error)}`,
		});
	});
	const problem = statusOf(answer.headers);
	if (problem !== undefined) {
		throw new GatewayError(problem);
	}

	return answer.body.subarray(PREFIX);
}

/** The gRPC status of a finished call; undefined when it is OK. */
function statusOf(headers: Headers): Status | undefined {
	const code = headers.get('grpc-status');
	if (code === '0') {
		return undefined;
	}

	if (code === undefined) {
		return {code: INTERNAL, message: 'BuildKit ended the call without a status'};
	}

	const details = headers.get('grpc-status-details-bin');
	if (details !== undefined) {
		try {
			return decode(status, Buffer.from(details, 'base64'));
		} catch {
			// A detail we cannot read must not hide the message.
		}
	}

	const text = headers.get('grpc-message');
	return {
		code: Number(code) || UNKNOWN,
		message: text === undefined ? `gRPC status ${code}` : percentDecoded(text),
	};
}

/** gRPC over HTTP/2: the message is UTF-8 with %XX for what a header cannot hold. */
function percentDecoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
