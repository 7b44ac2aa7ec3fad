import {connect, type Socket} from 'node:net';
import {authorityOf} from './ask.ts';
import type {Endpoint} from './probe.ts';
import {clientHello} from './tls/hello.ts';
import {USER_AGENT} from './user-agent.ts';

type Address = NonNullable<Endpoint['address']>;

/** What a port speaks, by the first bytes of its answer. `other` speaks, or accepts and says nothing that we know. */
export type Spoken = 'tls' | 'http' | 'other' | 'closed';

/** A server that speaks first is none of HTTP, and is left alone. */
const LISTEN_MS = 100;
const ANSWER_MS = 1000;
const MAX_BYTES = 16;

/**
 * Asks a port what it speaks: listens a moment, says a TLS hello, and then a plain question that changes nothing. Each on a
 * connection of its own, because a server that did not understand the one may not take the other.
 */
export async function spokenAt(address: Address, name: string, signal: AbortSignal): Promise<Spoken> {
	const hello = await firstWords(address, clientHello({version: 'TLSv1.2', serverName: name}), signal);
	if (hello === undefined || hello.first) {
		return hello === undefined ? 'closed' : 'other';
	}

	// A handshake or an alert of TLS, whatever it says.
	if ((hello.bytes[0] === 22 || hello.bytes[0] === 21) && hello.bytes[1] === 3) {
		return 'tls';
	}

	const question = `HEAD / HTTP/1.1\r\nHost: ${authorityOf({name, address})}\r\nUser-Agent: ${USER_AGENT}\r\nConnection: close\r\n\r\n`;
	const answer = await firstWords(address, Buffer.from(question, 'latin1'), signal);
	return answer?.bytes.subarray(0, 5).toString('latin1') === 'HTTP/' ? 'http' : 'other';
}

/** @returns undefined where nothing accepts; `first` when the other side began to speak */
function firstWords(
	{host, port}: Address,
	question: Buffer,
	signal: AbortSignal,
): Promise<{readonly bytes: Buffer; readonly first: boolean} | undefined> {
	const {promise, resolve} = Promise.withResolvers<Awaited<ReturnType<typeof firstWords>>>();
	const late = AbortSignal.any([signal, AbortSignal.timeout(LISTEN_MS + ANSWER_MS)]);
	const socket: Socket = connect({host, port, signal: late});
	let heard = Buffer.alloc(0);
	let isConnected = false;
	let isAsked = false;
	let timer: NodeJS.Timeout | undefined;
	socket.on('connect', () => {
		isConnected = true;
		timer = setTimeout(() => {
			isAsked = true;
			socket.write(question);
		}, LISTEN_MS);
	});
	socket.on('data', (chunk: Buffer) => {
		heard = Buffer.concat([heard, chunk.subarray(0, MAX_BYTES)]);
		if (!isAsked || heard.length >= 5) {
			resolve({bytes: heard, first: !isAsked});
		}
	});
	socket.on('error', () => undefined);
	socket.on('close', () => resolve(isConnected ? {bytes: heard, first: false} : undefined));
	return promise.finally(() => {
		clearTimeout(timer);
		socket.destroy();
	});
}
