import {isMovingForNpm} from './moving-git.ts';
import {pinnedBy} from './pinned.ts';

export const npmVersionsPinned = pinnedBy({
	managers: ['npm', 'pnpm', 'yarn'],
	verbs: ['install', 'i', 'in', 'ins', 'add', 'global add'],
	isOpen: word => isPackage(word) && isOpenVersion(word.slice(word.indexOf('@', 1) + 1), word),
	git: {isMoving: isMovingForNpm, sign: '#'},
	write: name => `${name.replace(/(?<=.)@.*/, '')}@VERSION`,
});

/** Not a folder, an archive, a repository of `user/name`, or an alias. */
function isPackage(word: string): boolean {
	return /^(?:@[\w.-]+\/)?[\w.-]+(?:@[^/:]*)?$/.test(word) && !/\.(?:tgz|gz)$/.test(word);
}

function isOpenVersion(version: string, word: string): boolean {
	// Tags such as `latest` and `next` move.
	return word.indexOf('@', 1) === -1 || /^(?:|\*|[a-z-]+)$/.test(version);
}
