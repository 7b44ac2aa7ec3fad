import {isSettled} from '../base/git-ref.ts';

/** `git+https://host/path@ref` as pip takes it, alone or behind `name @`: no ref, or one that moves. */
export function isMovingForPip(word: string): boolean {
	const at = word.indexOf('git+');
	if (at === -1) {
		return false;
	}
	const [address = ''] = word.slice(at).split('#', 1);
	const path = address.indexOf('/', address.indexOf('://') + 3);
	const mark = path === -1 ? -1 : address.indexOf('@', path);
	return mark === -1 || !isSettled(address.slice(mark + 1));
}

const ADDRESS = /^(?:git\+[a-z]+:|git:|(?:github|gitlab|bitbucket):|[\w-][\w.-]*\/[\w.-]+(?:#|$))/;

/** A repository as npm, yarn and pnpm take it, `user/repository` too; `#ref` and `#semver:range` choose. */
export function isMovingForNpm(word: string): boolean {
	const mark = word.indexOf('#');
	const ref = mark === -1 ? '' : word.slice(mark + 1);
	return ADDRESS.test(word) && !ref.startsWith('semver:') && (ref === '' || !isSettled(ref));
}
