import {existsSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {withLock} from './engine/lock.ts';
import {run} from './engine/run.ts';

const VERSION = '0.9.0';

export interface Finding {
	readonly plugin: string;
	readonly config: string;
	readonly reason: string;
}

/**
 * Gixy-Next, which reads nginx's configuration and knows what has gone wrong in others, out of PyPI into the cache.
 * @throws {Error} saying what is missing
 */
export async function gixy(): Promise<(file: string) => Promise<readonly Finding[]>> {
	const cache = process.env['SALLYPORT_CACHE'] ?? join(homedir(), '.cache', 'sallyport');
	const tools = join(cache, 'tools');
	const home = join(tools, `gixy-next-${VERSION}`);
	mkdirSync(tools, {recursive: true, mode: 0o700});
	await withLock(join(tools, 'gixy.lock'), async () => {
		if (!existsSync(home)) {
			await fetch(tools, home);
		}
	});
	return async file => {
		// It ends with 1 where it found something, so a shell tells the two ends apart: findings are JSON, a failure is none.
		const command = 'python3 "$0/bin/gixy" -f json "$1" || test $? = 1';
		const said = await run('sh', ['-c', command, home, file], {env: {PYTHONPATH: home}});
		return JSON.parse(said) as readonly Finding[];
	};
}

async function fetch(tools: string, home: string): Promise<void> {
	const work = mkdtempSync(join(tools, 'fetch-'));
	try {
		const options = ['--quiet', '--no-input', '--no-warn-script-location', '--root-user-action=ignore'];
		await run('pip3', ['install', ...options, '--target', join(work, 'root'), `gixy-next==${VERSION}`], {
			timeoutMs: 60_000,
		});
		renameSync(join(work, 'root'), home);
	} catch (cause) {
		throw new Error(`gixy-next ${VERSION} could not be fetched from PyPI; it needs pip3 and a way there`, {
			cause,
		});
	} finally {
		rmSync(work, {recursive: true, force: true});
	}
}
