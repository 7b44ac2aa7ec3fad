import {type Probe, unseen} from '../probe.ts';

/** The kernel's flag decides: an engine-wide default does not show in the options of a container. */
export const runNoNewPrivileges: Probe = async ({target: {securityOptions}, processes}) => {
	const seen = await processes();
	const isAsked = securityOptions.some(option => /^no-new-privileges(?:[=:]true)?$/.test(option));
	const declared = {noNewPrivileges: isAsked};
	if (!seen.seen) {
		return [unseen(`The kernel's flag could not be read: ${seen.reason}`, {declared})];
	}

	const without = seen.items.filter(({noNewPrivileges}) => !noNewPrivileges);
	const observed = {declared, effective: {processes: seen.items.length, without: without.length}};
	return [
		without.length === 0
			? {
					result: 'pass',
					message: `Every process has no_new_privs set${isAsked ? '' : ', by the engine or by themselves'}`,
					observed,
				}
			: {
					result: 'fail',
					message: `${without.length} of ${seen.items.length} processes could gain privileges through a setuid file${isAsked ? ', although the option is set' : ''}; start with --security-opt no-new-privileges:true`,
					observed,
				},
	];
};
