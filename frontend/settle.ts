import {
	type Circumstances,
	type Examined,
	examine,
	type Opened,
	openDockerfile,
	type Wish,
} from './examine.ts';
import type {ImageFacts} from './rules/rule.ts';

/** A judgement that knows every image which its own repairs bring in. */
export interface Settled {
	readonly examined: Examined;
	/** What the builder said of images: those of the author's text, and those of the repaired one. */
	readonly images: ReadonlyMap<string, ImageFacts>;
	/** Images from outside that the repaired text is built from, by the names under which `images` has them. */
	readonly refs: readonly string[];
	/** Images that a repair would have brought in, if the builder had known them. */
	readonly unresolved: readonly string[];
}

/** A repair may propose one image after another until the builder knows one. */
const MAX_ROUNDS = 8;

/**
 * Judges, and where repairs bring in images of which nobody has asked the builder yet, asks and judges again: the new base is then
 * pinned, planned for and recorded like the author's own, and one that the builder does not know is not brought in.
 */
export async function settle(
	opened: Opened,
	circumstances: Circumstances,
	ask: (refs: readonly string[]) => Promise<ReadonlyMap<string, ImageFacts>>,
	wish?: Wish,
): Promise<Settled> {
	let {images} = circumstances;
	let unresolved = circumstances.unresolved ?? [];
	for (let round = 1; ; round += 1) {
		const examined = examine(opened, {...circumstances, images, unresolved}, wish);
		const {refs} = openDockerfile({...opened, bytes: examined.bytes, target: examined.targetName});
		const known = new Set([...opened.refs, ...images.keys(), ...unresolved]);
		const asked = refs.filter(ref => !known.has(ref) && !known.has(withoutDigest(ref)));
		if (asked.length === 0 || round === MAX_ROUNDS) {
			const named = refs.map(ref => (known.has(ref) ? ref : withoutDigest(ref)));
			return {examined, images, refs: [...new Set(named)], unresolved};
		}

		const more = await ask(asked);
		images = new Map([...images, ...more]);
		unresolved = [...unresolved, ...asked.filter(ref => !more.has(ref))];
	}
}

/** A reference that was pinned is one that the builder has told about. */
function withoutDigest(ref: string): string {
	return ref.split('@')[0] ?? ref;
}
