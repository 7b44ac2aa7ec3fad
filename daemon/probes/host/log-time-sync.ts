import {type Probe, unseen} from '../probe.ts';

export const logTimeSync: Probe = async ({host}) => {
	const clock = await host.clock();
	if (clock.state === 'unseen') {
		return [unseen(`Whether the clock is right is not known: ${clock.reason}`)];
	}

	const {by, offsetMs} = clock;
	const observed = {by, ...(offsetMs === undefined ? {} : {offsetMs})};
	return clock.state === 'synchronised'
		? [{result: 'pass', message: `${by} keeps the clock of this host`, observed}]
		: [{result: 'fail', message: `The clock of this host is not kept by ${by}: ${clock.reason}`, observed}];
};
