import type {Dialect} from './script.ts';

/** What reads code that `shell` is put in front of, e.g. `bash` for `['/bin/bash', '-o', 'pipefail', '-c']`. */
export function dialectOf(shell: readonly string[]): Dialect {
	const [program = '', ...rest] = shell;
	const name = programOf(program);
	if (name === 'env' || name === 'busybox') {
		const from = rest.findIndex(word => !word.startsWith('-') && !word.includes('='));
		return from === -1 ? 'other' : dialectOf(rest.slice(from));
	}
	return DIALECTS.get(name) ?? 'other';
}

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
	['sh', 'sh'],
	['dash', 'sh'],
	['ash', 'sh'],
	['bash', 'bash'],
	['rbash', 'bash'],
	['powershell', 'powershell'],
	['pwsh', 'powershell'],
	['cmd', 'cmd'],
]);

/** A program's name without its folder and `.exe`. */
export function programOf(path: string): string {
	const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
	return name.toLowerCase().endsWith('.exe') ? name.slice(0, -4).toLowerCase() : name;
}

/** The words of `#!` in the first line, e.g. `['/usr/bin/env', 'python3']`. */
export function shebangOf(text: string): readonly string[] | undefined {
	if (!text.startsWith('#!')) {
		return undefined;
	}
	const newline = text.indexOf('\n');
	const line = text.slice(2, newline === -1 ? undefined : newline);
	return line.split(/[ \t\r]/).filter(word => word !== '');
}
