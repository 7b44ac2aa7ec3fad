import {readFileSync} from 'node:fs';
import {type IncomingMessage, request as plainRequest} from 'node:http';
import {request as tlsRequest} from 'node:https';
import type {Receipt} from './channel.ts';
import {TellError} from './channel.ts';
import {plain} from './plain.ts';

export interface Posting {
	readonly url: URL;
	readonly body: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** PEM file of authorities to trust instead of the usual ones. */
	readonly ca?: string | undefined;
	/** Never to be seen in what is told of the answer. */
	readonly secrets?: readonly string[];
}

/** One attempt. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 16 * 1024;
/** What a receiver may ask to be left alone for. */
const MAX_RETRY_AFTER_S = 300;

/**
 * Posts JSON and reads what is said to it. No redirect is followed: what is told is for whom the configuration names.
 * @throws {TellError}
 */
export async function post(posting: Posting, outer: AbortSignal): Promise<Receipt> {
	const signal = AbortSignal.any([outer, AbortSignal.timeout(TIMEOUT_MS)]);
	const {status, headers, text} = await exchange(posting, signal).catch((cause: unknown) => {
		throw new TellError(`no answer: ${hidden(wordsOf(cause), posting)}`, {cause});
	});
	const said = hidden(plain(text.trim(), 120), posting);
	const answer = said === '' ? `${status}` : `${status} ${said}`;
	if (status >= 200 && status < 300) {
		const providerId = idIn(headers, posting);
		return {state: 'accepted', answer, ...(providerId === undefined ? {} : {providerId})};
	}

	const isRedirect = status >= 300 && status < 400;
	throw new TellError(isRedirect ? `${status}, a redirect, and those are not followed` : answer, {
		isFinal: status < 500 && ![408, 425, 429].includes(status),
		...retryAfterIn(headers),
	});
}

interface Answer {
	readonly status: number;
	readonly headers: IncomingMessage['headers'];
	readonly text: string;
}

function exchange({url, body, headers, ca}: Posting, signal: AbortSignal): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = url.protocol === 'https:' ? tlsRequest : plainRequest;
		const bytes = Buffer.from(body);
		const options = {
			method: 'POST',
			// A connection of its own: what somebody else's server does to one is no matter for the next.
			agent: false,
			signal,
			headers: {
				'content-type': 'application/json',
				'content-length': bytes.length,
				'user-agent': 'sallyport-daemon',
				...headers,
			},
			...(ca === undefined ? {} : {ca: readFileSync(ca)}),
			...credentialsOff,
		};
		const asked = request(url, options, response => {
			const chunks: Buffer[] = [];
			let size = 0;
			const done = (): void => {
				const text = Buffer.concat(chunks).subarray(0, MAX_ANSWER).toString();
				resolve({status: response.statusCode ?? 0, headers: response.headers, text});
				asked.destroy();
			};
			response.on('data', (chunk: Buffer) => {
				chunks.push(chunk);
				size += chunk.length;
				if (size > MAX_ANSWER) {
					done();
				}
			});
			response.on('end', done);
			response.on('error', reject);
		});
		asked.on('error', reject);
		asked.end(bytes);
	});
}

/** The certificate is always verified, whatever the environment says. */
const credentialsOff = {rejectUnauthorized: true} as const;

const ID_HEADERS = ['x-slack-req-id', 'x-request-id', 'request-id', 'x-amzn-requestid', 'cf-ray'];

function idIn(headers: Answer['headers'], posting: Posting): string | undefined {
	const found = ID_HEADERS.map(name => headers[name]).find(value => typeof value === 'string');
	return typeof found === 'string' ? hidden(plain(found, 100), posting) : undefined;
}

function retryAfterIn(headers: Answer['headers']): {retryAfterMs?: number} {
	const seconds = Number(headers['retry-after']);
	return seconds > 0 ? {retryAfterMs: Math.min(seconds, MAX_RETRY_AFTER_S) * 1000} : {};
}

/** A receiver may well repeat what it was sent. */
function hidden(text: string, {url, secrets = []}: Posting): string {
	const all = [...secrets, url.href, `${url.pathname}${url.search}`, ...url.pathname.split('/')];
	return all
		.filter(secret => secret.length >= 8)
		.reduce((clean, secret) => clean.replaceAll(secret, '…'), text);
}

function wordsOf(cause: unknown): string {
	if (cause instanceof Error && cause.name === 'TimeoutError') {
		return `nothing was said within ${TIMEOUT_MS / 1000} seconds`;
	}

	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
	return plain(code === '' ? String(cause) : code, 120);
}
