import {type ClientRequest, request as httpRequest, type IncomingMessage} from 'node:http';
import {request as httpsRequest} from 'node:https';
import {DaemonError} from '../error.ts';

/** A question to an endpoint. Header pairs are sent as they are, in order, so that a probe can also be rude. */
export interface Asked {
	readonly method?: string;
	readonly path: string;
	readonly headers?: readonly (readonly [name: string, value: string])[];
	/** Announces a body of this length and never sends it. */
	readonly announcedBytes?: number;
	/** Speaks plain HTTP to a port that expects TLS. */
	readonly plain?: boolean;
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
	readonly protocol: 'https' | 'redirect';
	readonly address: {readonly host: string; readonly port: number} | undefined;
	readonly name: string;
}

/** Everything that answers may be an enemy: endless headers and bodies end here, endless waiting at the signal. */
export const MAX_HEADER_BYTES = 32 * 1024;
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Asks once, on a connection of its own. The certificate is not judged here: a container with a bad one still has to
 * show its headers. Nothing secret is ever sent.
 * @throws {Error} of Node when the connection, TLS or the answer's form fails, and when the signal aborts
 */
export function ask(place: Place, asked: Asked, signal: AbortSignal): Promise<Answer> {
	const {address} = place;
	if (address === undefined) {
		return Promise.reject(new DaemonError('TARGET_GONE', 'The endpoint was not reached'));
	}

	const {promise, resolve, reject} = Promise.withResolvers<Answer>();
	const isTls = place.protocol === 'https' && asked.plain !== true;
	const options = {
		host: address.host,
		port: address.port,
		method: asked.method ?? 'GET',
		path: asked.path,
		headers: headersOf(place, asked),
		setHost: false,
		agent: false as const,
		maxHeaderSize: MAX_HEADER_BYTES,
		signal,
	};
	const request: ClientRequest = isTls
		? httpsRequest({
				...options,
				servername: place.name,
				rejectUnauthorized: false,
				ciphers: 'DEFAULT@SECLEVEL=0',
			})
		: httpRequest(options);
	request.on('error', reject);
	request.on('response', response => {
		read(response, signal).then(resolve, reject);
	});
	if (asked.announcedBytes === undefined) {
		request.end();
	} else {
		request.flushHeaders();
	}

	return promise.finally(() => request.destroy());
}

function headersOf({name, address}: Place, {headers = [], announcedBytes}: Asked): string[] {
	const named = headers.some(([header]) => header.toLowerCase() === 'host');
	const host = name === '' ? (address?.host ?? '') : name;
	return [
		...(named ? [] : ['Host', host]),
		'User-Agent',
		'sallyport-daemon',
		'Connection',
		'close',
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
	let length = 0;
	try {
		for await (const chunk of response) {
			if (!Buffer.isBuffer(chunk)) {
				continue;
			}

			chunks.push(chunk);
			length += chunk.length;
			if (length > MAX_BODY_BYTES) {
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
		cut: length > MAX_BODY_BYTES,
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
