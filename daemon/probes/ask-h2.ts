import {type ClientHttp2Session, type ClientHttp2Stream, connect, constants} from 'node:http2';
import {isIP} from 'node:net';
import {type SecureContext, type TLSSocket, connect as tlsConnect} from 'node:tls';
import {DaemonError} from '../error.ts';
import {type Answer, type Asked, authorityOf, MAX_BODY_BYTES, MAX_HEADER_BYTES, type Place} from './ask.ts';
import {USER_AGENT} from './user-agent.ts';

/** Connections over HTTP/2, one for each place, shared by the questions of a look. */
export interface Sessions {
	readonly ask: (place: Place, asked: Asked, signal: AbortSignal) => Promise<Answer>;
	readonly close: () => void;
}

/** More pairs than this are no answer; the bytes of all of them are bounded besides. */
const MAX_HEADER_PAIRS = 512;
const MAX_SESSION_MEGABYTES = 1;

export function openSessions(secureContext: SecureContext): Sessions {
	const known = new Map<string, Promise<ClientHttp2Session>>();
	const open = new Set<ClientHttp2Session>();
	let isClosed = false;
	const opened = async (place: Place, signal: AbortSignal): Promise<ClientHttp2Session> => {
		const session = await openSession(place, secureContext, signal);
		open.add(session);
		session.once('close', () => open.delete(session));
		if (isClosed) {
			session.destroy();
		}

		return session;
	};

	const sessionOf = (place: Place, signal: AbortSignal): Promise<ClientHttp2Session> => {
		const key = JSON.stringify([place.address, place.name]);
		const session = known.get(key) ?? opened(place, signal);
		known.set(key, session);
		// A connection that failed or ended is not asked again: the next question makes its own.
		session.then(
			alive => alive.once('close', () => known.delete(key)),
			() => known.delete(key),
		);
		return session;
	};

	return {
		ask: async (place, asked, signal) => askOn(await sessionOf(place, signal), place, asked, signal),
		close: () => {
			isClosed = true;
			for (const session of open) {
				session.destroy();
			}
		},
	};
}

async function askOn(
	session: ClientHttp2Session,
	place: Place,
	asked: Asked,
	signal: AbortSignal,
): Promise<Answer> {
	signal.throwIfAborted();
	const stream = session.request(headersOf(place, asked), {endStream: asked.announcedBytes === undefined});
	const stop = (): void => {
		stream.destroy();
	};
	signal.addEventListener('abort', stop, {once: true});
	try {
		return await read(stream, signal);
	} finally {
		signal.removeEventListener('abort', stop);
		stream.close(constants.NGHTTP2_CANCEL);
	}
}

async function openSession(
	place: Place,
	secureContext: SecureContext,
	signal: AbortSignal,
): Promise<ClientHttp2Session> {
	const socket = await negotiated(place, secureContext, signal);
	const session = connect(`https://${authorityOf(place)}`, {
		createConnection: () => socket,
		// The server's header list is bounded by what we say here, and Node holds it to that.
		settings: {enablePush: false, maxHeaderListSize: MAX_HEADER_BYTES},
		maxHeaderListPairs: MAX_HEADER_PAIRS,
		maxSessionMemory: MAX_SESSION_MEGABYTES,
		maxReservedRemoteStreams: 0,
		// A value with space around it would be dropped without a word; probes see it, as HTTP/1.1 does.
		strictFieldWhitespaceValidation: false,
	});
	// Failures are told by the stream that was asked for.
	session.on('error', () => undefined);
	return session;
}

function negotiated(
	{address, name}: Place,
	secureContext: SecureContext,
	signal: AbortSignal,
): Promise<TLSSocket> {
	const {promise, resolve, reject} = Promise.withResolvers<TLSSocket>();
	if (address === undefined || signal.aborted) {
		return Promise.reject(new DaemonError('TARGET_GONE', 'The endpoint was not reached'));
	}

	const socket = tlsConnect({
		host: address.host,
		port: address.port,
		...(isIP(name) === 0 && {servername: name}),
		ALPNProtocols: ['h2', 'http/1.1'],
		rejectUnauthorized: false,
		secureContext,
	});
	const stop = (): void => {
		socket.destroy();
		reject(signal.reason);
	};
	signal.addEventListener('abort', stop, {once: true});
	socket.once('error', reject);
	socket.once('close', () => reject(new Error('The connection was closed before TLS was agreed')));
	socket.once('secureConnect', () => {
		if (socket.alpnProtocol === 'h2') {
			resolve(socket);
			return;
		}

		socket.destroy();
		reject(new DaemonError('HTTP2_NOT_SPOKEN', 'The server does not offer HTTP/2'));
	});
	return promise.finally(() => signal.removeEventListener('abort', stop));
}

function headersOf(place: Place, asked: Asked): Record<string, string | string[]> {
	const headers: Record<string, string | string[]> = {
		':method': asked.method ?? 'GET',
		':scheme': 'https',
		':authority': authorityOf(place),
		':path': asked.path,
		'user-agent': USER_AGENT,
	};
	if (asked.announcedBytes !== undefined) {
		headers['content-length'] = String(asked.announcedBytes);
	}

	for (const [written, value] of asked.headers ?? []) {
		const name = written.toLowerCase();
		const before = headers[name];
		headers[name] = before === undefined ? value : [before, value].flat();
	}

	return headers;
}

async function read(stream: ClientHttp2Stream, signal: AbortSignal): Promise<Answer> {
	const headers = await headersOfAnswer(stream, signal);
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of stream) {
		if (!Buffer.isBuffer(chunk)) {
			continue;
		}

		chunks.push(chunk);
		length += chunk.length;
		if (length > MAX_BODY_BYTES) {
			break;
		}
	}

	signal.throwIfAborted();
	return {
		status: Number(headers.find(([name]) => name === ':status')?.[1] ?? 0),
		headers: headers.filter(([name]) => !name.startsWith(':')),
		body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('latin1'),
		cut: length > MAX_BODY_BYTES,
	};
}

/** The pairs as they came: Node's object of headers would merge them. */
function headersOfAnswer(
	stream: ClientHttp2Stream,
	signal: AbortSignal,
): Promise<readonly (readonly [string, string])[]> {
	const {promise, resolve, reject} = Promise.withResolvers<readonly (readonly [string, string])[]>();
	stream.once('error', reject);
	stream.once('close', () => {
		reject(signal.aborted ? signal.reason : new Error('The answer ended before it began'));
	});
	stream.once('response', (...[, , raw]: readonly unknown[]) => {
		const words = Array.isArray(raw) ? raw.map(String) : [];
		resolve(
			words.flatMap((name, index) =>
				index % 2 === 0 ? [[name.toLowerCase(), words[index + 1] ?? ''] as const] : [],
			),
		);
	});
	return promise;
}
