import {closeSync, fstatSync, openSync, readSync} from 'node:fs';
import type {Look} from '../frontend/report.ts';
import {CliError} from './error.ts';

/** What a command may touch of its process. `process` itself fits. */
export interface Io {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly stdin?: AsyncIterable<Uint8Array | string>;
	readonly stdout: {write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number};
	readonly stderr: {write(text: string): unknown; readonly isTTY?: boolean};
}

/** Colours on a terminal, unless NO_COLOR (no-color.org) asks for none; FORCE_COLOR asks for them elsewhere. */
export function lookOf({env, stdout}: Io): Look {
	const {columns = 100} = stdout;
	const forced = env['FORCE_COLOR'] ?? '';
	const isTerminal = stdout.isTTY === true && env['TERM'] !== 'dumb';
	const isAsked = forced === '' ? isTerminal : forced !== '0' && forced !== 'false';
	return {
		isColored: isAsked && (env['NO_COLOR'] ?? '') === '',
		width: Math.min(Math.max(columns, 40), 120),
	};
}

/** What is typed or piped in, of at most that many bytes. @throws {CliError} CLI_FILE_TOO_LARGE */
export async function readInput({stdin}: Io, maxBytes: number): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of stdin ?? []) {
		const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
		chunks.push(bytes);
		size += bytes.length;
		if (size > maxBytes) {
			throw new CliError(
				'CLI_FILE_TOO_LARGE',
				`Standard input has more than ${maxBytes} bytes, which is the most that is read`,
			);
		}
	}

	return Buffer.concat(chunks);
}

/**
 * Reads a file of at most that many bytes, at once: of hundreds of small files, waiting for threads takes longer than reading.
 * @returns undefined when there is none
 * @throws {CliError} CLI_NO_FILE for a folder or a file that may not be read, CLI_FILE_TOO_LARGE
 */
export async function readOptionalFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
	try {
		const file = openSync(path, 'r');
		using _ = {[Symbol.dispose]: () => closeSync(file)};
		const {size} = fstatSync(file);
		if (size > maxBytes) {
			throw new CliError(
				'CLI_FILE_TOO_LARGE',
				`${path} has ${size} bytes, and more than ${maxBytes} are not read`,
			);
		}

		return readAll(file, path, size, maxBytes);
	} catch (error) {
		const code = error instanceof Error && 'code' in error ? String(error.code) : '';
		if (code === 'ENOENT' || code === 'ENOTDIR') {
			return undefined;
		}

		const reason: Readonly<Record<string, string>> = {
			EISDIR: 'is a folder',
			EACCES: 'may not be read by you',
		};
		if (reason[code] !== undefined) {
			throw new CliError('CLI_NO_FILE', `${path} ${reason[code]}; name a file that can be read`, {
				cause: error,
			});
		}

		throw error;
	}
}

/** A pipe or a device has no size: no more is taken from it than would be taken from a file. */
function readAll(file: number, path: string, size: number, maxBytes: number): Uint8Array {
	const chunks: Uint8Array[] = [];
	let read = 0;
	// One byte more than a file has, to see its end in the same read.
	let next = size === 0 ? CHUNK_BYTES : size + 1;
	for (;;) {
		const buffer = new Uint8Array(next);
		const bytesRead = readSync(file, buffer, 0, next, null);
		chunks.push(buffer.subarray(0, bytesRead));
		read += bytesRead;
		if (read > maxBytes) {
			throw new CliError(
				'CLI_FILE_TOO_LARGE',
				`${path} has more than ${maxBytes} bytes, which is the most that is read`,
			);
		}

		if (bytesRead === 0 || read === size) {
			return chunks.length === 1 ? (chunks[0] ?? buffer) : Buffer.concat(chunks);
		}

		next = CHUNK_BYTES;
	}
}

const CHUNK_BYTES = 64 * 1024;

/** @throws {CliError} also when there is no such file */
export async function readRequiredFile(path: string, maxBytes: number): Promise<Uint8Array> {
	const bytes = await readOptionalFile(path, maxBytes);
	if (bytes === undefined) {
		throw new CliError('CLI_NO_FILE', `There is no file ${path}; name one that can be read`);
	}

	return bytes;
}
