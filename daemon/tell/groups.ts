import type {Episode} from '../episode.ts';
import type {MessageKind} from './message.ts';

/** A notice of an episode that waits to be told. */
export interface Waiting {
	readonly kind: MessageKind;
	readonly episode: Episode;
	/** What was done, for those that say so. */
	readonly sentence?: string;
	/** Milliseconds since 1970. */
	readonly since: number;
}

/**
 * What belongs together: notices of one kind that share a container or a control, directly or by way of others. So a container
 * that fails at everything is one message, and so is a control that fails everywhere.
 */
export function groupsOf(waiting: readonly Waiting[]): readonly (readonly Waiting[])[] {
	const parent = new Map<string, string>();
	const rootOf = (key: string): string => {
		let root = key;
		for (let up = parent.get(root); up !== undefined && up !== root; up = parent.get(root)) {
			root = up;
		}

		// Whoever asks again finds it at once: a thousand notices of one control are not a thousand steps each.
		parent.set(key, root);
		return root;
	};
	for (const each of waiting) {
		const [container, control] = keysOf(each);
		parent.set(rootOf(container), rootOf(control));
	}

	const groups = new Map<string, Waiting[]>();
	for (const each of waiting) {
		const root = rootOf(keysOf(each)[0]);
		const group = groups.get(root) ?? [];
		group.push(each);
		groups.set(root, group);
	}

	return [...groups.values()];
}

/** What a notice can have in common with another. */
export function keysOf({kind, episode}: Waiting): readonly [container: string, control: string] {
	return [`${kind} at ${episode.container.id}`, `${kind} of ${episode.control}`];
}
