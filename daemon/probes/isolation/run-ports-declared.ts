import type {Listening, Seen} from '../../docker/processes.ts';
import type {Target} from '../../docker/target.ts';
import {listIn} from '../params.ts';
import {type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/**
 * Four questions: what the host publishes, on which of its ports and of its addresses (all certain), and what other containers on
 * the same network can reach (`T2`, because networks are often shared with nobody). `observed.question` tells them apart.
 */
export const runPortsDeclared: Probe = async subject => {
	const {target, promised, listening} = subject;
	const declared = await declaredOf(subject);
	if (declared === undefined) {
		const reason = promised.state === 'unread' ? promised.reason : 'the engine has its image no more';
		return [unseen(`There is nothing that declares ports: ${reason}`, {published: publishedIn(target)})];
	}

	const findings = [publishedOf(target, declared), lowOf(target), openedOf(target, declared)];
	return declared.by === 'image'
		? findings
		: [
				...findings,
				reachableOf(
					await listening(),
					target,
					new Set(declared.ports.map(port => Number.parseInt(port, 10))),
				),
			];
};

/** Ports such as `8443/tcp`, and whose word that is. */
interface Declared {
	readonly by: 'contract' | 'description' | 'image';
	readonly ports: readonly string[];
	/** Those that anybody may reach. */
	readonly open: readonly string[];
}

async function declaredOf({promised, inside, paramsOf}: Subject): Promise<Declared | undefined> {
	const params = paramsOf('run-ports-declared');
	const named = listIn(params, 'publish').map(withProtocol);
	const open = listIn(params, 'public').map(withProtocol);
	switch (promised.state) {
		case 'kept': {
			const listeners = promised.contract.proxy?.listeners ?? [];
			const ports = listeners.map(({port, protocol}) => `${port}/${protocol === 'http3' ? 'udp' : 'tcp'}`);
			const isFacing = listeners.map(({protocol}) => protocol !== 'metrics');
			return {
				by: 'contract',
				ports: [...ports, ...named],
				open: [...ports.filter((_, index) => isFacing[index]), ...open],
			};
		}
		case 'described': {
			const ports = promised.description.listeners.map(({port}) => `${port}/tcp`);
			return {by: 'description', ports: [...ports, ...named], open};
		}
		case 'unread':
			return undefined;
		default: {
			const image = await inside.image();
			return image === undefined ? undefined : {by: 'image', ports: [...image.exposed, ...named], open};
		}
	}
}

function withProtocol(port: string): string {
	return port.includes('/') ? port : `${port}/tcp`;
}

function publishedIn({published}: Target): readonly string[] {
	return published
		.slice(0, 16)
		.map(({port, protocol, hostIp, hostPort}) => `${hostIp}:${hostPort}->${port}/${protocol}`);
}

function publishedOf(target: Target, {by, ports}: Declared): ProbeFinding {
	const {published, networkMode} = target;
	const stray = published.find(({port, protocol}) => !ports.includes(`${port}/${protocol}`));
	const observed = {
		question: 'declared',
		declared: ports.slice(0, 32),
		declaredBy: by,
		published: publishedIn(target),
		networkMode,
	};
	return stray === undefined
		? {result: 'pass', message: 'Only declared ports are published', tier: 'T1', observed}
		: {
				result: 'fail',
				message: `Port ${stray.port}/${stray.protocol} is published as ${stray.hostPort}, but the ${by} does not declare it; publish ${by === 'image' ? 'only what the image exposes or the policy names' : "the proxy's ports only"}`,
				tier: 'T1',
				observed,
			};
}

/** Ports that everybody expects to find open on a server; the other low ones belong to the host's own services. */
const WEB: ReadonlySet<number> = new Set([80, 443]);

function lowOf(target: Target): ProbeFinding {
	const low = target.published.find(({hostPort}) => hostPort > 0 && hostPort < 1024 && !WEB.has(hostPort));
	const observed = {question: 'low ports', published: publishedIn(target)};
	return low === undefined
		? {
				result: 'pass',
				message: "No port of the host's own services leads into the container",
				tier: 'T1',
				observed,
			}
		: {
				result: 'fail',
				message: `The host's port ${low.hostPort} leads into the container, and ports below 1024 belong to the host's own services; publish a higher one`,
				tier: 'T1',
				observed,
			};
}

function openedOf(target: Target, {open}: Declared): ProbeFinding {
	const {published} = target;
	const observed = {question: 'addresses', published: publishedIn(target), public: open.slice(0, 32)};
	const wide = published.find(
		({hostIp, port, protocol}) =>
			['0.0.0.0', '::', ''].includes(hostIp) && !open.includes(`${port}/${protocol}`),
	);
	return wide === undefined
		? {
				result: 'pass',
				message: 'Only what is meant for everybody is published on every address',
				tier: 'T1',
				observed,
			}
		: {
				result: 'fail',
				message: `Port ${wide.port}/${wide.protocol} is published on every address of the host; bind it to one, as in -p 127.0.0.1:${wide.hostPort}:${wide.port}, or name it public in the policy`,
				tier: 'T1',
				observed,
			};
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
	const observed = {question: 'reachable', open: open.slice(0, 32), declared: [...declared]};
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
