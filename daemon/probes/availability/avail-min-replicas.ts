import {numberIn} from '../params.ts';
import {type Probe, unseen} from '../probe.ts';

/** Each engine that is watched counts as a host of its own. */
export const availMinReplicas: Probe = async ({target, replicas, paramsOf}) => {
	const params = paramsOf('avail-min-replicas');
	const least = numberIn(params, 'min', 0);
	const leastHosts = numberIn(params, 'hosts', 1);
	if (target.service === undefined) {
		return [
			{
				result: 'not-applicable',
				message: 'It belongs to no service: no label of Compose, Swarm or dev.sallyport.service names one',
			},
		];
	}

	if (least < 1) {
		return [unseen('The policy does not say how many replicas a service needs; set the parameter min')];
	}

	const seen = await replicas();
	if (!seen.seen) {
		return [unseen(`The replicas could not be counted: ${seen.reason}`)];
	}

	const well = seen.items.filter(({healthy}) => healthy !== false);
	const hosts = new Set(well.map(({engine}) => engine)).size;
	const observed = {service: target.service, running: seen.items.length, healthy: well.length, hosts};
	return [
		well.length >= least && hosts >= leastHosts
			? {result: 'pass', message: 'The service has the replicas that it needs', observed}
			: {
					result: 'fail',
					message: `The service has ${well.length} replicas that run well on ${hosts} hosts; it needs ${least} on ${leastHosts}`,
					observed,
				},
	];
};
