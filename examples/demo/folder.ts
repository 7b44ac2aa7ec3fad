import {mkdirSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

/** Where the demo keeps its record, keys and logs: a folder of its own, readable by its owner alone. */
export function demoFolder(env: NodeJS.ProcessEnv = process.env): string {
	const cache = env['SALLYPORT_CACHE'] ?? env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
	const folder = join(cache, 'sallyport', 'demo');
	mkdirSync(folder, {recursive: true, mode: 0o700});
	return folder;
}
