/**
 * A project file without its hashes, and without what stands where a hash should: an excerpt ends in logs that are kept. Each line is
 * as long as it was.
 */
export function shownBytes(file: Uint8Array): Uint8Array {
	let inside: Users;
	const lines = new TextDecoder().decode(file).split('\n');
	const shown = lines.map(line => {
		inside = usersIn(line, inside);
		const start = inside?.column ?? line.length;
		return line.slice(0, start) + withoutValues(line.slice(start));
	});
	return new TextEncoder().encode(withoutHashes(shown.join('\n')));
}

/** How far the `users:` is indented that a line belongs to, and from where on the line does. */
type Users = {readonly indent: number; readonly column: number} | undefined;

function usersIn(line: string, before: Users): Users {
	const indent = line.search(/\S/);
	if (before !== undefined && (indent === -1 || indent > before.indent)) {
		return {...before, column: 0};
	}

	const column = line.indexOf('users:');
	return column === -1 ? undefined : {indent, column: column + 'users:'.length};
}

function withoutValues(text: string): string {
	return text.replaceAll(/: *[^\s,{}][^,{}]*/g, pair => `: ${'*'.repeat(Math.max(pair.length - 2, 1))}`);
}

/** What crypt(3) makes, by how it begins. */
export function withoutHashes(text: string): string {
	return text.replaceAll(/\$(?:2[abxy]?|apr1|[1567y])\$[^\s"',}\]]{1,500}/g, hash => '*'.repeat(hash.length));
}
