import {type FileHandle, open, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {CliError} from './error.ts';

/** The members of an archive, by name: of a tar file, or of the folder that it would be unpacked to. */
export interface Members {
	has(name: string): Promise<boolean>;
	/** @throws {CliError} CLI_BAD_INPUT for one that is not there or is larger */
	read(name: string, maxBytes: number): Promise<Uint8Array>;
	/** @throws {CliError} CLI_BAD_INPUT for one that is not there */
	stream(name: string): Promise<Readable>;
	close(): Promise<void>;
}

interface Slice {
	readonly start: number;
	readonly size: number;
}

/** @throws {CliError} CLI_NO_FILE, or CLI_BAD_INPUT for a file that is no tar */
export async function openMembers(path: string): Promise<Members> {
	let isFolder: boolean;
	try {
		isFolder = (await stat(path)).isDirectory();
	} catch (cause) {
		throw new CliError('CLI_NO_FILE', `There is no file or folder ${path}`, {cause});
	}

	if (isFolder) {
		return membersOf(path, async name => {
			// A name comes from the archive's own index, which anybody may have written.
			const isPlain = /^[A-Za-z0-9._/-]+$/.test(name) && !name.split('/').includes('..');
			const size = isPlain ? await sizeOf(join(path, name)) : undefined;
			return size === undefined ? undefined : {file: await open(join(path, name)), slice: {start: 0, size}};
		});
	}

	const file = await open(path);
	const slices = await slicesOf(file, path).catch(async (error: unknown) => {
		await file.close();
		throw error;
	});
	return membersOf(
		path,
		async name => {
			const slice = slices.get(name);
			return slice === undefined ? undefined : {file, slice};
		},
		file,
	);
}

type Find = (name: string) => Promise<{readonly file: FileHandle; readonly slice: Slice} | undefined>;

function membersOf(path: string, find: Find, shared?: FileHandle): Members {
	const found = async (name: string) => {
		const member = await find(name);
		if (member === undefined) {
			throw new CliError(
				'CLI_BAD_INPUT',
				`${path} has no ${name.slice(0, 120)}; it is not a whole image archive`,
			);
		}

		return member;
	};
	const done = async (file: FileHandle): Promise<void> => {
		if (file !== shared) {
			await file.close();
		}
	};
	return {
		has: async name => {
			const member = await find(name);
			if (member !== undefined) {
				await done(member.file);
			}

			return member !== undefined;
		},
		read: async (name, maxBytes) => {
			const {file, slice} = await found(name);
			try {
				if (slice.size > maxBytes) {
					throw new CliError(
						'CLI_BAD_INPUT',
						`${path}: ${name.slice(0, 120)} has more than ${maxBytes} bytes`,
					);
				}

				const buffer = Buffer.alloc(slice.size);
				const {bytesRead} = await file.read(buffer, 0, slice.size, slice.start);
				return buffer.subarray(0, bytesRead);
			} finally {
				await done(file);
			}
		},
		stream: async name => {
			const {file, slice} = await found(name);
			const {start, size} = slice;
			return file.createReadStream({start, end: start + size - 1, autoClose: file !== shared});
		},
		close: async () => shared?.close(),
	};
}

async function sizeOf(path: string): Promise<number | undefined> {
	const found = await stat(path).catch(() => undefined);
	return found?.isFile() ? found.size : undefined;
}

const BLOCK = 512;
/** No archive of an image has more members, and a file of empty headers should not be walked for ever. */
const MAX_MEMBERS = 100_000;

/** Where each regular file of a tar lies: an archive of an image may be larger than the memory of the machine. */
async function slicesOf(file: FileHandle, path: string): Promise<ReadonlyMap<string, Slice>> {
	const slices = new Map<string, Slice>();
	const header = Buffer.alloc(BLOCK);
	for (let [at, count] = [0, 0]; count < MAX_MEMBERS; count += 1) {
		const {bytesRead} = await file.read(header, 0, BLOCK, at);
		if (bytesRead < BLOCK || header.every(byte => byte === 0)) {
			return slices;
		}

		if (header.toString('latin1', 257, 262) !== 'ustar') {
			throw new CliError('CLI_BAD_INPUT', `${path} is neither a tar file nor a folder with an image`);
		}

		const size = sizeIn(header);
		const type = header.toString('latin1', 156, 157);
		if (type === '0' || type === '\0') {
			const prefix = textIn(header, 345, 155);
			const name = textIn(header, 0, 100);
			const full = prefix === '' ? name : `${prefix}/${name}`;
			slices.set(full.replace(/^\.\//, ''), {start: at + BLOCK, size});
		}

		at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
	}

	throw new CliError('CLI_BAD_INPUT', `${path} has more than ${MAX_MEMBERS} members`);
}

function textIn(header: Buffer, from: number, length: number): string {
	const end = header.indexOf(0, from);
	return header.toString('utf8', from, end < 0 ? from + length : Math.min(end, from + length));
}

/** Octal digits, or for 8 GiB and more a number of twelve bytes whose first bit is set. */
function sizeIn(header: Buffer): number {
	if (((header[124] ?? 0) & 0x80) !== 0) {
		return Number(header.readBigUInt64BE(128));
	}

	const text = textIn(header, 124, 12).trim();
	return /^[0-7]{1,11}$/.test(text) ? Number.parseInt(text, 8) : 0;
}
