import type {PolicyReference, Verifier} from './statement.ts';

/** What the daemon can do to a container when a policy tells it to. */
export const containmentActions = ['pause', 'disconnect'] as const;
export type ContainmentAction = (typeof containmentActions)[number];

/** Predicate of `predicateTypes.containment`: a container was contained, or could not be. */
export interface Containment {
	readonly verifier: Verifier;
	readonly policy: PolicyReference;
	readonly target: {readonly containerId: string; readonly name: string; readonly image: string};
	/** The control that failed, and its episode. */
	readonly rule: string;
	readonly episode: string;
	readonly actor: 'daemon';
	/** Who approved the policy that says so. */
	readonly approval: {readonly by: readonly string[]};
	readonly action: ContainmentAction;
	/** What was left: the networks, by name. */
	readonly networks?: readonly string[];
	/** Whether the engine showed it to be so within 30 seconds. */
	readonly confirmed: boolean;
	/** Why not. */
	readonly reason?: string;
	/** Commands, in order. */
	readonly undo: readonly string[];
	readonly startedOn: string;
	readonly finishedOn: string;
}
