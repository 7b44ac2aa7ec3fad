/** What somebody says of a server: what is true by name, and everything else of a kind that was asked about is not. */
export interface Facts {
	/** Kinds that were asked about: `version`, `suite`, `group`, `certificate`, `habit`. */
	readonly kinds: ReadonlySet<string>;
	readonly found: ReadonlySet<string>;
	/** Asked about, and no answer came; nothing is said of these. */
	readonly unknown?: ReadonlySet<string>;
}

export interface Disagreement {
	readonly fact: string;
	readonly ours: boolean;
}

/** Of every fact that either of them found. What was not asked is no disagreement. */
export function compare(
	ours: Facts,
	theirs: Facts,
): {readonly agreed: number; readonly disagreed: readonly Disagreement[]} {
	const isAsked = (fact: string): boolean =>
		[ours, theirs].every(({kinds, unknown}) => unknown?.has(fact) !== true && covers(kinds, fact));
	const all = [...new Set([...ours.found, ...theirs.found])].filter(isAsked);
	const disagreed = all
		.filter(fact => ours.found.has(fact) !== theirs.found.has(fact))
		.map(fact => ({fact, ours: ours.found.has(fact)}));
	return {agreed: all.length - disagreed.length, disagreed};
}

/** A kind is a word, or a word and what follows it: `habit` covers all habits, `habit compression` one. */
function covers(kinds: ReadonlySet<string>, fact: string): boolean {
	return kinds.has(fact) || kinds.has(fact.slice(0, fact.indexOf(' ')));
}

/** Curves have several names. */
export function groupFact(name: string): string {
	const plain = name.replace(/ .*/, '').toLowerCase();
	const known: Readonly<Record<string, string>> = {prime256v1: 'secp256r1', prime192v1: 'secp192r1'};
	return `group ${(known[plain] ?? plain).replace('tls13', '')}`;
}
