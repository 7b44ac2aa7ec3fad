import {type Probe, unseen} from '../probe.ts';

/** The kernel's word for every process decides: a profile may be an engine's default, and an exec may go without. */
export const runSeccompOn: Probe = async subject => {
	const {target, processes} = subject;
	const {securityOptions, privileged} = target;
	const declared = {
		profile: securityOptions
			.filter(option => option.startsWith('seccomp'))
			.map(option => option.slice(0, 64)),
		privileged,
	};
	const seen = await processes();
	if (!seen.seen) {
		return isOff(securityOptions)
			? [{result: 'fail', message: OFF, observed: {declared}}]
			: [unseen(`Whether system calls are filtered could not be seen: ${seen.reason}`, {declared})];
	}

	if (seen.items.every(({seccomp}) => seccomp === undefined)) {
		const message = 'The kernel of this host was built without filters for system calls';
		return [{result: 'not-applicable', message, observed: {declared}}];
	}

	// 1 is the strict mode, in which hardly any call is left.
	const without = seen.items.filter(({seccomp}) => seccomp !== 2 && seccomp !== 1);
	const observed = {declared, effective: {processes: seen.items.length, unfiltered: without.length}};
	if (without.length > 0) {
		const message = isOff(securityOptions)
			? OFF
			: `${without.length} of ${seen.items.length} processes make system calls that nothing filters; do not start or exec with --privileged`;
		return [{result: 'fail', message, observed}];
	}

	return [{result: 'pass', message: 'The system calls of every process are filtered', observed}];
};

const OFF =
	'The filter for system calls is switched off; remove --security-opt seccomp=unconfined, and give a profile of its own to what needs more';

function isOff(options: readonly string[]): boolean {
	return options.some(option => /^seccomp[=:]unconfined$/.test(option));
}
