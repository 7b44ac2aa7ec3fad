import {createHmac, randomBytes} from 'node:crypto';
import {readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {openSamples} from './capacity.ts';
import type {ImageConfig} from './docker/image-config.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {FirstSeen, Remembered} from './probes/remembered.ts';

/** More names than this were never on one host; whoever makes them is after the memory. The oldest are forgotten. */
const MAX_NAMES = 4096;
/** Texts of proxies' configurations: one for each image, and images are few. */
const MAX_TEXTS = 32;
const MAX_TEXT = 256 * 1024;
const MAX_IMAGES = 256;
const KEY_BYTES = 32;

/**
 * Keeps in the state folder what was first seen under which name, and the key of keyed hashes. A file that cannot be read is
 * begun anew, and said: what was first seen is then seen first again.
 */
export async function openRemembered(folder: string, report: Report): Promise<Remembered> {
	const path = join(folder, 'first-seen.json');
	const kept = await readKept(path, report);
	const {key} = kept;
	const names = new Map(kept.names);
	const texts = new Map<string, string>();
	const images = new Map<string, ImageConfig>();
	const samples = openSamples();
	let writing: Promise<void> = Promise.resolve();

	/** One after the other, and the last state wins: a file is never half of two. */
	function save(): Promise<void> {
		writing = writing.then(
			() => write(path, {key, names: [...names]}),
			() => undefined,
		);
		return writing;
	}

	if (kept.isNew) {
		await save();
	}

	return {
		keyed: text => createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('hex').slice(0, 16),
		firstSeen: async (name, configuration) => {
			const known = names.get(name);
			if (known !== undefined) {
				return known;
			}

			const first: FirstSeen = {at: new Date().toISOString(), configuration};
			names.set(name, first);
			for (const oldest of names.keys()) {
				if (names.size <= MAX_NAMES) {
					break;
				}

				names.delete(oldest);
			}

			await save();
			return first;
		},
		sampled: samples,
		image: async (digest, read) => {
			const image = images.get(digest) ?? (await read());
			if (image !== undefined) {
				keepNewest(images, digest, image, MAX_IMAGES);
			}

			return image;
		},
		original: (digest, text) => {
			if (text !== undefined && text.length <= MAX_TEXT) {
				keepNewest(texts, digest, text, MAX_TEXTS);
			}

			return texts.get(digest);
		},
	};
}

/** The one that was used longest ago goes first. */
function keepNewest<T>(map: Map<string, T>, key: string, value: T, max: number): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > max && oldest !== undefined) {
		map.delete(oldest);
	}
}

interface Kept {
	/** Base64. */
	readonly key: string;
	readonly names: readonly (readonly [string, FirstSeen])[];
}

async function readKept(path: string, report: Report): Promise<Kept & {readonly isNew: boolean}> {
	const fresh = {key: randomBytes(KEY_BYTES).toString('base64'), names: [], isNew: true};
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch {
		return fresh; // The first start.
	}

	try {
		return {...keptIn(JSON.parse(text)), isNew: false};
	} catch (error) {
		report('MEMORY_LOST', {file: path, reason: reasonOf(error)});
		return fresh;
	}
}

/** The folder is the daemon's own, but a disk may have lost a part of the file. */
function keptIn(value: unknown): Kept {
	const {key, names} = value as Partial<Kept>;
	const isWhole =
		typeof key === 'string' &&
		Buffer.from(key, 'base64').length === KEY_BYTES &&
		Array.isArray(names) &&
		names.length <= MAX_NAMES &&
		names.every(isEntry);
	if (!isWhole) {
		throw new TypeError('it is not what was written');
	}

	return {key, names};
}

function isEntry(entry: unknown): boolean {
	if (!Array.isArray(entry) || typeof entry[0] !== 'string') {
		return false;
	}

	const {at, configuration} = (entry[1] ?? {}) as Partial<FirstSeen>;
	return (
		typeof at === 'string' &&
		typeof configuration === 'object' &&
		Object.values(configuration).every(word => typeof word === 'string')
	);
}

async function write(path: string, kept: Kept): Promise<void> {
	const draft = `${path}.new`;
	await writeFile(draft, JSON.stringify(kept), {mode: 0o600, flush: true});
	await rename(draft, path);
}
