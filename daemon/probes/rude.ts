import {once} from 'node:events';
import {connect as connectPlain, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {connect as connectTls, type SecureContext} from 'node:tls';
import {DaemonError} from '../error.ts';
import type {Place} from './ask.ts';

/** What is said, byte by byte, where a client library would be polite. */
export interface Said {
	/** In this order, with a pause after each. */
	readonly pieces: readonly {readonly text: string; readonly pauseMs?: number}[];
	/** Silence that ends the exchange once something was heard; 300 ms unless said. */
	readonly quietMs?: number;
	/** The exchange lasts no longer; two seconds unless said. */
	readonly mostMs?: number;
	readonly alpn?: 'http/1.1' | 'h2';
}

/** What came back. */
export interface Heard {
	/** Latin-1, cut to 64 KiB. */
	readonly text: string;
	/** The other side ended the connection, or never made one. */
	readonly closed: boolean;
	readonly tookMs: number;
}

/** For questions that no application should be asked; each container gets few of them in one look. */
export interface Rude {
	/** @throws {DaemonError} `BUDGET_SPENT` */
	readonly say: (place: Place, said: Said, signal: AbortSignal) => Promise<Heard>;
	/** The address under which the other side sees us; undefined where no connection comes about. */
	readonly from: (place: Place, signal: AbortSignal) => Promise<string | undefined>;
	/** Works given to it run one after the other, so that no two floods meet at one target. */
	readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Of all probes together, in one look. The greatest need is sixty. */
const MOST_EXCHANGES = 96;
const MOST_BYTES = 64 * 1024;

/** @param secureContext absent where everything is plain text */
export function openRude(secureContext: SecureContext | undefined, plain = false): Rude {
	let left = MOST_EXCHANGES;
	let last: Promise<unknown> = Promise.resolve();
	return {
		say: (place, said, signal) => {
			if (left === 0) {
				throw new DaemonError('BUDGET_SPENT', `${MOST_EXCHANGES} exchanges in one look are enough`);
			}

			left -= 1;
			return say(place, said, signal, plain ? undefined : secureContext);
		},
		from: ourAddress,
		alone: work => {
			const mine = last.then(work, work);
			last = mine.catch(() => undefined);
			return mine;
		},
	};
}

async function say(
	{address, name, protocol}: Place,
	{pieces, quietMs = 300, mostMs = 2000, alpn = 'http/1.1'}: Said,
	signal: AbortSignal,
	secureContext: SecureContext | undefined,
): Promise<Heard> {
	signal.throwIfAborted();
	if (address === undefined) {
		throw new DaemonError('TARGET_GONE', 'The endpoint was not reached');
	}

	const begun = performance.now();
	const isTls = protocol === 'https' && secureContext !== undefined;
	const socket = isTls
		? connectTls({
				...address,
				secureContext,
				servername: name,
				rejectUnauthorized: false,
				ALPNProtocols: [alpn],
			})
		: connectPlain(address);
	const ear = listen(socket, quietMs);
	const most = AbortSignal.any([signal, AbortSignal.timeout(mostMs)]);
	const stop = (): void => ear.end();
	most.addEventListener('abort', stop, {once: true});
	try {
		await Promise.race([once(socket, isTls ? 'secureConnect' : 'connect'), ear.ended]);
		for (const {text, pauseMs = 0} of pieces) {
			if (socket.destroyed || most.aborted) {
				break;
			}

			socket.write(text, 'latin1');
			await Promise.race([sleep(pauseMs), ear.closed]);
		}

		await ear.ended;
	} catch {
		// A connection that was reset is an answer.
	} finally {
		most.removeEventListener('abort', stop);
		socket.destroy();
	}

	signal.throwIfAborted();
	return {text: ear.text(), closed: ear.isClosed(), tookMs: performance.now() - begun};
}

async function ourAddress({address}: Place, signal: AbortSignal): Promise<string | undefined> {
	if (address === undefined) {
		return;
	}

	const socket = connectPlain(address);
	try {
		await once(socket, 'connect', {signal: AbortSignal.any([signal, AbortSignal.timeout(1000)])});
		return socket.localAddress?.replace(/^::ffff:/, '');
	} catch {
		return undefined;
	} finally {
		socket.destroy();
	}
}

/** Hears until the other side ends, or has been quiet after its first word. */
function listen(
	socket: Socket,
	quietMs: number,
): {
	readonly text: () => string;
	readonly isClosed: () => boolean;
	readonly ended: Promise<void>;
	readonly closed: Promise<void>;
	readonly end: () => void;
} {
	const done = Promise.withResolvers<void>();
	const gone = Promise.withResolvers<void>();
	const chunks: Buffer[] = [];
	let length = 0;
	let isClosed = false;
	let quiet: NodeJS.Timeout | undefined;
	const end = (): void => {
		clearTimeout(quiet);
		done.resolve();
	};
	const close = (): void => {
		isClosed = true;
		gone.resolve();
		end();
	};
	socket.on('data', (chunk: Buffer) => {
		clearTimeout(quiet);
		quiet = setTimeout(end, quietMs);
		length += chunk.length;
		chunks.push(chunk);
		if (length > MOST_BYTES) {
			end();
		}
	});
	socket.on('error', close);
	socket.on('end', close);
	socket.on('close', close);
	return {
		text: () => Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('latin1'),
		isClosed: () => isClosed,
		ended: done.promise,
		closed: gone.promise,
		end,
	};
}
