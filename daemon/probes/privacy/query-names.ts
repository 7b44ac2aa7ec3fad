/** Request lines and paths in one line of a log are few. */
const MAX_QUERIES = 4;
const MAX_NAMES = 64;

/** Characters at which an address ends in a line of text or JSON. */
const ends: ReadonlySet<string> = new Set([' ', '\t', '"', "'", '\\', '<', '>', '#', ')']);

/**
 * Names of the parameters of the addresses in a line of a log. Values are stepped over and never kept. An address begins with `/`
 * or a scheme, so that questions people ask in a log are none.
 */
export function queryNamesIn(line: string): readonly string[] {
	const names: string[] = [];
	let at = line.indexOf('?');
	for (let count = 0; at !== -1 && count < MAX_QUERIES; count += 1) {
		const end = endAfter(line, at);
		if (isAddress(line, at)) {
			names.push(...namesOf(line.slice(at + 1, end)));
		}

		at = line.indexOf('?', end);
	}

	return names;
}

/** Of a query, after its question mark. */
export function namesOf(query: string): readonly string[] {
	return query
		.split('&', MAX_NAMES)
		.map(pair => pair.split('=', 1)[0] ?? '')
		.filter(name => name !== '');
}

/** As people mean it: `E-Mail`, `user[email]` and `email` are one. */
export function plainName(name: string): string {
	const last = /\[([^[\]]+)\]$/.exec(name.slice(0, 128))?.[1] ?? name.slice(0, 128);
	return last.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function endAfter(line: string, start: number): number {
	let at = start + 1;
	while (at < line.length && !ends.has(line[at] ?? '')) {
		at += 1;
	}

	return at;
}

function isAddress(line: string, question: number): boolean {
	let at = question;
	while (at > 0 && question - at < 2048 && !ends.has(line[at - 1] ?? '')) {
		at -= 1;
	}

	return line[at] === '/' || line.startsWith('http', at);
}
