import type {Edit} from './edit.ts';

/** Which bytes of a file edits have taken, so that no two of them want the same. */
export interface Claims {
	/** Takes the bytes of all these edits, or of none: false when another edit has some of them. An edit that was taken before is shared. */
	take(edits: readonly Edit[]): boolean;
}

/** @param length of the file in bytes. Time is that of the bytes edited, however many edits there are. */
export function claimsOn(length: number): Claims {
	// Which edit has a byte, from 1; and the places of insertions, which have no byte of their own.
	let owners: Uint32Array | undefined;
	const insertions = new Set<number>();
	const known = new Set<string>();
	let count = 0;

	const isFree = ({span: {start, end}}: Edit, taken: Uint32Array): boolean => {
		if (start === end) {
			// Between two bytes of one replaced span; at its edges an insertion is in nobody's way.
			return start === 0 || taken[start] === 0 || taken[start] !== taken[start - 1];
		}

		for (let at = start; at < end; at += 1) {
			if (taken[at] !== 0 || (at > start && insertions.has(at))) {
				return false;
			}
		}

		return true;
	};
	return {
		take: edits => {
			owners ??= new Uint32Array(length + 1);
			const taken = owners;
			const fresh = edits.filter(edit => !known.has(keyOf(edit)));
			if (!fresh.every(edit => isFree(edit, taken))) {
				return false;
			}

			for (const edit of fresh) {
				const {start, end} = edit.span;
				count += 1;
				known.add(keyOf(edit));
				taken.fill(count, start, end);
				if (start === end) {
					insertions.add(start);
				}
			}

			return true;
		},
	};
}

function keyOf({span, text}: Edit): string {
	return `${span.start} ${span.end} ${text}`;
}
