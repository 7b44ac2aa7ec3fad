import {type SecureContext, type TLSSocket, connect as tlsConnect} from 'node:tls';
import type {Pair} from '../../proto/http2/hpack.ts';
import {DaemonError} from '../error.ts';
import {
	type Answer,
	type Asked,
	authorityOf,
	MAX_BODY_BYTES,
	MAX_HEADER_BYTES,
	nameForSni,
	type Place,
} from './ask.ts';
import {type Connection, openConnection} from './h2-connection.ts';
import {USER_AGENT} from './user-agent.ts';

/** Connections over HTTP/2, one for each place, shared by the questions of a look. */
export interface Sessions {
	readonly ask: (place: Place, asked: Asked, signal: AbortSignal) => Promise<Answer>;
	readonly close: () => void;
}

export function openSessions(secureContext: SecureContext): Sessions {
	const known = new Map<string, Promise<Connection>>();
	let isClosed = false;
	const open = async (place: Place, signal: AbortSignal): Promise<Connection> => {
		const socket = await negotiated(place, secureContext, signal);
		const connection = openConnection(socket, {headerBytes: MAX_HEADER_BYTES, bodyBytes: MAX_BODY_BYTES});
		if (isClosed) {
			connection.close(new DaemonError('LOOK_CUT_SHORT', 'The look is over'));
		}

		return connection;
	};

	/** A connection that failed or ended is not asked again: the next question makes its own. */
	const connectionTo = async (place: Place, signal: AbortSignal): Promise<Connection> => {
		const key = JSON.stringify([place.address, place.name]);
		const before = known.get(key);
		const connection = await before?.catch(() => undefined);
		if (connection?.isOpen() === true) {
			return connection;
		}

		// Of several questions that found it closed one opens the next.
		const now = known.get(key);
		const opening = now === undefined || now === before ? open(place, signal) : now;
		known.set(key, opening);
		return opening;
	};

	return {
		ask: async (place, asked, signal) => {
			const connection = await connectionTo(place, signal);
			return connection.ask(headersOf(place, asked), asked.announcedBytes !== undefined, signal);
		},
		close: () => {
			isClosed = true;
			for (const opening of known.values()) {
				opening.then(
					connection => connection.close(new DaemonError('LOOK_CUT_SHORT', 'The look is over')),
					() => undefined,
				);
			}
		},
	};
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
		servername: nameForSni(name),
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

function headersOf(place: Place, asked: Asked): readonly Pair[] {
	return [
		[':method', asked.method ?? 'GET'],
		[':scheme', 'https'],
		[':authority', authorityOf(place)],
		[':path', asked.path],
		['user-agent', USER_AGENT],
		...(asked.announcedBytes === undefined
			? []
			: [['content-length', String(asked.announcedBytes)] as const]),
		...(asked.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
	];
}
