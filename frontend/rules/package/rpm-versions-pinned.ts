import {pinnedBy} from './pinned.ts';

export const rpmVersionsPinned = pinnedBy({
	managers: ['yum', 'dnf'],
	verbs: ['install', 'install-n', 'install-na', 'reinstall', 'swap'],
	// `name-1.2-3`; a name with a number such as java-17-openjdk passes too. `@name` is a group, `name(x)` what one provides.
	isOpen: word => !/-\d|[=<>*()]|^@|\.rpm$/.test(word),
	write: name => `${name}-VERSION`,
});
