import {request} from 'node:http';
import {CliError} from './error.ts';
import {printable} from './printable.ts';

/** Where the daemon's API is when nobody says otherwise. */
export const DEFAULT_SERVER = 'unix:/run/sallyport/api.sock';

/** Largest answer that is read, in bytes: a page of a thousand entries is a thirtieth of it. */
const MAX_ANSWER = 32 * 1024 * 1024;
const TIMEOUT_MS = 15_000;

export type Fields = Readonly<Record<string, unknown>>;

/** A part of an answer; nothing where it is something else. */
export function fieldsOf(value: unknown): Fields {
	return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** Asks the daemon; a path in, the parsed JSON out. With a body it changes something. */
export type RecordClient = (path: string, body?: Fields) => Promise<Fields>;

/**
 * A client of the daemon's HTTP API.
 * @param server `unix:/path`, an absolute path, or `http://host:port`
 * @throws {CliError} CLI_USAGE for another spelling
 */
export function recordClient(server: string): RecordClient {
	const where = placeOf(server);
	return async (path, sent) => {
		const {status, text} = await ask(where, path, server, sent);
		const body = parse(text, server);
		if (status !== 200) {
			const told = body['message'];
			throw new CliError(
				'CLI_REFUSED',
				typeof told === 'string' ? printable(told) : `The daemon at ${server} answered ${status}`,
			);
		}

		return body;
	};
}

interface Place {
	readonly socketPath?: string;
	readonly host?: string;
	readonly port?: string;
}

function placeOf(server: string): Place {
	const socketPath = /^(?:unix:(?:\/\/)?)?(\/[^/].*)$/.exec(server)?.[1];
	if (socketPath !== undefined) {
		return {socketPath};
	}

	const url = URL.parse(server);
	if (url?.protocol !== 'http:' || url.pathname !== '/') {
		const shown = JSON.stringify(server);
		throw new CliError('CLI_USAGE', `--server ${shown} is neither unix:/path nor http://host:port`);
	}

	return {host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || '80'};
}

interface Answer {
	readonly status: number;
	readonly text: string;
}

function ask(where: Place, path: string, server: string, sent: Fields | undefined): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const fail = (cause: Error): void => {
			const why = 'code' in cause && cause.code === 'EACCES' ? 'you may not use it' : cause.message;
			reject(
				new CliError(
					'CLI_NO_ANSWER',
					`No daemon answers at ${server} (${why}); start "sallyport daemon", or name another with --server`,
					{cause},
				),
			);
		};
		const signal = AbortSignal.timeout(TIMEOUT_MS);
		const bytes = sent === undefined ? undefined : Buffer.from(JSON.stringify(sent));
		const posted = bytes && {'content-type': 'application/json', 'content-length': bytes.length};
		const headers = {host: 'localhost', ...posted};
		const method = bytes === undefined ? 'GET' : 'POST';
		const asked = request({...where, path, method, headers, signal, agent: false}, response => {
			const chunks: Buffer[] = [];
			let size = 0;
			response.on('data', (chunk: Buffer) => {
				chunks.push(chunk);
				size += chunk.length;
				if (size > MAX_ANSWER) {
					asked.destroy(new Error(`the answer is larger than ${MAX_ANSWER} bytes`));
				}
			});
			response.on('error', fail);
			response.on('end', () =>
				resolve({status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString()}),
			);
		});
		asked.on('error', fail);
		asked.end(bytes);
	});
}

function parse(text: string, server: string): Fields {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
			return value as Fields; // An object that is no array has string keys.
		}
	} catch {
		// Told below, like JSON of another shape.
	}

	throw new CliError(
		'CLI_NO_ANSWER',
		`What answers at ${server} is not Sallyport's daemon; name it with --server`,
	);
}
