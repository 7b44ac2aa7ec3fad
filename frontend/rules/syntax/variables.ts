import {ParseError} from '../../dockerfile/error.ts';
import {lex} from '../../dockerfile/shell.ts';

/** Names of the variables that BuildKit would replace in the text; nothing for a text that it refuses. */
export function variablesIn(text: string, escapeBy: string): ReadonlySet<string> {
	const names = new Set<string>();
	if (!text.includes('$')) {
		return names;
	}

	const lookup = (name: string): undefined => {
		names.add(name);
	};
	try {
		lex(text, {escape: escapeBy, lookup, keepsUnknown: true});
	} catch (error) {
		if (error instanceof ParseError) {
			return new Set();
		}

		throw error;
	}

	return names;
}

// A shell's own ($1, $@) are read as variables of the build, and are none.
const USE = /\$(?:\{(\w+)(:?[-+?])?|(\d+|[A-Za-z_]\w*|[@*#$!?-]))/g;

/** Those that are used without saying what holds when they are not set (`${A:-b}`, `${A:+b}`, `${A?message}`). */
export function plainVariablesIn(text: string, escapeBy: string): readonly string[] {
	const names = variablesIn(text, escapeBy);
	const plain = new Set(
		names.size === 0
			? []
			: Array.from(text.matchAll(USE), ([, braced, operator, bare]) =>
					operator === undefined ? (braced ?? bare) : '',
				),
	);
	return [...names].filter(name => plain.has(name));
}

/** In a heredoc quotes are text, so nothing in them keeps a variable from being replaced. */
export function heredocVariablesIn(content: string): readonly string[] {
	const unescaped = content.replaceAll(/\\[\\$]/g, '');
	const found = Array.from(unescaped.matchAll(USE), ([, braced, operator, bare]) =>
		operator === undefined ? (braced ?? bare ?? '') : '',
	);
	return [...new Set(found)].filter(name => name !== '');
}
