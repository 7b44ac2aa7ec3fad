import type {Command} from '../../shell/script.ts';
import {home} from '../package/mounts.ts';

/** Whether a command takes away what lies in one of these folders: `rm -rf /var/lib/apt/lists/*`, `find … -delete`. */
export function removesAny(command: Command, folders: readonly string[]): boolean {
	const {name, args} = command;
	const isFind = name === 'find' && args.some(({text}) => text === '-delete' || text === 'rm');
	return (
		(name === 'rm' || isFind) &&
		args.some(({unquoted}) => alternatives(unquoted).some(path => covers(path, folders)))
	);
}

function covers(path: string, folders: readonly string[]): boolean {
	const folder = folderOf(home(path));
	return (
		folder.length > 1 &&
		folders.some(each => each === folder || each.startsWith(`${folder}/`) || folder.startsWith(`${each}/`))
	);
}

/** Without what stands for names of files: `/a/*` and `/a/` are `/a`. */
function folderOf(path: string): string {
	const star = path.search(/[*?[]/);
	const known = star === -1 ? path : path.slice(0, path.lastIndexOf('/', star));
	return known.length > 1 && known.endsWith('/') ? known.slice(0, -1) : known;
}

/** `/var/{cache,lib}/x` is two paths; more than one such part is left as it is. */
function alternatives(path: string): readonly string[] {
	const open = path.indexOf('{');
	const close = path.indexOf('}', open);
	if (open === -1 || close === -1 || path[open - 1] === '$') {
		return [path];
	}
	const parts = path
		.slice(open + 1, close)
		.split(',')
		.slice(0, 16);
	return parts.map(part => `${path.slice(0, open)}${part}${path.slice(close + 1)}`);
}
