import {has, type Progress, run} from './run.ts';

/**
 * Installs what is missing with apt. Needs Debian and root.
 *
 * @param programs by name, with the Debian packages that hold each
 */
export async function ensurePrograms(
	programs: Readonly<Record<string, readonly string[]>>,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<void> {
	const missing: string[] = [];
	for (const [program, packages] of Object.entries(programs)) {
		if (!(await has(program))) {
			missing.push(...packages);
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
