import {type Probe, unseen} from '../probe.ts';

/** Judges the processes, not the configuration: an entrypoint may drop root, or an exec bring it back. */
export const runUserNonRoot: Probe = async ({target: {user}, processes}) => {
	const seen = await processes();
	if (!seen.seen) {
		return [unseen(`The processes' users could not be read: ${seen.reason}`, {configured: user})];
	}

	const roots = seen.items.filter(({uid}) => uid === 0);
	const observed = {
		configured: user,
		uids: [...new Set(seen.items.map(({uid}) => uid))].slice(0, 16),
		asRoot: roots.slice(0, 8).map(({name}) => name),
	};
	return [
		roots.length === 0
			? {result: 'pass', message: 'No process runs as root of the host', observed}
			: {
					result: 'fail',
					message: `${roots.length} of ${seen.items.length} processes run as root of the host; give the image a user, or remap users`,
					observed,
				},
	];
};
