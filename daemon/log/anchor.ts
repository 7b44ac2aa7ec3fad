import {open, rename} from 'node:fs/promises';
import {LogError} from './error.ts';

/** Keeps the newest checkpoint outside the store, so that a store put back to an older state is noticed. */
export interface Anchor {
	/** The note that was written last, or undefined when there never was one. */
	read(): Promise<string | undefined>;
	/** Resolves once the note would survive a power cut. The one before it is replaced, never torn. */
	write(note: string): Promise<void>;
}

/** Longest anchor that is read, in bytes. */
const MAX_BYTES = 16 * 1024;

/** An anchor in a file beside the store. Against mistakes and half restores; who may write both files may write both. */
export function fileAnchor(path: string): Anchor {
	return {
		read: async () => {
			try {
				await using file = await open(path, 'r');
				const buffer = Buffer.alloc(MAX_BYTES);
				const {bytesRead} = await file.read(buffer, 0, MAX_BYTES, 0);
				return buffer.toString('utf8', 0, bytesRead);
			} catch (cause) {
				if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
					return undefined;
				}

				throw new LogError('LOG_STORE_FAILED', `The anchor ${path} can not be read`, {cause});
			}
		},
		write: async note => {
			const next = `${path}.next`;
			try {
				await using file = await open(next, 'w', 0o600);
				await file.writeFile(note);
				await file.sync();
				await rename(next, path);
			} catch (cause) {
				throw new LogError('LOG_STORE_FAILED', `The anchor ${path} can not be written`, {cause});
			}
		},
	};
}
