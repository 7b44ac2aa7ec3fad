import {type Probe, unseen} from '../probe.ts';

/** The kernel's flag decides: an engine-wide default does not show in the options of a container. */
export const runNoNewPrivileges: Probe = async ({target: {securityOptions}, processes}) => {
	const seen = await processes();
	if (!seen.seen) {
		return [unseen(`The kernel's flag could not be read: ${seen.reason}`, {securityOptions})];
	}

	const without = seen.items.filter(({noNewPrivileges}) => !noNewPrivileges);
	const observed = {processes: seen.items.length, without: without.length, securityOptions};
	return [
		without.length === 0
			? {result: 'pass', message: 'Every process has no_new_privs set', observed}
			: {
					result: 'fail',
					message: `${without.length} of ${seen.items.length} processes could gain privileges through a setuid file; start with --security-opt no-new-privileges:true`,
					observed,
				},
	];
};
