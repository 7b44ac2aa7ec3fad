import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import type {Probe} from '../probe.ts';
import {every} from './capabilities.ts';

/** The setting decides; the kernel tells of containers that are as good as privileged by other options. */
export const runNoPrivileged: Probe = async ({target: {privileged}, processes, inside}) => {
	if (privileged) {
		const message =
			'The container is privileged: it owns the host. Drop --privileged and grant the one capability';
		return [{result: 'fail', message, observed: {declared: {privileged}}}];
	}

	const [seen, kernel] = [await processes(), await kernelIfSeen({inside})];
	const first = seen.seen ? seen.items[0] : undefined;
	const hasAll = first !== undefined && (first.boundingSet & every) === every;
	const isOpen = hasAll && first?.seccomp === 0 && kernel?.group?.allDevices === true;
	const observed = {
		declared: {privileged},
		effective:
			first === undefined
				? NOT_SEEN
				: {
						allCapabilities: hasAll,
						filtered: first.seccomp === 2,
						allDevices: kernel?.group?.allDevices ?? NOT_SEEN,
					},
	};
	return [
		isOpen
			? {
					result: 'fail',
					message:
						'The container is not called privileged, but has every capability and device and no filter for system calls, which is the same; grant the one that it needs',
					observed,
				}
			: {result: 'pass', message: 'The container is not privileged', observed},
	];
};
