import type {Rule} from '../rule.ts';
import {pinnedBy} from './pinned.ts';

export const rpmVersionsPinned: Rule = function* (subject, params) {
	yield* packages(subject, params);
	yield* modules(subject, params);
};

const packages = pinnedBy({
	managers: ['yum', 'dnf'],
	verbs: ['install', 'install-n', 'install-na', 'reinstall', 'swap'],
	// `name-1.2-3`; a name with a number such as java-17-openjdk passes too. `@name` is a group, `name(x)` what one provides.
	isOpen: word => !/-\d|[=<>*()]|^@|\.rpm$/.test(word),
	write: name => `${name}-VERSION`,
});

/** A module without a stream is the distribution's default of the day. */
const modules = pinnedBy({
	managers: ['yum', 'dnf'],
	verbs: ['module install'],
	isOpen: word => !/[:/]/.test(word),
	write: name => `${name}:STREAM`,
});
