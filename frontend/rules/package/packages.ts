import {quoted} from '../../dockerfile/error.ts';
import type {ShellWord} from '../../shell/script.ts';

/** A package named in plain words. */
export interface Package {
	readonly name: string;
	readonly word: ShellWord;
}

/** What is named by a plain word: neither a variable, nor a path, nor an address. */
export function namedPackages(words: readonly ShellWord[]): readonly Package[] {
	return words.flatMap(word =>
		word.value === undefined || isElsewhere(word.value) ? [] : [{name: word.value, word}],
	);
}

function isElsewhere(value: string): boolean {
	return value === '' || /^[./~]/.test(value) || value.includes('://') || value.startsWith('git+');
}

/** Up to three of them for a message. */
export function listed(packages: readonly Pick<Package, 'name'>[]): string {
	const shown = packages.slice(0, 3).map(({name}) => quoted(name).slice(1, -1));
	const more = packages.length - shown.length;
	return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
