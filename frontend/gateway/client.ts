import {type ClientHttp2Session, type ClientHttp2Stream, connect, constants} from 'node:http2';
import {Duplex, type Readable, type Writable} from 'node:stream';
import {decode, encode, type Message} from '../../proto/buildkit/codec.ts';
import {
	type MethodName,
	methods,
	type RequestOf,
	type ResponseOf,
	SERVICE,
	status,
} from '../../proto/buildkit/gateway.ts';
import {GatewayError} from '../error.ts';
import {boundedHeaderBlocks} from './header-blocks.ts';

/** One connection to BuildKit. There is no close: ending the session first would lose the result; the process just exits. */
export interface Gateway {
	/** @throws {GatewayError} with BuildKit's own status */
	call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<ResponseOf<M>>;
}

/** Generous: BuildKit itself stops at 16 MiB. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const WINDOW = 4 * 1024 * 1024;
const UNKNOWN = 2;
const INTERNAL = 13;

/**
 * Speaks gRPC over the two pipes that BuildKit gives a frontend: HTTP/2 with prior knowledge, we are the client.
 * The preface is sent at once, because BuildKit waits only ten seconds for it, counted from before our container exists.
 */
export function openGateway(input: Readable, output: Writable): Gateway {
	const frames = input.pipe(boundedHeaderBlocks());
	const session = connect('http://localhost', {
		createConnection: () => Duplex.from({readable: frames, writable: output}),
		settings: {enablePush: false, initialWindowSize: WINDOW, maxHeaderListSize: 1024 * 1024},
		maxSessionMemory: 256,
	});
	session.on('connect', () => session.setLocalWindowSize(WINDOW));
	// Errors of the session also end every open call, which is where they are told.
	session.on('error', () => undefined);
	return {
		async call(method, request) {
			const {path, request: requestType, response} = methods[method];
			const body = encode(requestType as Message<never>, request as never);
			const bytes = await unary(session, SERVICE + path, body);
			return decode(response as Message<never>, bytes) as ResponseOf<typeof method>;
		},
	};
}

/** One unary gRPC call: five bytes of frame header and the message, both ways; the status is in the trailers. */
function unary(session: ClientHttp2Session, path: string, body: Uint8Array): Promise<Uint8Array> {
	const stream = session.request({
		':method': 'POST',
		':path': path,
		'content-type': 'application/grpc+proto',
		te: 'trailers',
	});
	const prefix = Buffer.alloc(5);
	prefix.writeUInt32BE(body.length, 1);
	stream.end(Buffer.concat([prefix, body]));
	return answerOf(stream, path);
}

function answerOf(stream: ClientHttp2Stream, path: string): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const chunks: Buffer[] = [];
		let size = 0;
		let last: Readonly<Record<string, unknown>> = {};
		const fail = (message: string) =>
			reject(new GatewayError({code: INTERNAL, message: `${path}: ${message}`}));
		stream.on('data', (chunk: Buffer) => {
			size += chunk.length;
			chunks.push(chunk);
			if (size > MAX_RESPONSE_BYTES) {
				stream.close(constants.NGHTTP2_CANCEL);
				fail(`BuildKit's answer is larger than ${MAX_RESPONSE_BYTES} bytes`);
			}
		});
		// A call that fails at once has its status in the headers (trailers-only, gRPC over HTTP/2).
		stream.on('response', headers => {
			last = headers;
		});
		stream.on('trailers', trailers => {
			last = {...last, ...trailers};
			// BuildKit may answer before it has read our whole request; waiting for the rest to be sent would hang.
			if (!stream.writableFinished) {
				stream.close(constants.NGHTTP2_NO_ERROR);
			}
		});
		stream.on('error', error => fail(error.message));
		stream.on('close', () => {
			const problem = statusOf(last);
			if (problem !== undefined) {
				reject(new GatewayError(problem));
			} else {
				resolve(Buffer.concat(chunks).subarray(5));
			}
		});
	});
}

/** The gRPC status of a finished call; undefined when it is OK. */
function statusOf(headers: Readonly<Record<string, unknown>>): GatewayError['status'] | undefined {
	const code = headers['grpc-status'];
	if (code === '0') {
		return undefined;
	}

	if (code === undefined) {
		return {code: INTERNAL, message: 'BuildKit ended the call without a status'};
	}

	const details = headers['grpc-status-details-bin'];
	if (typeof details === 'string') {
		try {
			return decode(status, Buffer.from(details, 'base64'));
		} catch {
			// A detail we cannot read must not hide the message.
		}
	}

	const text = headers['grpc-message'];
	return {
		code: Number(code) || UNKNOWN,
		message: typeof text === 'string' ? percentDecoded(text) : `gRPC status ${code}`,
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
