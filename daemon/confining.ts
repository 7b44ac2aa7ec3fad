import {setTimeout as sleep} from 'node:timers/promises';
import type {ContainmentAction} from '../proto/containment.ts';
import type {ConfineDoor, Confinement} from './docker/confine.ts';

/** Between two questions to the engine. */
const PAUSE_MS = 500;

/** Does it, and waits until the engine shows that it is so. @throws with the reason why it is not */
export async function act(
	door: ConfineDoor,
	id: string,
	action: ContainmentAction,
	before: Confinement,
	signal: AbortSignal,
): Promise<void> {
	if (!before.running) {
		throw new Error('the container does not run any more');
	}

	if (action === 'pause') {
		await (before.paused ? undefined : persist(() => door.pause(id, signal), signal));
	} else {
		await leaveAll(door, id, before, signal);
	}

	while (!isContained(action, await door.look(id, signal))) {
		await sleep(PAUSE_MS, undefined, {signal, ref: false});
	}
}

async function leaveAll(
	door: ConfineDoor,
	id: string,
	before: Confinement,
	signal: AbortSignal,
): Promise<void> {
	const {networkMode, networks} = before;
	if (networkMode === 'host' || networkMode.startsWith('container:')) {
		throw new Error(
			`the container is on the network of ${networkMode}, which cannot be left; pause it instead`,
		);
	}

	for (const network of networks) {
		await persist(() => door.disconnect(id, network, signal), signal);
	}
}

/** An engine that is busy or starts anew is asked again, one that says no is not. */
export async function persist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
	for (;;) {
		try {
			return await work();
		} catch (error) {
			const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 0;
			if (signal.aborted || (status >= 400 && status < 500)) {
				throw error;
			}

			await sleep(PAUSE_MS, undefined, {signal, ref: false}).catch(() => undefined);
		}
	}
}

function isContained(action: ContainmentAction, {paused, networks, running}: Confinement): boolean {
	return running && (action === 'pause' ? paused : networks.length === 0);
}
