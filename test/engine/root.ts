import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {Suite} from './layout.ts';
import {withLock} from './lock.ts';
import {has, type Progress, run} from './run.ts';

const packages: Readonly<Record<Suite, string>> = {
	// Its client is part of docker.io, and it has no buildx; clients come from the newest root anyway.
	bookworm: 'docker.io,iptables,ca-certificates',
	// BuildKit runs git itself for builds from a repository.
	trixie: 'docker.io,docker-cli,docker-buildx,git,iptables,ca-certificates',
	forky: 'docker.io,docker-cli,docker-buildx,git,iptables,ca-certificates',
};

/** Programs of the machine that making or starting an engine needs, and the Debian packages that hold them. */
const tools: Readonly<Record<string, readonly string[]>> = {
	mmdebstrap: ['mmdebstrap', 'debian-archive-keyring'],
	ip: ['iproute2'],
	gpg: ['gpg'],
};

export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Makes the private Debian root that holds docker of the given release, unless it is already there.
 * It is built beside its place and renamed at the end, so an interrupted run leaves nothing half made.
 */
export async function ensureRoot(
	root: string,
	suite: Suite,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (isMade(root, suite)) {
		return;
	}

	const onWait = () => progress(`waiting for another process that makes the private root of ${suite} …`);
	await withLock(`${root}.lock`, () => make(root, suite, progress, signal), {signal, onWait});
}

/** Installs what is missing of mmdebstrap, ip and gpg. Needs Debian and root. */
export async function ensureTools(progress: Progress, signal: AbortSignal | undefined): Promise<void> {
	const missing: string[] = [];
	for (const [tool, names] of Object.entries(tools)) {
		if (!(await has(tool))) {
			missing.push(...names);
		}
	}

	if (missing.length === 0) {
		return;
	}

	progress(`installing ${missing.join(', ')} with apt …`);
	const env = {DEBIAN_FRONTEND: 'noninteractive'};
	await run('apt-get', ['update', '-q'], {env, signal});
	await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...missing], {env, signal});
}

function isMade(root: string, suite: Suite): boolean {
	const recipe = join(root, 'etc', 'sallyport-recipe');
	return existsSync(recipe) && readFileSync(recipe, 'utf8') === packages[suite];
}

async function make(
	root: string,
	suite: Suite,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	if (isMade(root, suite)) {
		return;
	}

	await ensureTools(progress, signal);
	progress(`making a private Debian ${suite} root with Docker Engine in it (about 20 s, 480 MB, once) …`);
	const folder = dirname(root);
	mkdirSync(folder, {recursive: true, mode: 0o700});
	for (const left of readdirSync(folder).filter(name => name.startsWith(`${basename(root)}.making-`))) {
		await removeFolder(join(folder, left));
	}

	const making = `${root}.making-${process.pid}`;
	await run(
		'mmdebstrap',
		[
			'--mode=root',
			'--variant=minbase',
			`--keyring=${KEYRING}`,
			'--aptopt=APT::Install-Recommends "false"',
			// Mirrors serve the index of a release in preparation a few days past its date.
			'--aptopt=Acquire::Check-Valid-Until "false"',
			`--include=${packages[suite]}`,
			suite,
			making,
			`deb http://deb.debian.org/debian ${suite} main`,
		],
		{signal},
	);
	writeFileSync(join(making, 'etc', 'sallyport-recipe'), packages[suite]);
	await removeFolder(root);
	renameSync(making, root);
}

/** `rm` and not Node's own: it stops at mounts, and a machine's folders may be mounted below a root in use. */
export async function removeFolder(folder: string): Promise<void> {
	await run('rm', ['-rf', '--one-file-system', '--', folder]);
}
