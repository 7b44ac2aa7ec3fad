import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import {applyEdits} from './dockerfile/edit.ts';

/** Name by which the rewritten Dockerfile calls the layer with the proxy. */
export const PROXY = 'sallyport-proxy';
/** And the one with contract and record, which is another one in each build: the proxy's stays, and is sent to no registry twice. */
export const RECORD = 'sallyport-record';

const copied = (layer: string): string => `COPY --link --from=${layer} / /`;
const ours: ReadonlySet<string> = new Set([copied(PROXY), copied(RECORD)]);

/**
 * The repaired text, and our layers at the end of the target stage. No line moves: what is added comes after the stage's last
 * one. COPY needs no user: --link makes a layer of its own, as root.
 * @param hasProxy whether there is one to put in
 * @param before instructions that go over the image as its author has finished it
 */
export function rewrite(
	dockerfile: Dockerfile,
	target: Stage,
	hasProxy: boolean,
	before: readonly string[] = [],
): Uint8Array {
	const lines = [...before, ...(hasProxy ? [copied(PROXY)] : []), copied(RECORD)];
	return applyEdits(dockerfile, [], {stage: target, lines});
}

/** Whether a line of the text that is built is one that puts a layer of ours in. */
export function isOurs(line: string): boolean {
	return ours.has(line);
}
