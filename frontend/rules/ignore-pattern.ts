/** A line of an ignore file, ready to be asked. */
export interface IgnorePattern {
	/** Begins with `!`: takes a path back in. */
	readonly isException: boolean;
	readonly parts: readonly Part[];
}

/** `dirs` is `**` before more: any folders or none. `rest` is `**` at the end. */
type Part =
	| {readonly kind: 'one'; readonly accepts: (character: string) => boolean}
	| {readonly kind: 'star' | 'rest' | 'dirs'};

/** A cleaned line of an ignore file → a pattern, as Docker reads it. Undefined for what Docker would refuse or read otherwise. */
export function ignorePattern(text: string): IgnorePattern | undefined {
	const isException = text.startsWith('!');
	const parts: Part[] = [];
	let at = isException ? 1 : 0;
	while (at < text.length) {
		const found = partAt(text, at);
		if (found === undefined) {
			return undefined;
		}

		parts.push(found.part);
		at = found.end;
	}

	return {isException, parts};
}

interface FoundPart {
	readonly part: Part;
	readonly end: number;
}

function partAt(text: string, at: number): FoundPart | undefined {
	const character = text[at] ?? '';
	switch (character) {
		case '*': {
			if (text[at + 1] !== '*') {
				return {part: {kind: 'star'}, end: at + 1};
			}

			const end = text[at + 2] === '/' ? at + 3 : at + 2;
			return {part: {kind: end >= text.length ? 'rest' : 'dirs'}, end};
		}
		case '?':
			return {part: {kind: 'one', accepts: one => one !== '/'}, end: at + 1};
		case '[':
			return classAt(text, at);
		case ']':
			return undefined;
		case '\\': {
			const next = text[at + 1];
			return next === undefined || /[A-Za-z0-9]/.test(next) ? undefined : literal(next, at + 2);
		}
		default:
			return literal(character, at + 1);
	}
}

function literal(character: string, end: number): FoundPart {
	return {part: {kind: 'one', accepts: one => one === character}, end};
}

/** `[a-z]`, `[^a-z]`. What is rarer inside of one is not interpreted. */
function classAt(text: string, at: number): FoundPart | undefined {
	const end = text.indexOf(']', at + 2);
	const body = end < 0 ? '' : text.slice(at + 1, end);
	const isNegated = body.startsWith('^');
	const [, ...ranges] = /^\^?((?:[\w.,_ ]-[\w.,_ ]|[\w.,_ ])+)$/.exec(body) ?? [];
	const [members] = ranges;
	if (members === undefined) {
		return undefined;
	}

	const spans = Array.from(members.matchAll(/(.)-(.)|(.)/g), ([, from, to, single = '']) => ({
		from: from ?? single,
		to: to ?? single,
	}));
	const has = (one: string): boolean => spans.some(({from, to}) => from <= one && one <= to);
	return {part: {kind: 'one', accepts: one => has(one) !== isNegated}, end: end + 1};
}

/** As Docker decides: the last pattern that matches the path or a folder above it. */
export function isIgnored(path: string, patterns: readonly IgnorePattern[]): boolean {
	const last = patterns.findLast(pattern => matches(pattern, path));
	return last !== undefined && !last.isException;
}

/**
 * Whether a pattern matches a path or a folder above it. All ways to match are followed side by side, so time is the product
 * of both lengths at most, whatever the pattern.
 */
function matches({parts}: IgnorePattern, path: string): boolean {
	let places = closed(new Set([0]), parts);
	for (const character of path) {
		if (character === '/' && places.has(parts.length)) {
			return true;
		}

		places = closed(stepped(places, parts, character), parts);
	}

	return places.has(parts.length);
}

/** Places are numbers of parts; one of folders that has begun and must end with a slash is told apart by its negative. */
function stepped(places: ReadonlySet<number>, parts: readonly Part[], character: string): Set<number> {
	const next = new Set<number>();
	for (const place of places) {
		const index = place < 0 ? -place - 1 : place;
		const part = parts[index];
		switch (part?.kind) {
			case 'one':
				addIf(next, index + 1, part.accepts(character));
				break;
			case 'star':
				addIf(next, index, character !== '/');
				break;
			case 'rest':
				next.add(index);
				break;
			case 'dirs':
				next.add(-index - 1);
				addIf(next, index + 1, character === '/');
				break;
			default:
				break;
		}
	}

	return next;
}

function addIf(places: Set<number>, place: number, isReached: boolean): void {
	if (isReached) {
		places.add(place);
	}
}

/** Adds the places that are reached without a character: every kind of star may stand for nothing. */
function closed(places: Set<number>, parts: readonly Part[]): ReadonlySet<number> {
	for (const place of places) {
		const kind = place < 0 ? undefined : parts[place]?.kind;
		addIf(places, place + 1, kind === 'star' || kind === 'rest' || kind === 'dirs');
	}

	return places;
}
