import type {Engine} from './engine.ts';
import type {Seen} from './processes.ts';
import {serviceOf} from './served.ts';
import type {Target} from './target.ts';

/** One running container of a service. */
export interface Replica {
	readonly id: string;
	readonly engine: string;
	/** Undefined where it has no health check, or is still starting. */
	readonly healthy: boolean | undefined;
}

/** Running containers of the same service on every engine that is watched. */
export async function replicasOf(
	engine: Pick<Engine, 'running'>,
	{service}: Pick<Target, 'service'>,
	signal: AbortSignal,
): Promise<Seen<Replica>> {
	if (service === undefined) {
		return {seen: true, items: []};
	}

	const running = await engine.running(signal);
	return {
		seen: true,
		items: running
			.filter(({labels}) => serviceOf(labels) === service)
			.map(({id, engine: name, health}) => ({
				id,
				engine: name,
				healthy: health === 'healthy' ? true : health === 'unhealthy' ? false : undefined,
			})),
	};
}
