import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import {isAmong, listIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

/** Judges the processes, not the configuration: an entrypoint may drop root, or an exec bring it back. */
export const runUserNonRoot: Probe = async ({target: {user}, processes, inside, paramsOf}) => {
	const seen = await processes();
	const declared = {user: user === '' ? 'root' : user};
	if (!seen.seen) {
		return [unseen(`The processes' users could not be read: ${seen.reason}`, {declared})];
	}

	const allowed = listIn(paramsOf('run-user-non-root'), 'allowRootExe');
	const roots = seen.items.filter(({uid}) => uid === 0);
	const stray = roots.filter(({program, name}) => !isAmong(allowed, program ?? name));
	const kernel = await kernelIfSeen({inside});
	const observed = {
		declared,
		effective: {
			uids: [...new Set(seen.items.map(({uid}) => uid))].slice(0, 16),
			asRoot: roots.slice(0, 8).map(({name}) => name),
			rootInsideIs: kernel?.rootIs ?? NOT_SEEN,
		},
	};
	if (stray.length > 0) {
		const although = /^(?:0|root)?(?::|$)/.test(user)
			? ''
			: `, although the container's user is ${JSON.stringify(user)}`;
		const message = `${stray.length} of ${seen.items.length} processes run as root of the host${although}; give the image a user, or remap users`;
		return [{result: 'fail', message, observed}];
	}

	return [
		{
			result: 'pass',
			message:
				roots.length === 0
					? 'No process runs as root of the host'
					: 'Only programs that the policy allows run as root of the host',
			observed,
		},
	];
};
