import type {ResponseOf} from '../../proto/buildkit/gateway.ts';
import {FrontendError} from '../error.ts';
import type {Gateway} from './client.ts';

/** What this builder can do, asked by capability and never guessed from a version. */
export interface Capabilities {
	readonly warnings: boolean;
	/** Whether a result may carry attestations, and whether the engine's own image store would keep them. */
	readonly attestations: 'kept' | 'dropped' | 'refused';
	/** As far as it tells: Docker's own builder does not. */
	readonly engine: {readonly package?: string; readonly version: string} | undefined;
}

/** Came with BuildKit 0.11, which Docker Engine 24 brings: the oldest we work on. */
const FLOOR = 'gateway.evaluate';

/**
 * Asks what BuildKit can do and refuses one below the floor, in one sentence that says what to do.
 * @throws {FrontendError} FRONTEND_ENGINE_TOO_OLD
 */
export async function readCapabilities(gateway: Gateway): Promise<Capabilities> {
	const pong = await gateway.call('ping', {});
	const enabled = new Set((pong.frontendCaps ?? []).filter(cap => cap.enabled).map(cap => cap.id));
	if (!enabled.has(FLOOR)) {
		const found = versionOf(pong);
		throw new FrontendError(
			'FRONTEND_ENGINE_TOO_OLD',
			`sallyport/frontend needs Docker Engine 24 or later (BuildKit 0.11); this builder has ${found}. Update the engine, or build with "docker buildx create --use" on a newer BuildKit`,
		);
	}

	return {
		warnings: enabled.has('gateway.warnings'),
		attestations: enabled.has('reference.attestations') ? fateOf(pong) : 'refused',
		engine: engineOf(pong),
	};
}

/** Docker's graph-driver store knows no index, so what is attached is lost there; its worker is the one that names no snapshotter. */
function fateOf({workers = []}: ResponseOf<'ping'>): 'kept' | 'dropped' {
	const isGraphDriver = workers.some(({labels = {}}) => {
		const names = Object.keys(labels);
		return names.some(name => name.includes('.worker.moby.')) && !names.includes(SNAPSHOTTER);
	});
	return isGraphDriver ? 'dropped' : 'kept';
}

const SNAPSHOTTER = 'org.mobyproject.buildkit.worker.snapshotter';

function engineOf({workers = []}: ResponseOf<'ping'>): Capabilities['engine'] {
	const {package: name, version} = workers.find(worker => worker.version?.version)?.version ?? {};
	return version === undefined || version === ''
		? undefined
		: {
				...(name === undefined || name === '' ? {} : {package: name.slice(0, 200)}),
				version: version.slice(0, 200),
			};
}

function versionOf({workers = []}: ResponseOf<'ping'>): string {
	const version = workers.map(worker => worker.version?.version).find(Boolean);
	return version === undefined
		? 'a BuildKit older than 0.11, as Docker Engine 23 and earlier do'
		: `BuildKit ${version}`;
}
