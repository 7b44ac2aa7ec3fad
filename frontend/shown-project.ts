/**
 * A project file without its hashes, and without what stands where a hash should: an excerpt ends in logs that are kept. Each line is
 * as long as it was.
 */
export function shownBytes(file: Uint8Array): Uint8Array {
	// How far the `users:` of a block is indented while its lines come.
	let users = Number.POSITIVE_INFINITY;
	const lines = new TextDecoder().decode(file).split('\n');
	const shown = lines.map(line => {
		const indent = line.search(/\S/);
		const isInside = indent === -1 || indent > users;
		const from = isInside ? 0 : line.indexOf(USERS) + 1;
		users = isInside ? users : from > 0 ? indent : Number.POSITIVE_INFINITY;
		const start = isInside ? 0 : from > 0 ? from + USERS.length - 1 : line.length;
		return line.slice(0, start) + withoutValues(line.slice(start));
	});
	return new TextEncoder().encode(withoutHashes(shown.join('\n')));
}

const USERS = 'users:';

function withoutValues(text: string): string {
	return text.replaceAll(/: *[^\s,{}][^,{}]*/g, pair => `: ${'*'.repeat(Math.max(pair.length - 2, 1))}`);
}

/** What crypt(3) makes, by how it begins. */
export function withoutHashes(text: string): string {
	return text.replaceAll(/\$(?:2[abxy]?|apr1|[1567y])\$[^\s"',}\]]{1,500}/g, hash => '*'.repeat(hash.length));
}
