/** The lines of an ignore file, as BuildKit reads them: no comments, no leading slash; a `!` takes a path back in. */
export function ignorePatterns(bytes: Uint8Array | undefined): readonly string[] {
	// The decoder drops a byte order mark.
	const text = new TextDecoder().decode(bytes);
	return text
		.split('\n')
		.filter(line => !line.startsWith('#'))
		.map(line => line.trim())
		.filter(line => line !== '' && line !== '!')
		.map(line => (line.startsWith('!') ? `!${cleaned(line.slice(1).trim())}` : cleaned(line)));
}

function cleaned(path: string): string {
	const parts = path.split('/').filter(part => part !== '' && part !== '.');
	return parts.length === 0 ? '.' : parts.join('/');
}
