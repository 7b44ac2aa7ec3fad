import type {Look} from './report.ts';

export type Style = 'red' | 'yellow' | 'cyan' | 'green' | 'dim' | 'bold';

const codes: Readonly<Record<Style, number>> = {bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36};

/** Text in a style, where styles are wanted. */
export function paint(text: string, style: Style, {isColored}: Pick<Look, 'isColored'>): string {
	return isColored && text !== '' ? `\u001B[${codes[style]}m${text}\u001B[0m` : text;
}

/** Lines of at most that many columns, broken between words. Control characters of the author's do not reach a terminal. */
export function wrap(text: string, width: number, indent: string): string {
	const lines: string[] = [];
	let line = '';
	for (const word of printable(text).split(' ')) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = word;
		} else {
			line = line === '' ? word : `${line} ${word}`;
		}
	}

	return [...lines, line].map(each => indent + each).join('\n');
}

function printable(text: string): string {
	return text.replace(/[\n\t]/g, ' ').replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD');
}
