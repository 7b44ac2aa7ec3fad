import {DaemonError} from '../error.ts';

/** One difference between a container's file system and its image. */
export interface Change {
	readonly path: string;
	readonly kind: 'changed' | 'added' | 'deleted';
}

export interface Changes {
	readonly changes: readonly Change[];
	/** There is more than was read: the list is a beginning, and no end of it may be called clean. */
	readonly isCut: boolean;
}

/** The owner of a container decides how many files it writes, and what they are called. */
const MAX_CHANGES = 20_000;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_ENTRY = 16_384;

const kinds = ['changed', 'added', 'deleted'] as const;

/**
 * The engine's answer, a JSON array of any length, entry by entry: it is never held as a whole.
 * @throws {DaemonError} `DOCKER_BAD_REPLY` for what is no such array
 */
export async function readChanges(answer: AsyncIterable<unknown>, signal: AbortSignal): Promise<Changes> {
	const changes: Change[] = [];
	const cutter = entryCutter();
	let bytes = 0;
	for await (const chunk of answer) {
		signal.throwIfAborted();
		const text = Buffer.isBuffer(chunk) ? chunk.toString('latin1') : '';
		bytes += text.length;
		changes.push(...cutter(text).map(changeOf));
		if (changes.length > MAX_CHANGES || bytes > MAX_BYTES) {
			return {changes: changes.slice(0, MAX_CHANGES), isCut: true};
		}
	}

	return {changes, isCut: false};
}

/** Cuts a stream of text into the objects of the array in it. Every character is looked at once. */
function entryCutter(): (text: string) => readonly string[] {
	let entry = '';
	let isInside = false;
	let isText = false;
	let isEscaped = false;

	function take(character: string): boolean {
		const isQuote = character === '"' && !isEscaped;
		isEscaped = isText && character === '\\' && !isEscaped;
		isText = isText !== isQuote;
		isInside ||= !isText && character === '{';
		entry += isInside ? character : '';
		return isInside && !isText && character === '}';
	}

	return text => {
		const found: string[] = [];
		for (const character of text) {
			if (take(character)) {
				found.push(entry);
				entry = '';
				isInside = false;
			}

			if (entry.length > MAX_ENTRY) {
				throw new DaemonError('DOCKER_BAD_REPLY', 'The engine names a changed file that cannot be one');
			}
		}

		return found;
	};
}

function changeOf(entry: string): Change {
	let parsed: {readonly Path?: unknown; readonly Kind?: unknown};
	try {
		// Cut as single bytes, so that a character is never torn between two chunks.
		parsed = JSON.parse(Buffer.from(entry, 'latin1').toString('utf8'));
	} catch (cause) {
		throw new DaemonError('DOCKER_BAD_REPLY', 'The engine lists changes that are no JSON', {cause});
	}

	const kind = typeof parsed.Kind === 'number' ? kinds[parsed.Kind] : undefined;
	if (typeof parsed.Path !== 'string' || kind === undefined) {
		throw new DaemonError('DOCKER_BAD_REPLY', 'The engine lists a change without a path or a kind');
	}

	return {path: parsed.Path.slice(0, 4096).toWellFormed(), kind};
}
