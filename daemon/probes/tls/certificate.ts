import type {X509Certificate} from 'node:crypto';
import {connect, rootCertificates} from 'node:tls';
import type {Place} from '../ask.ts';

/** A certificate as a server presents it, and what the chain's verification said. */
export interface Presented {
	readonly certificate: X509Certificate;
	/** OpenSSL's name of the fault; undefined when the chain leads to a trusted root. */
	readonly chainError: string | undefined;
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
		servername: place.name,
		// Node loads its own roots once for all, as long as no list is given.
		...(trust.length > 0 && {ca: [...rootCertificates, ...trust]}),
		// The verdict is ours to give, so the handshake goes on; names are held against the contract's.
		rejectUnauthorized: false,
		checkServerIdentity: () => undefined,
		ALPNProtocols: ['http/1.1'],
	});
	const stop = (): void => {
		socket.destroy(new Error('The handshake took too long'));
	};
	signal.addEventListener('abort', stop, {once: true});
	socket.on('error', reject);
	socket.on('close', () => reject(new Error('The connection was closed during the handshake')));
	socket.on('secureConnect', () => {
		const certificate = socket.getPeerX509Certificate();
		const code: unknown = socket.authorizationError;
		if (certificate === undefined) {
			reject(new Error('The server showed no certificate'));
		} else {
			resolve({certificate, chainError: socket.authorized ? undefined : String(code)});
		}
	});
	return promise.finally(() => {
		signal.removeEventListener('abort', stop);
		socket.destroy();
	});
}
