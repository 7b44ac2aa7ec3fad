/**
 * Whether the name matches: `*` is any text without a slash, `**` any text, and `/*` at the end all that lies below. Time is
 * that of both lengths multiplied at worst, and names are short.
 */
export function matchesGlob(name: string, glob: string): boolean {
	// Which lengths of the name are matched by the pattern so far.
	let ends = new Set([0]);
	for (let at = 0; at < glob.length; at += 1) {
		if (glob[at] !== '*') {
			ends = new Set([...ends].filter(end => name[end] === glob[at]).map(end => end + 1));
			continue;
		}

		const isDouble = glob[at + 1] === '*';
		const isDeep = isDouble || (at === glob.length - 1 && glob[at - 1] === '/');
		at += isDouble ? 1 : 0;
		ends = stretched(ends, name, isDeep);
	}

	return ends.has(name.length);
}

function stretched(ends: ReadonlySet<number>, name: string, isDeep: boolean): Set<number> {
	const next = new Set<number>();
	for (const start of [...ends].toSorted((a, b) => a - b)) {
		let end = start;
		while (!next.has(end) && end <= name.length) {
			next.add(end);
			if (!isDeep && name[end] === '/') {
				break;
			}

			end += 1;
		}
	}

	return next;
}
