/** A project file without its hashes, each line as long as it was: an excerpt ends in logs that are kept. */
export function shownBytes(file: Uint8Array): Uint8Array {
	const text = new TextDecoder().decode(file);
	const shown = text.replaceAll(/\$[0-9A-Za-z]{1,8}\$[^\s"',}\]]{1,500}/g, hash => '*'.repeat(hash.length));
	return new TextEncoder().encode(shown);
}
