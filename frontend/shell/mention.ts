import type {Script} from './script.ts';

/** Parts of words: whatever a name is made of, its letters and digits stand in the code, with quotes and escapes between them at most. */
const PART = /[a-z0-9_]+/g;
const BETWEEN = /["'\\\r\n]/g;

/**
 * Which scripts could have a command of a name in them, without parsing any. A script may be told that has none; none that has
 * one is left out, but for names that the code itself makes (variables, `$'\x67it'`), which no command is known by.
 */
export function mentionsIn(scripts: readonly Script[]): (name: string) => readonly Script[] {
	const byPart = new Map<string, Script[]>();
	for (const script of scripts) {
		for (const part of partsOf(script.text)) {
			const list = byPart.get(part);
			if (list === undefined) {
				byPart.set(part, [script]);
			} else {
				list.push(script);
			}
		}
	}

	return name => {
		const [first, ...parts] = name.toLowerCase().match(PART) ?? [];
		if (first === undefined) {
			return scripts;
		}

		const longest = parts.reduce((a, b) => (b.length > a.length ? b : a), first);
		return byPart.get(longest) ?? [];
	};
}

function partsOf(text: string): ReadonlySet<string> {
	const lower = text.toLowerCase();
	const plain = lower.match(PART) ?? [];
	// With what stands between them taken out, words that are written in pieces come together, and others that do not matter.
	const together = lower.search(BETWEEN) < 0 ? [] : (lower.replaceAll(BETWEEN, '').match(PART) ?? []);
	return new Set([...plain, ...together]);
}
