import type {X509Certificate} from 'node:crypto';
import {connect, type TLSSocket} from 'node:tls';
import {nameForSni, type Place} from '../ask.ts';
import {contextFor} from './trusted-context.ts';

/** A certificate as a server presents it, what the chain's verification said, and what else one handshake shows. */
export interface Presented {
	readonly certificate: X509Certificate;
	/** OpenSSL's name of the fault; undefined when the chain leads to a trusted root. */
	readonly chainError: string | undefined;
	readonly negotiated: Negotiated;
}

export interface Negotiated {
	readonly version: string;
	readonly suite: string;
	readonly group: string | undefined;
	readonly protocol: string | undefined;
}

/**
 * Shakes hands and keeps the certificate, good or bad.
 * @throws {Error} when no TLS connection comes about
 */
export function presentedBy(place: Place, trust: readonly string[], signal: AbortSignal): Promise<Presented> {
	const {promise, resolve, reject} = Promise.withResolvers<Presented>();
	const socket = connect({
		host: place.address?.host ?? '',
		port: place.address?.port ?? 0,
		servername: nameForSni(place.name),
		secureContext: contextFor(trust),
		// The verdict is ours to give, so the handshake goes on; names are held against the contract's.
		rejectUnauthorized: false,
		checkServerIdentity: () => undefined,
		ALPNProtocols: ['h2', 'http/1.1'],
	});
	const stop = (): void => {
		socket.destroy(new Error('The handshake took too long'));
	};
	signal.addEventListener('abort', stop, {once: true});
	socket.on('error', reject);
	socket.on('close', () => reject(new Error('The connection was closed during the handshake')));
	socket.on('secureConnect', () => {
		const presented = presentedOn(socket);
		if (presented === undefined) {
			reject(new Error('The server showed no certificate'));
		} else {
			resolve(presented);
		}
	});
	return promise.finally(() => {
		signal.removeEventListener('abort', stop);
		socket.destroy();
	});
}

/** What stands on a connection whose handshake is done. */
export function presentedOn(socket: TLSSocket): Presented | undefined {
	const certificate = socket.getPeerX509Certificate();
	const code: unknown = socket.authorizationError;
	const ephemeral: {readonly name?: string} = socket.getEphemeralKeyInfo() ?? {};
	return (
		certificate && {
			certificate,
			chainError: socket.authorized ? undefined : String(code),
			negotiated: {
				version: socket.getProtocol() ?? '',
				suite: socket.getCipher().standardName ?? socket.getCipher().name,
				group: ephemeral.name,
				protocol: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : undefined,
			},
		}
	);
}
