import {stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** The file in which the engine keeps a container's output, and its folder. */
export interface LogFile {
	readonly mode: number;
	readonly uid: number;
	readonly folderMode: number;
	readonly folderUid: number;
}

/** Undefined where it cannot be seen: it lies on the engine's host, which may be another one, or in another root. */
export async function logFileOf(path: string, proc = '/proc'): Promise<LogFile | undefined> {
	if (!path.startsWith('/')) {
		return undefined;
	}

	for (const root of ['/', join(proc, '1', 'root')]) {
		try {
			const [file, folder] = await Promise.all([stat(join(root, path)), stat(join(root, dirname(path)))]);
			return {
				mode: file.mode & 0o777,
				uid: file.uid,
				folderMode: folder.mode & 0o777,
				folderUid: folder.uid,
			};
		} catch {
			// The next root may have it.
		}
	}

	return undefined;
}
