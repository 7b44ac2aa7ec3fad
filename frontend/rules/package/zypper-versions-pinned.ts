import {pinnedBy} from './pinned.ts';

export const zypperVersionsPinned = pinnedBy({
	managers: ['zypper'],
	verbs: ['install', 'in'],
	isOpen: word => !/[=<>*():]|^[-!]|\.rpm$/.test(word),
	write: name => `${name}=VERSION`,
});
