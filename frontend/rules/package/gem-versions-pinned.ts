import {pinnedBy} from './pinned.ts';

export const gemVersionsPinned = pinnedBy({
	managers: ['gem'],
	isOpen: word => !/:|\.gem$/.test(word),
	decidedBy: ['v', 'version', 'g', 'file', 'l', 'local'],
	write: name => `${name}:VERSION`,
});
