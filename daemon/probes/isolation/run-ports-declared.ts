import type {Listener} from '../../../proto/contract.ts';
import type {Listening, Seen} from '../../docker/processes.ts';
import type {Target} from '../../docker/target.ts';
import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

/**
 * Two questions: what the host publishes (certain), and what other containers on the same network can reach (`T2`,
 * because networks are often shared with nobody).
 */
export const runPortsDeclared: Probe = async ({target, promised, listening}) => {
	if (promised.state !== 'kept') {
		return [unseen(`There is no contract that declares ports: ${promised.reason}`)];
	}

	const listeners = promised.contract.proxy?.listeners ?? [];
	const declared = new Set(listeners.map(({port}) => port));
	return [publishedOf(target, listeners), reachableOf(await listening(), target, declared)];
};

function publishedOf({published, networkMode}: Target, listeners: readonly Listener[]): ProbeFinding {
	const declared = new Set(
		listeners.map(({port, protocol}) => `${port}/${protocol === 'http3' ? 'udp' : 'tcp'}`),
	);
	const stray = published.filter(({port, protocol}) => !declared.has(`${port}/${protocol}`));
	const observed = {
		declared: [...new Set(listeners.map(({port}) => port))],
		published: published
			.slice(0, 16)
			.map(({port, protocol, hostIp, hostPort}) => `${hostIp}:${hostPort}->${port}/${protocol}`),
		networkMode,
	};
	if (stray.length > 0) {
		const {port, protocol, hostPort} = stray[0] ?? {};
		return {
			result: 'fail',
			message: `Port ${port}/${protocol} is published as ${hostPort}, but the contract does not declare it; publish the proxy's ports only`,
			tier: 'T1',
			observed,
		};
	}

	return {result: 'pass', message: 'Only declared ports are published', tier: 'T1', observed};
}

function reachableOf(
	seen: Seen<Listening>,
	{networkMode}: Target,
	declared: ReadonlySet<number>,
): ProbeFinding {
	if (!seen.seen) {
		return {...unseen(`Listening sockets could not be read: ${seen.reason}`), tier: 'T2'};
	}

	if (networkMode === 'host') {
		return {
			result: 'fail',
			message:
				"The container shares the host's network, so every port it opens is open to all; give it its own",
			tier: 'T2',
			observed: {networkMode},
		};
	}

	const open = [...new Set(seen.items.filter(({loopback}) => !loopback).map(({port}) => port))];
	const stray = open.filter(port => !declared.has(port));
	const observed = {open: open.slice(0, 32), declared: [...declared]};
	return stray.length === 0
		? {
				result: 'pass',
				message: 'Inside its network the container answers on declared ports only',
				tier: 'T2',
				observed,
			}
		: {
				result: 'fail',
				message: `Other containers of the network can reach port ${stray[0]} past the proxy; let the application listen on 127.0.0.1`,
				tier: 'T2',
				observed,
			};
}
