import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {ensurePrograms} from './apt.ts';
import {EngineError} from './error.ts';
import {type Progress, run} from './run.ts';

/** Programs that making needs, and the Debian packages that hold them. */
const tools = {mmdebstrap: ['mmdebstrap', 'debian-archive-keyring'], gpg: ['gpg']};

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where this machine was told to get Debian from, without a slash at the end; only the release is another one. */
export interface Mirror {
	readonly archive: string;
	/** Absent where the machine has no security updates configured. */
	readonly security: string | undefined;
}

/**
 * Reads apt's sources, in both of their formats.
 *
 * @throws EngineError `ENGINE_UNAVAILABLE` when no Debian mirror is configured
 */
export function mirrorOf(folder = '/etc/apt'): Mirror {
	const parts = join(folder, 'sources.list.d');
	const names = existsSync(parts) ? readdirSync(parts).map(name => join(parts, name)) : [];
	const urls = [join(folder, 'sources.list'), ...names]
		.filter(file => existsSync(file) && /\.(?:list|sources)$/.test(file))
		.flatMap(file => readFileSync(file, 'utf8').match(/^(?:URIs:|deb\s).*$/gm) ?? [])
		.flatMap(line => line.match(/https?:\/\/\S+/g) ?? [])
		.map(url => url.replace(/\/+$/, ''));
	const archive = urls.find(url => url.endsWith('/debian'));
	if (archive === undefined) {
		throw new EngineError(
			'ENGINE_UNAVAILABLE',
			`No Debian mirror is configured in ${folder}; name one in ${folder}/sources.list, or install Docker Engine 24 or later`,
		);
	}

	return {archive, security: urls.find(url => url.endsWith('/debian-security'))};
}

/**
 * Makes a minimal Debian with mmdebstrap, which is installed if it is missing. Needs Debian and root.
 *
 * @param args what differs: options, the release, where to put it, and its sources
 */
export async function makeDebian(
	args: readonly string[],
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	await ensurePrograms(tools, progress, signal);
	await run(
		'unshare',
		[
			// mmdebstrap mounts /proc and /sys below what it makes. In a mount namespace of its own they end with it
			// when it is killed, and whoever removes the half-made folder does not walk into the machine's.
			'--mount',
			'--propagation=private',
			'mmdebstrap',
			'--mode=root',
			'--variant=minbase',
			`--keyring=${KEYRING}`,
			'--aptopt=APT::Install-Recommends "false"',
			...args,
		],
		{signal},
	);
}
