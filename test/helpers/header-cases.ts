import {readFileSync} from 'node:fs';
import {createSecureServer, type Http2ServerRequest, type Http2ServerResponse} from 'node:http2';
import type {Certified} from './certificates.ts';
import {listening} from './subject.ts';

/** A site by what its answers say, and what is to be said of it. */
export interface HeaderCase {
	readonly name: string;
	/** All lines of each header, in order; `$origin` stands for the origin that asked. */
	readonly headers: Readonly<Record<string, readonly string[]>>;
	readonly body: string;
	/** Errors look like the page, have none of its headers, or show a stack. */
	readonly errors: 'alike' | 'bare' | 'trace';
	readonly expected: Readonly<Record<string, string>>;
	/** Where Mozilla's Observatory means something else, and who is right. */
	readonly differs: Readonly<Record<string, string>>;
}

const file = new URL('../fixtures/headers/configurations.json', import.meta.url);
const PAGE = '<!doctype html><title>A page</title><p>Hello.';
const TRACE = `${PAGE}<pre>Error: no\n    at handle (/srv/app/server.js:10:20)</pre>`;

export function headerCases(): readonly HeaderCase[] {
	const {usual, configurations} = JSON.parse(readFileSync(file, 'utf8')) as Fixture;
	return configurations.map(({set, expected, ...rest}) => ({
		body: PAGE,
		errors: 'alike',
		...rest,
		headers: {...usual.headers, ...set},
		expected: {...usual.expected, ...expected},
	}));
}

interface Fixture {
	readonly usual: Pick<HeaderCase, 'headers' | 'expected'>;
	readonly configurations: readonly (Pick<HeaderCase, 'name' | 'expected' | 'differs'> &
		Partial<HeaderCase> & {readonly set: HeaderCase['headers']})[];
}

/** Serves one configuration on loopback, over HTTP/1.1 and HTTP/2, until the end of the `using` block. */
export function serveCase(
	each: HeaderCase,
	{key, cert}: Certified,
): Promise<AsyncDisposable & {readonly port: number}> {
	const lenient = {allowHTTP1: true, strictSingleValueFields: false};
	return listening(createSecureServer({key, cert, ...lenient}, answering(each)));
}

function answering({headers, body, errors}: HeaderCase) {
	const bare = {'Content-Type': headers['Content-Type'] ?? []};
	return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
		const isThere = request.url === '/';
		const origin = request.headers.origin ?? '*';
		setHeaders(response, isThere || errors !== 'bare' ? headers : bare, origin);
		response.statusCode = isThere ? 200 : 404;
		response.end(isThere || errors !== 'trace' ? body : TRACE);
	};
}

function setHeaders(response: Http2ServerResponse, headers: HeaderCase['headers'], origin: string): void {
	for (const [name, values] of Object.entries(headers)) {
		if (values.length > 0) {
			response.setHeader(
				name,
				values.map(value => value.replaceAll('$origin', origin)),
			);
		}
	}
}
