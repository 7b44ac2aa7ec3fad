import {once} from 'node:events';
import {setTimeout as wait} from 'node:timers/promises';
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls';
import {nameForSni, type Place} from '../ask.ts';
import {earlyDataOf} from './der.ts';

/** What only a client with all of TLS in it can find out. It uses OpenSSL; what OpenSSL itself refuses stays undefined. */
export interface Resumption {
	/** TLS 1.2, by ticket or by id. */
	readonly before13: boolean | undefined;
	readonly in13: boolean | undefined;
	/** Bytes of early data that the server would take at the next visit. */
	readonly earlyDataBytes: number | undefined;
	/** Whether a client may begin a second handshake on the same connection (TLS 1.2). */
	readonly clientRenegotiation: boolean | undefined;
}

export async function resumptionOf(place: Place, signal: AbortSignal): Promise<Resumption> {
	const [old, modern, clientRenegotiation] = await Promise.all([
		visitTwice(place, {maxVersion: 'TLSv1.2'}, signal),
		visitTwice(place, {minVersion: 'TLSv1.3'}, signal),
		renegotiates(place, signal),
	]);
	return {
		before13: old?.reused,
		in13: modern?.reused,
		earlyDataBytes: modern && (modern.session === undefined ? 0 : earlyDataOf(modern.session)),
		clientRenegotiation,
	};
}

/** TLS 1.3 sends its tickets after the handshake; who sends any has sent them by then. */
const TICKET_MS = 300;
const RENEGOTIATION_MS = 1000;

async function visitTwice(
	place: Place,
	options: ConnectionOptions,
	signal: AbortSignal,
): Promise<{readonly session: Buffer | undefined; readonly reused: boolean} | undefined> {
	try {
		const session = await visit(place, options, signal, sessionOn);
		const reused =
			session !== undefined &&
			(await visit(place, {...options, session}, signal, async socket => socket.isSessionReused()));
		return {session, reused};
	} catch {
		return undefined; // It does not speak the version, or broke off.
	}
}

async function sessionOn(socket: TLSSocket, signal: AbortSignal): Promise<Buffer | undefined> {
	if (socket.getProtocol() !== 'TLSv1.3') {
		return socket.getSession();
	}

	// Node gives sessions of TLS 1.3 only as they come, by an event.
	const {promise, resolve} = Promise.withResolvers<Buffer>();
	socket.on('session', resolve);
	return await orAfter(TICKET_MS, promise, signal);
}

/** Undefined when it takes longer. */
async function orAfter<T>(ms: number, work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
	const over = new AbortController();
	const patience = wait(ms, undefined, {signal: AbortSignal.any([signal, over.signal])});
	try {
		return await Promise.race([work, patience]);
	} finally {
		patience.catch(() => undefined);
		over.abort();
	}
}

async function renegotiates(place: Place, signal: AbortSignal): Promise<boolean | undefined> {
	try {
		return await visit(place, {maxVersion: 'TLSv1.2'}, signal, async socket => {
			const {promise, resolve} = Promise.withResolvers<boolean>();
			socket.on('error', () => resolve(false));
			socket.on('close', () => resolve(false));
			socket.renegotiate({rejectUnauthorized: false}, error => resolve(error === null));
			// Some neither agree nor refuse; that is no renegotiation either.
			return (await orAfter(RENEGOTIATION_MS, promise, signal)) ?? false;
		});
	} catch {
		return undefined;
	}
}

async function visit<T>(
	place: Place,
	options: ConnectionOptions,
	signal: AbortSignal,
	look: (socket: TLSSocket, signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const socket = connect({
		host: place.address?.host ?? '',
		port: place.address?.port ?? 0,
		servername: nameForSni(place.name),
		rejectUnauthorized: false,
		checkServerIdentity: () => undefined,
		ciphers: 'ALL:eNULL:!aNULL:@SECLEVEL=0',
		...options,
	});
	socket.on('error', () => undefined);
	try {
		await once(socket, 'secureConnect', {signal});
		return await look(socket, signal);
	} finally {
		socket.destroy();
	}
}
