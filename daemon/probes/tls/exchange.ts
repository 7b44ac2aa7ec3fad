import {connect} from 'node:net';
import type {Place} from '../ask.ts';
import {clientHello, extensions, helloOfSslv2, type Offer} from './hello.ts';
import {type Heard, type Listener, listen} from './listen.ts';
import {ownGroups, ownShares, ownSuites} from './secrets.ts';

/** A server that has not answered a hello by then is taken for one that never will. */
const PATIENCE_MS = 2500;

/** Sends a hello, and hears which version, suite and group the server would take. */
export function sayHello(place: Place, offer: Offer, signal: AbortSignal): Promise<Heard> {
	return exchange(place, clientHello(offer), listen({until: 'hello'}), signal);
}

/** The same, and listens on to the certificate and the server's key. TLS 1.3 hides them, so we bring keys of our own. */
export function hearFlight(place: Place, offer: Offer, signal: AbortSignal): Promise<Heard> {
	if (offer.version !== 'TLSv1.3') {
		return exchange(place, clientHello(offer), listen({until: 'flight'}), signal);
	}

	const {offered, opener} = ownShares();
	const hello = clientHello({suites: ownSuites, groups: ownGroups, ...offer, shares: offered});
	const listener = listen({
		until: 'flight',
		open: ({suite, extensions: found}, answer) => {
			const share = found.get(extensions.keyShare);
			const transcript = Buffer.concat([hello.subarray(5), answer]);
			return share && opener({suite, share, transcript});
		},
	});
	return exchange(place, hello, listener, signal);
}

/** SSLv2 has records of its own: type 4 after a length of two bytes is its hello. Nobody has a word for refusing it. */
export async function speaksSslv2(place: Place, signal: AbortSignal): Promise<boolean> {
	let seen = Buffer.alloc(0);
	const verdict: Heard = {heard: 'unclear', reason: ''};
	await exchange(
		place,
		helloOfSslv2(),
		{
			feed: chunk => {
				seen = Buffer.concat([seen, chunk]).subarray(0, 16);
				return seen.length >= 7 ? verdict : undefined;
			},
			end: () => verdict,
		},
		signal,
	);
	return seen.length >= 7 && (seen[0] ?? 0) >= 0x80 && seen[2] === 4 && seen.readUInt16BE(5) === 2;
}

function exchange(place: Place, hello: Buffer, listener: Listener, signal: AbortSignal): Promise<Heard> {
	const {promise, resolve} = Promise.withResolvers<Heard>();
	const socket = connect({
		host: place.address?.host ?? '',
		port: place.address?.port ?? 0,
		noDelay: true,
	});
	const stop = (): void => resolve(listener.end('no answer came in time'));
	const patience = setTimeout(stop, PATIENCE_MS);
	patience.unref();
	signal.addEventListener('abort', stop, {once: true});
	if (signal.aborted) {
		stop();
	}

	socket.on('connect', () => socket.write(hello));
	socket.on('data', chunk => {
		const heard = listener.feed(chunk);
		if (heard !== undefined) {
			resolve(heard);
		}
	});
	socket.on('error', error => resolve(listener.end(error.message)));
	socket.on('close', () => resolve(listener.end('the connection was closed without an answer')));
	return promise.finally(() => {
		clearTimeout(patience);
		signal.removeEventListener('abort', stop);
		socket.destroy();
	});
}
