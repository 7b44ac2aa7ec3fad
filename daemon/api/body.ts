import type {IncomingMessage} from 'node:http';
import type {Body} from './episodes.ts';
import {ApiError} from './status.ts';

/** What a call that changes something says is a handful of short texts. */
const MAX_BYTES = 16 * 1024;

/** The JSON object that was sent. @throws {ApiError} INVALID_ARGUMENT */
export async function readBody(request: IncomingMessage): Promise<Body> {
	const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim();
	if (type !== 'application/json') {
		throw refused('Send a JSON object, with "Content-Type: application/json"');
	}

	const chunks: Buffer[] = [];
	let size = 0;
	// Left early, the request stays whole: its connection has yet to carry the answer.
	for await (const chunk of request.iterator({destroyOnReturn: false})) {
		const bytes = chunk as Buffer; // No encoding was set, so chunks are buffers.
		size += bytes.length;
		if (size > MAX_BYTES) {
			throw refused(`The body is larger than ${MAX_BYTES} bytes`);
		}

		chunks.push(bytes);
	}

	try {
		const value: unknown = JSON.parse(Buffer.concat(chunks).toString());
		if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
			return value as Body; // An object that is no array has string keys.
		}
	} catch {
		// Told below, like JSON of another shape.
	}

	throw refused('The body is no JSON object');
}

function refused(message: string): ApiError {
	return new ApiError('INVALID_ARGUMENT', 'BAD_BODY', message);
}
