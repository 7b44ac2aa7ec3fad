import {ensurePrograms} from './apt.ts';
import {type Progress, run} from './run.ts';

/** Programs that making needs, and the Debian packages that hold them. */
const tools = {mmdebstrap: ['mmdebstrap', 'debian-archive-keyring'], gpg: ['gpg']};

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export const MIRROR = 'http://deb.debian.org';

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
