import {pinnedBy} from './pinned.ts';

export const apkVersionsPinned = pinnedBy({
	managers: ['apk'],
	// `.name` is a virtual package of the author's own, and `!name` forbids one.
	isOpen: word => !/[=~<>]|^!|\.apk$/.test(word),
	write: name => `${name}=VERSION, or ${name}~1.2 for the newest of a series`,
});
