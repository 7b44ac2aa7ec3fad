import {mountAt} from '../../docker/mountinfo.ts';
import type {Target} from '../../docker/target.ts';
import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import {isUnder, listIn} from '../params.ts';
import type {Probe} from '../probe.ts';

/** The engine's word decides where the kernel's is not to be had; where both are, both must say so. */
export const runReadonlyRootfs: Probe = async ({target, inside, paramsOf}) => {
	const kernel = await kernelIfSeen({inside});
	const root = kernel?.mounts === undefined ? undefined : mountAt(kernel.mounts, '/');
	const declared = target.settings.readOnlyRoot;
	const observed = {
		declared: {readOnly: declared},
		effective: root === undefined ? NOT_SEEN : {readOnly: root.readOnly},
		writable: writableOf(target).slice(0, 16),
	};
	if (!declared) {
		const message =
			'The root file system can be written: whoever gets in can leave a program behind. Start with --read-only and --tmpfs for what must be written';
		return [{result: 'fail', message, observed}];
	}

	if (root?.readOnly === false) {
		const message =
			'The container was asked to have a read-only root, but the kernel lets it be written: something mounted it anew';
		return [{result: 'fail', message, observed}];
	}

	const allowed = listIn(paramsOf('run-readonly-rootfs'), 'writable', ['/']);
	const stray = writableOf(target).find(path => !isUnder(allowed, path));
	return [
		stray === undefined
			? {result: 'pass', message: 'The root file system is read-only', observed}
			: {
					result: 'fail',
					message: `The root file system is read-only, but ${JSON.stringify(stray)} can be written and the policy does not name it`,
					observed,
				},
	];
};

function writableOf({mounts, settings}: Target): readonly string[] {
	const mounted = mounts.filter(({writable}) => writable).map(({destination}) => destination);
	return [...new Set([...mounted, ...settings.tmpfs])].toSorted();
}
