import {randomBytes} from 'node:crypto';
import {appendFile, readFile, rename, writeFile} from 'node:fs/promises';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {FirstSeen, Remembered} from './probes/remembered.ts';

/**
 * More names than this were never on one host; whoever makes them is after the memory. At twice as many, those that nobody has asked
 * for longest are forgotten: containers that run are asked about all the time.
 */
const MAX_NAMES = 4096;
const MAX_LINES = 2 * MAX_NAMES;
const MAX_FILE = 64 * 1024 * 1024;
const KEY_BYTES = 32;

export interface FirstSeenBook {
	/** The key of this host's keyed hashes. */
	readonly key: Buffer;
	readonly firstSeen: Remembered['firstSeen'];
	/** Settles when what was noted so far is in the file. */
	readonly written: () => Promise<void>;
}

/**
 * A file of lines: the key, then a name with what was first seen under it. Lines are added as names come, so that a thousand
 * containers cost a thousand lines. A line that a crash cut off is left out; a file without its key is begun anew, and said.
 */
export async function openFirstSeen(path: string, report: Report): Promise<FirstSeenBook> {
	const kept = await readKept(path, report);
	const key = kept.key ?? randomBytes(KEY_BYTES);
	// As text: as objects they would take more, and few of them are asked for at a time.
	const names = new Map(kept.names);
	let lines = names.size;
	/** Lines that are not in the file yet. */
	const waiting: string[] = [];
	let writing: Promise<void> = kept.isWhole ? Promise.resolve() : rewrite();

	function rewrite(): Promise<void> {
		trim(names);
		waiting.length = 0; // All of them are among the names.
		lines = names.size;
		const text = [...names].map(([name, seen]) => lineOf(name, seen)).join('');
		return replace(path, `${JSON.stringify({key: key.toString('base64')})}\n${text}`).catch(failed);
	}

	/** One after the other, so that a line never ends in the middle of another; those that came together go together. */
	async function write(): Promise<void> {
		const added = waiting.splice(0);
		lines += added.length;
		if (lines > MAX_LINES) {
			await rewrite();
		} else if (added.length > 0) {
			await appendFile(path, added.join(''), {mode: 0o600}).catch(failed);
		}
	}

	function failed(error: unknown): void {
		report('MEMORY_LOST', {file: path, reason: reasonOf(error)});
	}

	function note(name: string, seen: string): void {
		waiting.push(lineOf(name, seen));
		if (waiting.length > MAX_NAMES) {
			// The disk does not follow: when it does, all names that are still known are written at once.
			trim(names);
			waiting.length = 0;
			lines = Number.POSITIVE_INFINITY;
		}

		writing = writing.then(write);
	}

	await writing;
	return {
		key,
		firstSeen: async (name, configuration) => {
			const known = names.get(name);
			const seen = known ?? JSON.stringify({at: new Date().toISOString(), configuration} satisfies FirstSeen);
			names.delete(name);
			names.set(name, seen);
			if (known === undefined) {
				note(name, seen);
			}

			return JSON.parse(seen) as FirstSeen; // Checked when it was read, or written here.
		},
		written: () => writing,
	};
}

function lineOf(name: string, seen: string): string {
	return `[${JSON.stringify(name)},${seen}]\n`;
}

function trim(names: Map<string, string>): void {
	for (const oldest of names.keys()) {
		if (names.size <= MAX_NAMES) {
			return;
		}

		names.delete(oldest);
	}
}

interface Kept {
	/** Undefined where there is none, or none that can be used. */
	readonly key: Buffer | undefined;
	readonly names: readonly (readonly [string, string])[];
	/** Whether the file may stay as it is. */
	readonly isWhole: boolean;
}

const nothing: Kept = {key: undefined, names: [], isWhole: false};

async function readKept(path: string, report: Report): Promise<Kept> {
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch {
		return nothing; // The first start.
	}

	const [first = '', ...rest] = text.length > MAX_FILE ? [] : text.split('\n');
	const key = keyIn(first);
	if (key === undefined) {
		report('MEMORY_LOST', {file: path, reason: 'its first line is not what was written'});
		return nothing;
	}

	const lines = rest.filter(line => line !== '');
	const names = lines.flatMap(line => entryIn(line));
	return {
		key,
		names,
		isWhole: names.length === lines.length && names.length <= MAX_LINES && text.endsWith('\n'),
	};
}

function keyIn(line: string): Buffer | undefined {
	const value = parsed(line);
	const key = typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
	const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0);
	return bytes.length === KEY_BYTES ? bytes : undefined;
}

function entryIn(line: string): readonly (readonly [string, string])[] {
	const value = parsed(line);
	if (!Array.isArray(value) || typeof value[0] !== 'string') {
		return [];
	}

	const {at, configuration} = (value[1] ?? {}) as Partial<FirstSeen>;
	const isWhole =
		typeof at === 'string' &&
		typeof configuration === 'object' &&
		configuration !== null &&
		Object.values(configuration).every(word => typeof word === 'string');
	return isWhole ? [[value[0], JSON.stringify({at, configuration})]] : [];
}

function parsed(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

async function replace(path: string, text: string): Promise<void> {
	const draft = `${path}.new`;
	await writeFile(draft, text, {mode: 0o600, flush: true});
	await rename(draft, path);
}
