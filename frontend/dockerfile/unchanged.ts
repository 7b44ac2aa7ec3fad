import type {Dockerfile, Instruction, Span} from './ast.ts';
import type {Edit} from './edit.ts';

/**
 * Whether the instructions that no edit touches are in the new text as they were, and in their order: an edit that leaves a
 * line open would swallow the one after it, and the text would still be a Dockerfile.
 */
export function keepsOthers(before: Dockerfile, after: Dockerfile, edits: readonly Edit[]): boolean {
	const touched = toucher(edits.map(({span}) => span));
	const next = after.instructions[Symbol.iterator]();
	return before.instructions
		.filter(({span}) => !touched(span))
		.every(instruction => {
			const wanted = meaningOf(instruction);
			for (let found = next.next(); found.done !== true; found = next.next()) {
				if (meaningOf(found.value) === wanted) {
					return true;
				}
			}

			return false;
		});
}

/** What an instruction says, without how it is laid out. */
function meaningOf({keyword, flags, args, heredocs}: Instruction): string {
	const options = flags.map(({name, value = ''}) => `--${name}=${value}`);
	return [keyword, ...options, args, ...heredocs.map(({content}) => content)].join('\0');
}

/** Tells whether any span overlaps or adjoins one that is asked about. Those asked about MUST come in order. */
function toucher(spans: readonly Span[]): (span: Span) => boolean {
	const sorted = spans.toSorted((a, b) => a.start - b.start);
	let at = 0;
	let reach = -1;
	return ({start, end}) => {
		for (; (sorted[at]?.start ?? Number.POSITIVE_INFINITY) <= end; at += 1) {
			reach = Math.max(reach, sorted[at]?.end ?? 0);
		}

		return reach >= start;
	};
}
