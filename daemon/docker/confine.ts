import type Docker from 'dockerode';
import {dockerOf} from './client.ts';
import type {EngineHost} from './hosts.ts';

/** The one door through which the daemon can change a container, and all that goes through it. */
export interface ConfineDoor {
	/** How the container stands now. @throws what the engine says */
	readonly look: (id: string, signal: AbortSignal) => Promise<Confinement>;
	readonly pause: (id: string, signal: AbortSignal) => Promise<void>;
	/** Takes the container off one network. */
	readonly disconnect: (id: string, network: string, signal: AbortSignal) => Promise<void>;
}

export interface Confinement {
	readonly running: boolean;
	readonly paused: boolean;
	/** Names of the networks that it is on. The host's own and another container's cannot be left. */
	readonly networks: readonly string[];
	/** `host`, `none`, `container:…`, or a network's name. */
	readonly networkMode: string;
}

/** All engines are asked who has the container. */
export function openConfineDoor(hosts: readonly (string | EngineHost)[]): ConfineDoor {
	const engines = hosts.map(dockerOf);

	/** @throws what the last engine says, where none has the container */
	async function ownerOf(id: string, abortSignal: AbortSignal): Promise<Owner> {
		const [first, ...rest] = await Promise.allSettled(
			engines.map(async docker => ({docker, facts: await docker.getContainer(id).inspect({abortSignal})})),
		);
		const all = first === undefined ? [] : [first, ...rest];
		const owner = all.find(each => each.status === 'fulfilled');
		if (owner === undefined) {
			throw all.find(each => each.status === 'rejected')?.reason ?? new Error('there is no engine to ask');
		}

		return owner.value;
	}

	return {
		look: async (id, signal) => {
			const {State, NetworkSettings, HostConfig} = (await ownerOf(id, signal)).facts;
			return {
				running: State.Running,
				paused: State.Paused,
				networks: Object.keys(NetworkSettings.Networks ?? {}).filter(name => name !== 'none'),
				networkMode: HostConfig.NetworkMode ?? '',
			};
		},
		pause: async (id, signal) => {
			const {docker} = await ownerOf(id, signal);
			await docker.getContainer(id).pause({abortSignal: signal});
		},
		disconnect: async (id, network, signal) => {
			const {docker} = await ownerOf(id, signal);
			await docker.getNetwork(network).disconnect({Container: id, Force: true, abortSignal: signal});
		},
	};
}

interface Owner {
	readonly docker: Docker;
	readonly facts: Docker.ContainerInspectInfo;
}
