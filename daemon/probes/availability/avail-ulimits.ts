import type {Ulimit} from '../../docker/settings.ts';
import {kernelIfSeen, NOT_SEEN} from '../kernel-view.ts';
import {numberIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

/** What engines give by themselves on most hosts; more was asked for by somebody. */
const usual: Readonly<Record<string, number>> = {
	nofile: 1_048_576,
	nproc: 65_536,
	core: 0,
	memlock: 8_388_608,
};

export const availUlimits: Probe = async ({target: {settings}, inside, paramsOf}) => {
	const params = paramsOf('avail-ulimits');
	const mostOf = (name: string): number | undefined => {
		const most = numberIn(params, name, usual[name] ?? Number.NaN);
		return Number.isNaN(most) ? undefined : most;
	};
	const limits = (await kernelIfSeen({inside}))?.limits;
	const declared = settings.ulimits.slice(0, 16);
	const effective = limits === undefined ? NOT_SEEN : {nofile: limits['nofile'], nproc: limits['nproc']};
	const observed = {declared, effective};
	const raised = settings.ulimits.find(each => isRaised(each, mostOf(each.name)));
	if (raised !== undefined) {
		const message = `The limit ${JSON.stringify(raised.name)} is raised to ${raised.hard === -1 ? 'no limit' : raised.hard}; drop --ulimit, or name the value in the policy`;
		return [{result: 'fail', message, observed}];
	}

	if (limits === undefined) {
		return [unseen("The limits of the container's first process could not be seen", observed)];
	}

	// Only what the policy names: otherwise every container of an engine without limits would be blamed for its engine.
	const over = Object.entries(limits).find(
		([name, {hard}]) => Object.hasOwn(params, name) && isRaised({name, soft: hard, hard}, mostOf(name)),
	);
	return [
		over === undefined
			? {
					result: 'pass',
					message: 'No limit of a process is raised beyond what is usual or declared',
					observed,
				}
			: {
					result: 'fail',
					message: `The kernel lets processes have ${over[1].hard === -1 ? 'any number' : over[1].hard} of ${over[0]}, more than the policy says`,
					observed,
				},
	];
};

/** -1 is no limit. Without a known value every override is one too many. */
function isRaised({soft, hard}: Ulimit, most: number | undefined): boolean {
	if (most === undefined) {
		return true;
	}

	return most !== -1 && [soft, hard].some(value => value === -1 || value > most);
}
