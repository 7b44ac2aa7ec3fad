import type {Kernel} from '../../docker/kernel.ts';
import {withKernel} from '../kernel-view.ts';
import type {Probe, ProbeFinding} from '../probe.ts';

export const runLsmProfile: Probe = async subject => {
	const {appArmor, processLabel} = subject.target.settings;
	const declared = {appArmor, processLabel};
	return withKernel(subject, declared, kernel => judge(kernel, declared));
};

function judge({confines, confinement}: Kernel, declared: {readonly appArmor: string}): ProbeFinding {
	const observed = {declared, effective: {confinement, by: confines ?? 'nothing'}};
	switch (confines) {
		case undefined:
			return {
				result: 'not-applicable',
				message: 'The kernel of this host runs neither AppArmor nor SELinux',
				observed,
			};
		case 'AppArmor': {
			// As in `docker-default (enforce)`; a profile that only complains confines nothing.
			const isConfined = / \(enforce\)$/.test(confinement);
			return isConfined
				? {result: 'pass', message: `AppArmor confines it by ${nameOf(confinement)}`, observed}
				: {
						result: 'fail',
						message: `AppArmor confines nothing here (${nameOf(confinement) || 'no profile'}); remove --security-opt apparmor=unconfined and --privileged`,
						observed,
					};
		}
		case 'SELinux': {
			const isConfined = confinement !== '' && !/:(?:spc_t|unconfined_t)(?::|$)/.test(confinement);
			return isConfined
				? {result: 'pass', message: 'SELinux confines it', observed}
				: {
						result: 'fail',
						message: 'SELinux confines nothing here; remove --security-opt label=disable and --privileged',
						observed,
					};
		}
	}
}

/** Profiles are named by whoever loads them. */
function nameOf(confinement: string): string {
	return confinement.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 80);
}
