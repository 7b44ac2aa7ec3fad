import {
	type ClientRequest,
	type Agent as HttpAgent,
	request as httpRequest,
	type IncomingMessage,
} from 'node:http';
import {type Agent, request as httpsRequest} from 'node:https';
import {isIP} from 'node:net';
import {createSecureContext, type SecureContext} from 'node:tls';
import {DaemonError} from '../error.ts';
import {USER_AGENT} from './user-agent.ts';

export type HttpVersion = 'HTTP/1.1' | 'HTTP/2';

/** A question to an endpoint. Header pairs are sent as they are, in order, so that a probe can also be rude. */
export interface Asked {
	readonly method?: string;
	readonly path: string;
	readonly headers?: readonly (readonly [name: string, value: string])[];
	/** Announces a body of this length and never sends it. */
	readonly announcedBytes?: number;
	/** Speaks plain HTTP to a port that expects TLS. */
	readonly plain?: boolean;
	/** HTTP/2 is negotiated under TLS, and spoken only then. HTTP/1.1 unless said. */
	readonly version?: HttpVersion;
}

/** An answer, cut to what a probe may hold. Header names are in lower case and never merged. */
export interface Answer {
	readonly status: number;
	readonly headers: readonly (readonly [name: string, value: string])[];
	readonly body: string;
	readonly cut: boolean;
}

/** Where to connect, and which name to ask for. */
export interface Place {
	readonly protocol: 'https' | 'http' | 'redirect';
	readonly address: {readonly host: string; readonly port: number} | undefined;
	readonly name: string;
}

/** Everything that answers may be an enemy: endless headers and bodies end here, endless waiting at the signal. */
export const MAX_HEADER_BYTES = 32 * 1024;
export const MAX_BODY_BYTES = 64 * 1024;
/** What a body may take on the wire: one that comes byte by byte is made to keep us busy. */
const MAX_WIRE_BYTES = 2 * MAX_BODY_BYTES;
/** Interim answers (1xx) before the real one; an honest server sends one or two, and their size is not bounded by Node. */
const MAX_INTERIM = 16;

/** Connections that the questions of one look share. */
export interface Wires {
	readonly agent: Agent;
	readonly plainAgent: HttpAgent;
	readonly secureContext: SecureContext;
	readonly askOverHttp2: (place: Place, asked: Asked, signal: AbortSignal) => Promise<Answer>;
	readonly close: () => void;
}

/** The certificate is not judged on them: a container with a bad one still has to show its headers. */
export function openSecureContext(): SecureContext {
	return createSecureContext({ciphers: 'DEFAULT@SECLEVEL=0'});
}

/**
 * Asks once. A rude question has a connection of its own, because the answer may close it. Nothing secret is ever sent.
 * @throws {DaemonError} `HTTP2_NOT_SPOKEN`; {Error} of Node when the connection, TLS or the answer's form fails, and when the
 * signal aborts
 */
export async function ask(place: Place, asked: Asked, signal: AbortSignal, wires?: Wires): Promise<Answer> {
	const isTls = place.protocol === 'https' && asked.plain !== true;
	if (asked.version !== 'HTTP/2') {
		return askOverHttp1(place, asked, signal, isTls, wires);
	}

	if (!isTls || wires === undefined) {
		throw new DaemonError(
			'HTTP2_NOT_SPOKEN',
			'HTTP/2 is negotiated under TLS, on connections that are shared',
		);
	}

	return wires.askOverHttp2(place, asked, signal);
}

function askOverHttp1(
	place: Place,
	asked: Asked,
	signal: AbortSignal,
	isTls: boolean,
	wires: Wires | undefined,
): Promise<Answer> {
	const {address} = place;
	if (address === undefined) {
		return Promise.reject(new DaemonError('TARGET_GONE', 'The endpoint was not reached'));
	}

	const {promise, resolve, reject} = Promise.withResolvers<Answer>();
	const isShared = wires !== undefined && asked.plain !== true && isPolite(asked);
	const options = {
		host: address.host,
		port: address.port,
		method: asked.method ?? 'GET',
		path: asked.path,
		headers: headersOf(place, asked, isShared),
		setHost: false,
		agent: isShared ? (isTls ? wires.agent : wires.plainAgent) : (false as const),
		maxHeaderSize: MAX_HEADER_BYTES,
		signal,
	};
	const tls = {
		servername: nameForSni(place.name),
		rejectUnauthorized: false,
		secureContext: wires?.secureContext ?? openSecureContext(),
	};
	const request: ClientRequest = isTls ? httpsRequest({...options, ...tls}) : httpRequest(options);
	// Bytes are the bound: Node would drop what comes after 2,000 pairs, and nobody would know.
	request.maxHeadersCount = 0;
	request.on('error', reject);
	let interim = 0;
	request.on('information', () => {
		interim += 1;
		if (interim > MAX_INTERIM) {
			request.destroy(new Error(`More than ${MAX_INTERIM} interim answers came before an answer`));
		}
	});
	request.on('response', response => {
		read(response, signal).then(resolve, reject);
	});
	if (asked.announcedBytes === undefined) {
		request.end();
	} else {
		request.flushHeaders();
	}

	// A shared connection goes back to the others once its answer was read to the end; any other is done with.
	return promise.then(
		answer => {
			if (!isShared || answer.cut) {
				request.destroy();
			}

			return answer;
		},
		(error: unknown) => {
			request.destroy();
			throw error;
		},
	);
}

function isPolite({announcedBytes, headers = []}: Asked): boolean {
	return announcedBytes === undefined && !headers.some(([name]) => name.toLowerCase() === 'host');
}

/** The name that is asked for; the address where any name will do. */
export function authorityOf({name, address}: Pick<Place, 'name' | 'address'>): string {
	const host = name === '' ? (address?.host ?? '') : name;
	return host.includes(':') ? `[${host}]` : host;
}

/** An address is no name, and is not sent in SNI (RFC 6066 §3). */
export function nameForSni(name: string): string {
	return isIP(name) === 0 ? name : '';
}

function headersOf(place: Place, {headers = [], announcedBytes}: Asked, isShared: boolean): string[] {
	const named = headers.some(([header]) => header.toLowerCase() === 'host');
	return [
		...(named ? [] : ['Host', authorityOf(place)]),
		'User-Agent',
		USER_AGENT,
		'Connection',
		isShared ? 'keep-alive' : 'close',
		...(announcedBytes === undefined ? [] : ['Content-Length', String(announcedBytes)]),
		...headers.flat(),
	];
}

async function read(response: IncomingMessage, signal: AbortSignal): Promise<Answer> {
	const stop = (): void => {
		response.destroy();
	};
	signal.addEventListener('abort', stop, {once: true});
	const chunks: Buffer[] = [];
	const {socket} = response;
	const begun = socket.bytesRead;
	const isTooMuch = (): boolean => length > MAX_BODY_BYTES || socket.bytesRead - begun > MAX_WIRE_BYTES;
	let length = 0;
	try {
		for await (const chunk of response) {
			if (!Buffer.isBuffer(chunk)) {
				continue;
			}

			chunks.push(chunk);
			length += chunk.length;
			if (isTooMuch()) {
				break;
			}
		}
	} finally {
		signal.removeEventListener('abort', stop);
	}

	return {
		status: response.statusCode ?? 0,
		headers: pairsOf(response.rawHeaders),
		body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString('latin1'),
		cut: isTooMuch(),
	};
}

function pairsOf(raw: readonly string[]): readonly (readonly [string, string])[] {
	return raw.flatMap((name, index) =>
		index % 2 === 0 ? [[name.toLowerCase(), raw[index + 1] ?? ''] as const] : [],
	);
}

/** All values of a header; none when it is absent. */
export function valuesOf({headers}: Pick<Answer, 'headers'>, name: string): readonly string[] {
	const wanted = name.toLowerCase();
	return headers.filter(([header]) => header === wanted).map(([, value]) => value);
}
