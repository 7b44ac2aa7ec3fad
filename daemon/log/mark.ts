import {readFile, rename, writeFile} from 'node:fs/promises';

/** Up to where the log was last found whole, and the end of the chain there: a check may go on from it. */
export interface Mark {
	readonly size: number;
	/** 32 bytes. */
	readonly chain: Uint8Array;
}

/**
 * Where the mark is kept. It is believed only as far as signatures bear it out, so whoever writes it can make a check begin
 * earlier or later, and never at a tree or a chain that was not signed.
 */
export interface Marks {
	/** Undefined when there is none that can be read. */
	read(): Promise<Mark | undefined>;
	/** A mark that was lost in a power cut makes the next check longer, and nothing else. */
	write(mark: Mark): Promise<void>;
}

const MAX_BYTES = 256;

/** A mark in a file beside the store. */
export function fileMarks(path: string): Marks {
	return {
		read: async () => {
			try {
				const bytes = await readFile(path);
				return bytes.length > MAX_BYTES ? undefined : markOf(JSON.parse(bytes.toString()));
			} catch {
				// None, or no mark: then everything is checked.
				return undefined;
			}
		},
		write: async ({size, chain}) => {
			const text = JSON.stringify({size, chain: Buffer.from(chain).toString('base64')});
			await writeFile(`${path}.next`, `${text}\n`, {mode: 0o600});
			await rename(`${path}.next`, path);
		},
	};
}

function markOf(value: unknown): Mark | undefined {
	const {size, chain} = (value ?? {}) as {readonly size?: unknown; readonly chain?: unknown};
	const bytes = Buffer.from(typeof chain === 'string' ? chain : '', 'base64');
	return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 && bytes.length === 32
		? {size, chain: new Uint8Array(bytes)}
		: undefined;
}
