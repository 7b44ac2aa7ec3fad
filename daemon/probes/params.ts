import {matchesGlob} from '../../policies/glob.ts';
import type {Setting} from '../../policies/setting.ts';

type Params = Setting['params'];

/** A list that the policy gives; the fallback where it gives none. */
export function listIn(params: Params, name: string, fallback: readonly string[] = []): readonly string[] {
	const value = Object.hasOwn(params, name) ? params[name] : undefined;
	if (typeof value === 'string') {
		return [value];
	}

	return Array.isArray(value) ? value : fallback;
}

export function numberIn(params: Params, name: string, fallback: number): number {
	const value = Object.hasOwn(params, name) ? params[name] : undefined;
	return typeof value === 'number' ? value : fallback;
}

export function textIn(params: Params, name: string): string | undefined {
	const value = Object.hasOwn(params, name) ? params[name] : undefined;
	return typeof value === 'string' ? value : undefined;
}

export function isAmong(patterns: readonly string[], text: string): boolean {
	return patterns.some(pattern => matchesGlob(pattern, text));
}

/** Whether a path is one of these or lies below one. Patterns end with a name; `*` in them is any text. */
export function isUnder(folders: readonly string[], path: string): boolean {
	return folders.some(
		folder => matchesGlob(folder, path) || matchesGlob(`${folder.replace(/\/$/, '')}/*`, path),
	);
}
