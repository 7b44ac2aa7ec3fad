import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import {applyEdits} from './dockerfile/edit.ts';

/** Name by which the rewritten Dockerfile calls the layer with proxy and contract. */
export const LAYER = 'sallyport-proxy';

/**
 * The repaired text, and our layer at the end of the target stage. No line moves: what is added comes after the stage's last
 * one. COPY needs no user: --link makes a layer of its own, as root.
 * @param before instructions that go over the image as its author has finished it
 */
export function rewrite(dockerfile: Dockerfile, target: Stage, before: readonly string[] = []): Uint8Array {
	const lines = [...before, `COPY --link --from=${LAYER} / /`];
	return applyEdits(dockerfile, [], {stage: target, lines});
}
