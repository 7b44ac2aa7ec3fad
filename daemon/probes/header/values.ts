/** The values of a header that is a list, as one list: Fetch reads several lines as one, with commas between. */
export function listedIn(values: readonly string[]): readonly string[] {
	return values.length === 0
		? []
		: values
				.join(',')
				.split(',')
				.map(value => trimmed(value));
}

/** Without the white space of HTTP around it. */
export function trimmed(text: string): string {
	let start = 0;
	let end = text.length;
	while (start < end && isSpace(text.charCodeAt(start))) {
		start += 1;
	}

	while (end > start && isSpace(text.charCodeAt(end - 1))) {
		end -= 1;
	}

	return text.slice(start, end);
}

/** A text of the target's, fit for a signed record. */
export function shown(text: string, length = 128): string {
	return text.slice(0, length).toWellFormed();
}

function isSpace(code: number): boolean {
	return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d || code === 0x0c;
}
