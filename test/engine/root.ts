import {existsSync, mkdirSync, readdirSync, renameSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {makeDebian, mirrorOf} from './debian.ts';
import {withLock} from './lock.ts';
import {livesIn} from './processes.ts';
import {packages, type Suite} from './releases.ts';
import {type Progress, run} from './run.ts';

/**
 * Makes the private Debian root that holds docker of the given release, unless it is already there.
 * It is built beside its place and renamed at the end, so an interrupted run leaves nothing half made.
 *
 * @param root as `layoutOf` names it: another list of packages means another folder, because a root must
 * never change under an engine that runs in it
 */
export async function ensureRoot(
	root: string,
	suite: Suite,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (existsSync(root)) {
		return;
	}

	const onWait = () => progress(`waiting for another process that makes the private root of ${suite} …`);
	const work = async () => (existsSync(root) ? undefined : make(root, suite, progress, signal));
	await withLock(join(dirname(root), `${suite}.lock`), work, {signal, onWait});
}

async function make(
	root: string,
	suite: Suite,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	progress(`making a private Debian ${suite} root with Docker Engine in it (about 20 s, 480 MB, once) …`);
	const folder = dirname(root);
	mkdirSync(folder, {recursive: true, mode: 0o700});
	const making = `${root}.making-${process.pid}`;
	// Mirrors serve the index of a release in preparation a few days past its date.
	const late = '--aptopt=Acquire::Check-Valid-Until "false"';
	const include = `--include=${packages[suite].join(',')}`;
	const source = `deb ${mirrorOf().archive} ${suite} main`;
	await makeDebian([late, include, suite, making, source], progress, signal);
	renameSync(making, root);
	await removeOthers(root, suite);
}

/**
 * Removes what interrupted runs and earlier lists of packages left, except a root that an engine lives in:
 * to delete a folder on which something is mounted in that engine's own view also takes the mount away there.
 */
async function removeOthers(root: string, suite: Suite): Promise<void> {
	const folder = dirname(root);
	for (const name of readdirSync(folder).filter(name => name.startsWith(`${suite}-`))) {
		const other = join(folder, name);
		if (other !== root && !livesIn(other)) {
			// The root that was asked for is there; what an orphan still writes to is for the next time.
			await removeFolder(other).catch(() => {});
		}
	}
}

/** `rm` and not Node's own: it stops at mounts, and a machine's folders may be mounted below a root in use. */
export async function removeFolder(folder: string): Promise<void> {
	await run('rm', ['-rf', '--one-file-system', '--', folder]);
}
