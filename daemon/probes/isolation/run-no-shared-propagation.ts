import {mountAt} from '../../docker/mountinfo.ts';
import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import type {Probe} from '../probe.ts';

export const runNoSharedPropagation: Probe = async ({target: {mounts}, inside}) => {
	const kernel = await kernelIfSeen({inside});
	const declared = mounts.filter(({propagation}) => /^r?shared$/.test(propagation));
	// Below the container's own propagation only what is shared again is: Docker makes the rest private.
	const effective = mounts.filter(
		({destination}) => kernel?.mounts !== undefined && mountAt(kernel.mounts, destination)?.shared === true,
	);
	const all = [...new Set([...declared, ...effective])];
	const observed = {
		declared: declared.slice(0, 8).map(({destination, propagation}) => ({destination, propagation})),
		effective:
			kernel?.mounts === undefined ? NOT_SEEN : effective.slice(0, 8).map(({destination}) => destination),
	};
	const [first] = all;
	return [
		first === undefined
			? {result: 'pass', message: 'No mount is shared with the host in both directions', observed}
			: {
					result: 'fail',
					message: `What is mounted below ${JSON.stringify(first.destination)} inside appears on the host too${declared.includes(first) ? '' : ', although nobody asked for that'}; use rprivate or rslave`,
					observed,
				},
	];
};
