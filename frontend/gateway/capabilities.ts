import type {ResponseOf} from '../../proto/buildkit/gateway.ts';
import {FrontendError} from '../error.ts';
import type {Gateway} from './client.ts';

/** What this builder can do, asked by capability and never guessed from a version. */
export interface Capabilities {
	readonly warnings: boolean;
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

	return {warnings: enabled.has('gateway.warnings')};
}

function versionOf({workers = []}: ResponseOf<'ping'>): string {
	const version = workers.map(worker => worker.version?.version).find(Boolean);
	return version === undefined
		? 'a BuildKit older than 0.11, as Docker Engine 23 and earlier do'
		: `BuildKit ${version}`;
}
