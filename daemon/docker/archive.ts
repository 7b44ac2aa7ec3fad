import {extract} from 'tar-stream';
import {DaemonError} from '../error.ts';

/**
 * The one file of a tar stream that the archive API sends for a path. The container's owner chooses the bytes,
 * so no more than `maxBytes` are ever held, whatever the header claims.
 */
export async function readArchivedFile(
	tar: NodeJS.ReadableStream,
	path: string,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array> {
	const entries = extract();
	const stop = (): void => {
		entries.destroy(new DaemonError('DOCKER_UNREACHABLE', `Reading ${path} took too long`));
	};
	signal.addEventListener('abort', stop, {once: true});
	tar.once('error', error => entries.destroy(error));
	tar.pipe(entries);
	try {
		for await (const entry of entries) {
			// A link could lead anywhere, and a folder is no file: both are refused rather than followed.
			if (entry.header.type !== 'file' || (entry.header.size ?? 0) > maxBytes) {
				throw new DaemonError('FILE_REFUSED', `${path} is no regular file of at most ${maxBytes} bytes`);
			}

			return await bytesOf(entry, maxBytes, path);
		}
	} finally {
		signal.removeEventListener('abort', stop);
		entries.destroy();
		if ('destroy' in tar && typeof tar.destroy === 'function') {
			tar.destroy();
		}
	}

	throw new DaemonError('FILE_ABSENT', `The container has no file ${path}`);
}

async function bytesOf(entry: AsyncIterable<unknown>, maxBytes: number, path: string): Promise<Uint8Array> {
	const chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of entry) {
		if (!Buffer.isBuffer(chunk)) {
			continue;
		}

		length += chunk.length;
		if (length > maxBytes) {
			throw new DaemonError('FILE_REFUSED', `${path} is larger than ${maxBytes} bytes`);
		}

		chunks.push(chunk);
	}

	return Buffer.concat(chunks);
}
