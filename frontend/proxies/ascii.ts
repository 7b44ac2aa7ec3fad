/**
 * The same text. Nothing else is written into what a proxy reads: a line feed in a header's value would be a header of its own.
 * @throws {TypeError} for anything but printable ASCII
 */
export function ascii(text: string): string {
	if (!/^[\x20-\x7e]*$/.test(text)) {
		throw new TypeError(
			`Only printable ASCII can be written into the proxy's configuration: ${JSON.stringify(text)}`,
		);
	}

	return text;
}
