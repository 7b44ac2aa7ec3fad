import {readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import type {Usual} from './probes/usual.ts';

const HOUR_MS = 3_600_000;
/** The oldest goes first: its image's first day begins anew, which is said by `not-evaluated`. */
const MAX_IMAGES = 256;
/** An image that does more on one day is usual in nothing. */
const MAX_ITEMS = 128;
const MAX_TEXT = 96;

interface FirstDay {
	/** RFC 3339. */
	readonly since: string;
	readonly items: readonly string[];
}

/**
 * Keeps first days in the state folder. A file that cannot be read is begun anew, and said. Whoever runs an image chooses what is
 * seen of it, so nothing is taken in after the first day, and little on it.
 */
export async function openUsual(folder: string, report: Report): Promise<Usual> {
	const path = join(folder, 'usual.json');
	const days = await readDays(path, report);
	let writing: Promise<void> = Promise.resolve();

	function save(): Promise<void> {
		const text = JSON.stringify([...days]);
		writing = writing
			.then(() => write(path, text))
			.catch((error: unknown) => report('MEMORY_LOST', {file: path, reason: reasonOf(error)}));
		return writing;
	}

	return {
		compare: async (image, all, now, hours) => {
			const seen = all.map(item => item.slice(0, MAX_TEXT));
			const known = days.get(image) ?? {since: now.toISOString(), items: []};
			const since = new Date(known.since);
			const isLearning = now.getTime() - since.getTime() < hours * HOUR_MS;
			const fresh = seen.filter(item => !known.items.includes(item));
			if (!isLearning) {
				return {since, isLearning, fresh};
			}

			if (fresh.length > 0 || !days.has(image)) {
				days.set(image, {...known, items: [...known.items, ...fresh].slice(0, MAX_ITEMS)});
				forgetOldest(days);
				await save();
			}

			return {since, isLearning, fresh: []};
		},
	};
}

function forgetOldest(days: Map<string, FirstDay>): void {
	const [oldest] = days.keys();
	if (days.size > MAX_IMAGES && oldest !== undefined) {
		days.delete(oldest);
	}
}

async function readDays(path: string, report: Report): Promise<Map<string, FirstDay>> {
	let text: string;
	try {
		text = await readFile(path, 'utf8');
	} catch {
		return new Map(); // The first start.
	}

	try {
		const value: unknown = JSON.parse(text);
		if (!Array.isArray(value) || value.length > MAX_IMAGES || !value.every(isEntry)) {
			throw new TypeError('it is not what was written');
		}

		return new Map(value);
	} catch (error) {
		report('MEMORY_LOST', {file: path, reason: reasonOf(error)});
		return new Map();
	}
}

function isEntry(entry: unknown): entry is readonly [string, FirstDay] {
	if (!Array.isArray(entry) || typeof entry[0] !== 'string') {
		return false;
	}

	const {since, items} = (entry[1] ?? {}) as Partial<FirstDay>;
	return (
		typeof since === 'string' &&
		!Number.isNaN(new Date(since).getTime()) &&
		Array.isArray(items) &&
		items.length <= MAX_ITEMS &&
		items.every(item => typeof item === 'string')
	);
}

async function write(path: string, text: string): Promise<void> {
	const draft = `${path}.new`;
	await writeFile(draft, text, {mode: 0o600, flush: true});
	await rename(draft, path);
}
