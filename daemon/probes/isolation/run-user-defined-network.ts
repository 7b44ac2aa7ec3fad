import {isAmong, listIn} from '../params.ts';
import type {Probe} from '../probe.ts';

export const runUserDefinedNetwork: Probe = async ({target: {networkMode, settings}, paramsOf}) => {
	const wanted = listIn(paramsOf('run-user-defined-network'), 'networks');
	const observed = {networkMode, networks: settings.networks.slice(0, 16)};
	if (['default', 'bridge', ''].includes(networkMode) || settings.networks.includes('bridge')) {
		const message =
			"The container is on the engine's default bridge, where every other one can reach it; give each application a network of its own";
		return [{result: 'fail', message, observed}];
	}

	const stray = settings.networks.find(name => wanted.length > 0 && !isAmong(wanted, name));
	if (stray !== undefined) {
		const message = `The container is on the network ${JSON.stringify(stray)}, which the policy does not name`;
		return [{result: 'fail', message, observed}];
	}

	if (networkMode === 'host') {
		const message = "The container has the host's network; run-no-host-namespaces judges that";
		return [{result: 'not-applicable', message, observed}];
	}

	return [
		{
			result: 'pass',
			message:
				networkMode === 'none' ? 'The container has no network' : 'Only networks of its own are attached',
			observed,
		},
	];
};
