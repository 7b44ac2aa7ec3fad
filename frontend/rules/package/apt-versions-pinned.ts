import {pinnedBy} from './pinned.ts';

/** A snapshot of the archive decides the versions of everything. */
const SNAPSHOT = /snapshot\.(?:debian\.org|ubuntu\.com)|snapshot-cloudflare\.debian\.org/;

export const aptVersionsPinned = pinnedBy({
	managers: ['apt'],
	verbs: ['install', 'reinstall'],
	// `name/suite` is chosen on purpose, and `name-` takes a package away.
	isOpen: word => !/[=/*]|-$|\.deb$/.test(word),
	decidedBy: ['S', 'snapshot'],
	decidedFrom: ({scripts}) => {
		const isSnapshot = scripts.some(({text}) => SNAPSHOT.test(text));
		return () => isSnapshot;
	},
	write: name => `${name}=VERSION, or take packages from a snapshot of the archive`,
});
