import type {Readable} from 'node:stream';
import {DaemonError} from '../error.ts';

/** An event longer than this is no event: labels of a container are the largest part and far smaller. */
const MAX_LINE_CHARS = 1024 * 1024;

/** Lines of a stream that the signal destroys; a line over the limit is an error, not memory. */
export async function* linesOf(
	stream: Readable,
	signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
	const stop = (): void => {
		stream.destroy();
	};
	signal.addEventListener('abort', stop, {once: true});
	stream.setEncoding('utf8');
	let rest: string[] = [];
	let length = 0;
	try {
		for await (const chunk of stream) {
			const [first = '', ...others] = String(chunk).split('\n');
			rest.push(first);
			length += first.length;
			if (length > MAX_LINE_CHARS) {
				throw new DaemonError('DOCKER_BAD_REPLY', 'The engine sent an event without an end');
			}

			const last = others.pop();
			if (last !== undefined) {
				yield rest.join('');
				yield* others;
				rest = [last];
				length = last.length;
			}
		}

		// What an answer with an end leaves unfinished was cut off, and is no line.
	} finally {
		signal.removeEventListener('abort', stop);
		stream.destroy();
	}
}
