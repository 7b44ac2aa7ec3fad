import {withKernel} from '../kernel-view.ts';
import {isAmong, listIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

export const runCgroupConfirmed: Probe = async subject => {
	const {target, paramsOf} = subject;
	const {cgroupParent} = target.settings;
	const declared = {parent: cgroupParent};
	const allowed = listIn(paramsOf('run-cgroup-confirmed'), 'allow');
	if (cgroupParent !== '' && !isAmong(allowed, cgroupParent)) {
		const message = `The container was put below the control group ${JSON.stringify(cgroupParent)}, which the policy does not name; drop --cgroup-parent`;
		return [{result: 'fail', message, observed: {declared}}];
	}

	return withKernel(subject, declared, ({group}) => {
		if (group === undefined) {
			return unseen('The control groups of this host cannot be read; show them to the daemon read-only', {
				declared,
			});
		}

		const observed = {declared, effective: {path: group.path, version: group.version}};
		// `/docker/ID`, or `/system.slice/docker-ID.scope` where systemd keeps the groups.
		const isBelow = cgroupParent === '' || group.path.includes(`/${cgroupParent.replace(/^\/|\/$/g, '')}/`);
		return isBelow
			? {
					result: 'pass',
					message: 'The container runs in the control group that the engine chose for it',
					observed,
				}
			: {
					result: 'fail',
					message: `The container was put below ${JSON.stringify(cgroupParent)}, but the kernel has it elsewhere`,
					observed,
				};
	});
};
