import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import {applyEdits} from './dockerfile/edit.ts';
import type {Fix} from './rules/rule.ts';

/** Name by which the rewritten Dockerfile calls the layer with proxy and contract. */
export const LAYER = 'sallyport-proxy';

/**
 * The author's text with the chosen repairs, and our layer at the end of the target stage. No line moves: edits stay on
 * theirs, and what is added comes after the stage's last one. COPY needs no user: --link makes a layer of its own, as root.
 */
export function rewrite(dockerfile: Dockerfile, target: Stage, fixes: readonly Fix[]): Uint8Array {
	const edits = fixes.flatMap(fix => fix.edits ?? []);
	const lines = [...fixes.flatMap(fix => fix.append ?? []), `COPY --link --from=${LAYER} / /`];
	return applyEdits(dockerfile, edits, {stage: target, lines});
}
