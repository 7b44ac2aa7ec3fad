import type {Dockerfile, Span} from '../../dockerfile/ast.ts';

export interface ValueByte {
	/** Offset in the file. */
	readonly at: number;
	/** White space that is neither in quotes nor escaped. */
	readonly isBlank: boolean;
}

/** The bytes that make up a value over all of its lines: continuations, and comments between them, are left out. */
export function valueBytes(
	{bytes, escape: escapeBy}: Pick<Dockerfile, 'bytes' | 'escape'>,
	{start, end}: Span,
): readonly ValueByte[] {
	const text = Array.from(bytes.subarray(start, end), byte => String.fromCharCode(byte)).join('');
	const read: ValueByte[] = [];
	let quote = '';
	for (let at = 0; at < text.length; at += 1) {
		const skipped = continuationAt(text, at, escapeBy);
		if (skipped > 0) {
			at += skipped - 1;
			continue;
		}

		const character = text.charAt(at);
		read.push({at: start + at, isBlank: quote === '' && /^[\t-\r ]$/.test(character)});
		if (character === escapeBy && quote !== "'") {
			at += 1;
			read.push({at: start + at, isBlank: false});
		} else {
			quote = quoteAfter(quote, character);
		}
	}

	return read;
}

function quoteAfter(quote: string, character: string): string {
	if (quote !== '') {
		return character === quote ? '' : quote;
	}

	return character === '"' || character === "'" ? character : '';
}

/** Length of the escape character and line break at `at`, and of the comments and empty lines that follow; 0 for none. */
function continuationAt(text: string, at: number, escapeBy: string): number {
	if (text[at] !== escapeBy) {
		return 0;
	}

	const [lineBreak = ''] = /^[ \t]*\r*\n/.exec(text.slice(at + 1, at + 200)) ?? [];
	if (lineBreak === '') {
		return 0;
	}

	let next = at + 1 + lineBreak.length;
	for (;;) {
		const feed = text.indexOf('\n', next);
		const line = text.slice(next, feed === -1 ? text.length : feed).trim();
		if (feed === -1 || (line !== '' && !line.startsWith('#'))) {
			return next - at;
		}

		next = feed + 1;
	}
}
