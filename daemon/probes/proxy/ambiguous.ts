import {type Canary, reachedIn} from '../canary.ts';
import type {Heard} from '../rude.ts';
import {requestOverHttp2} from './http2-frames.ts';

/** One request that two readers may understand differently. It must end at the proxy. */
export interface Ambiguous {
	readonly name: string;
	readonly text: string;
	readonly alpn?: 'http/1.1' | 'h2';
	/** What comes through shows that it means only one thing by then: it may. */
	readonly isClear?: (heard: Pick<Heard, 'text' | 'closed'>) => boolean;
}

/** Everything that the proxy must refuse: none of it may come through, not once. */
export function ambiguousRequests(canary: Canary): readonly Ambiguous[] {
	return [...framed(canary), ...spelled(canary), ...chunked(canary), ...overHttp2(canary)];
}

const TE = 'Transfer-Encoding: chunked';
const END = '0\r\n\r\n';
const FOLDED = `sallyport-${'0'.repeat(36)}`;

/** RFC 9112 §6.1: it may be read by its chunks, when its length goes no further and the connection ends. */
function isReadByChunks({text, closed}: Pick<Heard, 'text' | 'closed'>): boolean {
	return reachedIn(text) === 1 && closed && text.includes('"length":""');
}

/** Where does this request end? */
function framed(canary: Canary): readonly Ambiguous[] {
	const post = (lines: readonly string[], body: string): string =>
		canary.request('echo', {method: 'POST', lines, body});
	// Read by its chunks another request follows, which must not be answered.
	const followed = END + canary.request('echo');
	return [
		{
			name: 'Content-Length and Transfer-Encoding',
			text: post(['Content-Length: 5', TE], followed),
			isClear: isReadByChunks,
		},
		{
			name: 'Transfer-Encoding and Content-Length',
			text: post([TE, 'Content-Length: 5'], followed),
			isClear: isReadByChunks,
		},
		{name: 'two Content-Length', text: post(['Content-Length: 5', 'Content-Length: 6'], 'hello!')},
		{name: 'a list as Content-Length', text: post(['Content-Length: 5, 6'], 'hello!')},
		{name: 'a sign before Content-Length', text: post(['Content-Length: +5'], 'hello')},
		{name: 'a negative Content-Length', text: post(['Content-Length: -1'], 'hello')},
		{name: 'an unknown Transfer-Encoding', text: post(['Transfer-Encoding: xchunked'], END)},
		{name: 'two Transfer-Encodings', text: post([TE, 'Transfer-Encoding: identity'], END)},
		{name: 'chunked, and something after it', text: post(['Transfer-Encoding: chunked, identity'], END)},
		{
			name: 'chunked in HTTP/1.0',
			text: canary.request('echo', {method: 'POST', version: ' HTTP/1.0', lines: [TE], body: END}),
			isClear: isReadByChunks,
		},
	];
}

/** Is this a header, and whose? */
function spelled(canary: Canary): readonly Ambiguous[] {
	const {host} = canary;
	const get = (lines: readonly string[]): string => canary.request('echo', {lines});
	return [
		{name: 'a space before the colon', text: get(['Transfer-Encoding : chunked'])},
		{
			name: 'a space before the first header',
			text: canary.request('echo', {host: [' X-First: 1', `Host: ${host}`]}),
		},
		{
			name: 'a line that goes on (obs-fold)',
			text: get(['Authorization: Bearer', ` ${FOLDED}`]),
			// RFC 9112 §5.2: refused, or made one line.
			isClear: ({text}) => text.includes(`"bearer":"Bearer ${FOLDED}"`),
		},
		{name: 'a NUL in a header', text: get(['X-Null: a\0b'])},
		{name: 'a carriage return alone', text: get([`X-Return: a\r${TE}`])},
		{name: 'no Host', text: canary.request('echo', {host: []})},
		{name: 'two Hosts', text: canary.request('echo', {host: [`Host: ${host}`, `Host: ${host}`]})},
		{name: 'a Host that is none', text: canary.request('echo', {host: [`Host: ${host}/x`]})},
		{name: 'HTTP/0.9', text: `GET ${canary.path('echo')}\r\n`},
		{name: 'HTTP/3.7', text: canary.request('echo', {version: ' HTTP/3.7'})},
		{
			name: 'a control character in the path',
			text: canary.request('echo', {target: `${canary.path('echo')}\x01`}),
		},
	];
}

/** How long is this chunk? */
function chunked(canary: Canary): readonly Ambiguous[] {
	const post = (body: string): string => canary.request('echo', {method: 'POST', lines: [TE], body});
	return [
		{name: 'a chunk size that overflows', text: post(`fffffffffffffffff\r\nhello\r\n${END}`)},
		{name: 'a chunk size as 0x5', text: post(`0x5\r\nhello\r\n${END}`)},
		{name: 'a negative chunk size', text: post(`-5\r\nhello\r\n${END}`)},
		{name: 'a chunk without its end', text: post(`5\r\nhelloX${END}`)},
	];
}

/** What would mean something once it is written as HTTP/1.1. */
function overHttp2(canary: Canary): readonly Ambiguous[] {
	const {host} = canary;
	const usual = [
		[':method', 'POST'],
		[':scheme', 'https'],
		[':path', canary.path('echo')],
		[':authority', host],
	] as const;
	const post = (more: readonly (readonly [string, string])[], body = 'hello'): string =>
		requestOverHttp2([...usual, ...more], body);
	const instead = (name: string, value: string): string =>
		requestOverHttp2(
			usual.map(field => (field[0] === name ? ([name, value] as const) : field)),
			'hello',
		);
	return [
		{
			name: 'HTTP/2 with Transfer-Encoding',
			alpn: 'h2',
			text: post([['transfer-encoding', 'chunked']], END),
			// RFC 9113 §8.2.2 calls it malformed; some take the field away and say the length themselves.
			isClear: ({text}) => text.includes(`"length":"${END.length}"`),
		},
		{name: 'HTTP/2 with a line feed in a value', alpn: 'h2', text: post([['x-a', `b\r\n${TE}`]])},
		{name: 'HTTP/2 with a line feed in a name', alpn: 'h2', text: post([[`x-a: b\r\n${TE}\r\nx-b`, 'c']])},
		{name: 'HTTP/2 with a body longer than it says', alpn: 'h2', text: post([['content-length', '2']])},
		{
			name: 'HTTP/2 with a line feed in the path',
			alpn: 'h2',
			text: instead(':path', `${canary.path('echo')} HTTP/1.1\r\nx-a: b`),
		},
		{name: 'HTTP/2 with a space in the method', alpn: 'h2', text: instead(':method', 'GET /x HTTP/1.1')},
		{name: 'HTTP/2 with two paths', alpn: 'h2', text: post([[':path', '/']])},
	];
}
