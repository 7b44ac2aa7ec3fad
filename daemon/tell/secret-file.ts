import {closeSync, openSync, readSync} from 'node:fs';
import {DaemonError, reasonOf} from '../error.ts';

/** Longer is no secret that anybody uses here. */
const MAX_BYTES = 4096;

/**
 * The text of a secret's file. Read when it is needed and not kept, so that a new secret needs no restart.
 * @throws {DaemonError} CONFIG_INVALID with the file's name, and never with what stands in it
 */
export function secretIn(path: string): string {
	try {
		const file = openSync(path, 'r');
		using _ = {[Symbol.dispose]: () => closeSync(file)};
		const buffer = Buffer.alloc(MAX_BYTES + 1);
		const length = readSync(file, buffer, 0, buffer.length, null);
		const text = buffer.toString('utf8', 0, length).trim();
		if (text === '' || length > MAX_BYTES || /[\p{Cc}\uFFFD]/u.test(text)) {
			throw new TypeError(`it holds no single line of at most ${MAX_BYTES} bytes`);
		}

		return text;
	} catch (cause) {
		throw new DaemonError('CONFIG_INVALID', `The secret file ${path} cannot be used: ${reasonOf(cause)}`, {
			cause,
		});
	}
}
