import type {Promised} from './docker/promise.ts';
import type {Target} from './docker/target.ts';

/** A container as the daemon knows it now. */
export interface TargetView {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	/** What it is held to: the contract of its image, what labels or the daemon's file say of it, or nothing beyond its configuration. */
	readonly state: 'attested' | 'described' | 'unattested';
	readonly verdict?: 'pass' | 'fail' | 'incomplete';
	readonly observedAt?: string;
}

export function viewOf(
	{id, name, image, contract}: Pick<Target, 'id' | 'name' | 'image' | 'contract'>,
	promised: Promised,
	verdict: NonNullable<TargetView['verdict']>,
	at: Date,
): TargetView {
	const state =
		contract === undefined ? (promised.state === 'described' ? 'described' : 'unattested') : 'attested';
	return {id, name, image: image.reference, state, verdict, observedAt: at.toISOString()};
}
