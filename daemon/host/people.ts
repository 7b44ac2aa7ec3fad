import type {Containment} from '../../proto/containment.ts';
import type {AlertTest} from '../../proto/delivery.ts';

/** What the daemon knows of telling people and of acting for them. */
export interface PeopleView {
	/** Names of the channels that are configured now. */
	readonly channels: () => readonly string[];
	/** Test alerts, newest first; one that was acknowledged comes once more. */
	readonly tests: () => Promise<readonly AlertTest[]>;
	/** Whether the daemon was told that it may contain. */
	readonly mayContain: boolean;
	/** What the policy says of containment; a sentence where that cannot be followed, undefined where it says nothing. */
	readonly order: () => ContainmentOrder | string | undefined;
	/** What was done to a container, newest first. */
	readonly containments: (container: string) => Promise<readonly Containment[]>;
}

/** What an approved policy says of containment. */
export interface ContainmentOrder {
	readonly action: Containment['action'];
	/** Ids of controls. */
	readonly controls: readonly string[];
	/** Who approved it. */
	readonly by: readonly string[];
}
