/** Numbers in [0, 1) that are the same for the same seed. */
export type Random = () => number;

/** A small generator with 32 bits of state (mulberry32): cases must be found again by their number. */
export function randomFrom(seed: number): Random {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** One to four changes to one of the files, of the kinds that confuse parsers. */
export function mutate(files: readonly Uint8Array[], random: Random): Uint8Array {
	// One character per byte, so that bytes that are no UTF-8 stay what they are.
	const texts = files.map(file => () => Buffer.from(file).toString('latin1'));
	let text = pick(texts, random)();
	for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
		text = pick(changes, random)(text, random, () => pick(texts, random)());
	}
	return Buffer.from(text, 'latin1');
}

type Change = (text: string, random: Random, other: () => string) => string;

const tokens = [
	...[
		'"',
		"'",
		'\\',
		'`',
		'\\\n',
		'\\ \n',
		'`\n',
		'\\\r\n',
		'\\\\\n',
		'\n',
		'\n\n',
		'\r',
		'\t',
		'\v',
		'\f',
		' ',
		'#',
		'# ',
	],
	...[
		'<<EOF',
		'<<-EOF',
		'<<"EOF"',
		"<<-'E'",
		'<<E <<F',
		'3<<E',
		'\nEOF\n',
		'\nE\n',
		'<<',
		'<<<',
		'<<-',
		'EOF',
	],
	...[
		'$',
		'${',
		'}',
		'${a',
		'$' + '{a:-b}',
		'$' + '{a#*b}',
		'$$',
		'[',
		']',
		'["',
		'"]',
		'["a", "b"]',
		'{',
		',',
		'\\u0041',
	],
	...[
		'=',
		' = ',
		'a=b',
		'--',
		'-- ',
		'--from=b',
		'--mount=type=bind',
		'--a="b c"',
		'--link',
		' AS ',
		' as b',
		'=""',
	],
	...[
		'FROM a\n',
		'FROM ',
		'RUN ',
		'\nRUN ',
		'ONBUILD ',
		'HEALTHCHECK ',
		'CMD ',
		'NONE',
		'ENV ',
		'COPY ',
		'SHELL ',
		'ARG ',
	],
	...[
		'# escape=`\n',
		'# syntax=a/b\n',
		'#!/bin/sh\n',
		'# check=skip=all\n',
		'\0',
		'\x85',
		'\xa0',
		'\xc2\xa0',
		'\xe2\x80\xa8',
	],
	...[
		'\xef\xbb\xbf',
		'\xef\xbf\xbd',
		'\xff',
		'\xc3',
		'\xc3\xa9',
		'\xf0\x9f\x98\x80',
		'\xc4\xb0',
		'\xc5\xbf',
		'\x1b',
	],
];

const keywords = [
	...[
		'ADD',
		'ARG',
		'CMD',
		'COPY',
		'ENTRYPOINT',
		'ENV',
		'EXPOSE',
		'FROM',
		'HEALTHCHECK',
		'LABEL',
		'MAINTAINER',
	],
	...[
		'ONBUILD',
		'RUN',
		'SHELL',
		'STOPSIGNAL',
		'USER',
		'VOLUME',
		'WORKDIR',
		'run',
		'RUM',
		'from',
		'onbuild',
		'ONBUILD RUN',
	],
];

const changes: readonly Change[] = [
	insertToken,
	insertToken,
	insertToken,
	(text, random) => insert(text, random, String.fromCharCode(Math.floor(random() * 256))),
	(text, random) => {
		const at = Math.floor(random() * text.length);
		const flipped = (text.charCodeAt(at) || 0) ^ (1 << Math.floor(random() * 8));
		return text.slice(0, at) + String.fromCharCode(flipped) + text.slice(at + 1);
	},
	(text, random) => withLines(text, lines => lines.toSpliced(placeIn(lines, random), 1)),
	(text, random) =>
		withLines(text, lines => {
			const at = placeIn(lines, random);
			return lines.toSpliced(placeIn(lines, random), 0, lines[at] ?? '');
		}),
	(text, random) => withLines(text, lines => lines.toSpliced(placeIn(lines, random), 0, '')),
	(text, random) => withLines(text, lines => lines.toSpliced(placeIn(lines, random), 0, '# a comment')),
	(text, random) =>
		withLines(text, lines => {
			const at = placeIn(lines, random);
			return lines.with(at, (lines[at] ?? '').replace(/^\s*\S+/, pick(keywords, random)));
		}),
	(text, random, other) => {
		const [ours, theirs] = [text.split('\n'), other().split('\n')];
		return [...ours.slice(0, placeIn(ours, random)), ...theirs.slice(placeIn(theirs, random))].join('\n');
	},
	(text, random) => text.slice(0, Math.floor(random() * text.length)),
	(text, random) => {
		const at = Math.floor(random() * text.length);
		return text.slice(0, at) + text.slice(at + Math.floor(random() * 12));
	},
	text => text.replaceAll(/\r?\n/g, '\r\n'),
	text => `\xef\xbb\xbf${text}`,
	text => text.trimEnd(),
	(text, random) =>
		text.replaceAll('\\\n', pick(['\\\n\n', '\\\n# why\n', '\\  \n', '`\n', ' \\\\\n'], random)),
];

function insertToken(text: string, random: Random): string {
	return insert(text, random, pick(tokens, random));
}

function insert(text: string, random: Random, what: string): string {
	const at = Math.floor(random() * (text.length + 1));
	return text.slice(0, at) + what + text.slice(at);
}

function withLines(text: string, change: (lines: readonly string[]) => readonly string[]): string {
	return change(text.split('\n')).join('\n');
}

function placeIn(lines: readonly string[], random: Random): number {
	return Math.floor(random() * lines.length);
}

function pick<T>(items: readonly T[], random: Random): T {
	const item = items[Math.floor(random() * items.length)];
	if (item === undefined) {
		throw new Error('There is nothing to pick from');
	}
	return item;
}
