import {randomBytes} from 'node:crypto';
import {chown, lstat, open, readFile, realpath, rename, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {CliError} from './error.ts';

/**
 * Puts new content in the place of a file, wholly or not at all: a reader sees the old bytes or the new ones, a power cut
 * too. Mode and owner stay; a symbolic link stays one, and what it names is replaced.
 * @param before what the file held when it was read
 * @throws {CliError} CLI_CANNOT_WRITE, also when the file has changed since
 */
export async function replaceFile(path: string, before: Uint8Array, after: Uint8Array): Promise<void> {
	try {
		const real = await realpath(path);
		const {mode, uid, gid, nlink} = await lstat(real);
		refuse(
			!Buffer.from(before).equals(await readFile(real)),
			path,
			'has changed while it was judged; run it again',
		);
		refuse(
			nlink > 1,
			path,
			'has more than one name (hard links), and only one would get the repairs; repair it by hand',
		);
		const draft = join(dirname(real), `.sallyport-${randomBytes(6).toString('hex')}`);
		try {
			await writeDraft(draft, after, mode & 0o7777);
			await own(draft, uid, gid);
			refuse(
				!Buffer.from(before).equals(await readFile(real)),
				path,
				'has changed while it was repaired; run it again',
			);
			await rename(draft, real);
		} finally {
			await rm(draft, {force: true});
		}

		await syncFolder(dirname(real));
	} catch (cause) {
		if (cause instanceof CliError) {
			throw cause;
		}

		const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
		throw new CliError(
			'CLI_CANNOT_WRITE',
			`${path} cannot be written (${reason}); nothing in it was changed`,
			{cause},
		);
	}
}

function refuse(isRefused: boolean, path: string, why: string): void {
	if (isRefused) {
		throw new CliError('CLI_CANNOT_WRITE', `${path} ${why}`);
	}
}

async function writeDraft(draft: string, content: Uint8Array, mode: number): Promise<void> {
	await using file = await open(draft, 'wx', 0o600);
	await file.writeFile(content);
	await file.chmod(mode);
	await file.sync();
}

/** Only root may give files away: where this fails, the file is somebody else's and is left as it was. */
async function own(draft: string, uid: number, gid: number): Promise<void> {
	const {uid: mine, gid: group} = await lstat(draft);
	if (uid !== mine || gid !== group) {
		await chown(draft, uid, gid);
	}
}

/** Makes the new name survive a power cut; not every file system knows how. */
async function syncFolder(folder: string): Promise<void> {
	try {
		await using handle = await open(folder);
		await handle.sync();
	} catch {
		// The content is safe already: only which of the two a crash leaves behind is not.
	}
}
