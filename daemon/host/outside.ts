import {mkdir, readdir, readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Checkpoints in a folder that lies on another machine, or on storage that this one cannot change. */
export interface Outside {
	/** Keeps the checkpoint there, and reads it back; one that is there already stays as it is. */
	readonly keep: (checkpoint: {readonly size: number; readonly note: string}) => Promise<void>;
	/** When one was last read back as it was written; undefined before the first. */
	readonly keptAt: () => Date | undefined;
}

/** @throws {Error} of the file system, or for a folder that gives back something else than it was given */
export function outsideIn(folder: string, now = () => new Date()): Outside {
	let last: Date | undefined;
	return {
		keep: async ({size, note}) => {
			await mkdir(folder, {recursive: true});
			const name = `checkpoint-${String(size).padStart(12, '0')}`;
			const path = join(folder, name);
			if (!(await readdir(folder)).includes(name)) {
				// Storage that forbids changes takes a name once: the draft has another one.
				const draft = join(folder, `.${name}.${process.pid}`);
				await writeFile(draft, note, {mode: 0o644});
				await rename(draft, path);
			}

			const kept = await readFile(path, 'utf8');
			// Two checkpoints of one size differ only in their signatures; what must agree is the tree.
			if (treeOf(kept) !== treeOf(note)) {
				throw new Error(`${path} is about another tree of ${size} entries than this log's`);
			}

			last = now();
		},
		keptAt: () => last,
	};
}

/** Origin, size and root: the three lines before the signatures of a C2SP note. */
function treeOf(note: string): string {
	return note.split('\n').slice(0, 3).join('\n');
}
