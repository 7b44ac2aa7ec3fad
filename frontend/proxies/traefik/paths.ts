import type {PlanRoute} from '../plan.ts';

/**
 * The rule for a route's path. Traefik compares it with the path after merging of slashes, removal of dot segments and decoding of
 * letters, digits, `-`, `.`, `_` and `~`; whatever else a client may encode is looked for in both forms. Parameters of a segment (`;x`)
 * count to the segment, for Java's servers take them away; a slash at the end of an exact path makes no other resource of it.
 *
 * Go's expressions need no more time than the text is long, whatever they are.
 */
export function pathRule({path, match}: Pick<PlanRoute, 'path' | 'match'>): string {
	const segments = path.split('/').filter(segment => segment !== '');
	const start = segments.map(segment => `/${literally(segment)}`).join('(?:;[^/]*)?');
	if (segments.length === 0) {
		return ruleOf(match === 'exact' ? '^/(?:;[^/]*)?$' : '^/');
	}

	return ruleOf(`^${start}${match === 'exact' ? '(?:;[^/]*)?/?$' : '(?:[/;]|$)'}`);
}

function ruleOf(pattern: string): string {
	return `PathRegexp(\`(?i)${pattern}\`)`;
}

function literally(text: string): string {
	if (!/^[\x21-\x7e]+$/.test(text)) {
		throw new TypeError(
			`Only printable ASCII can be written into the proxy's configuration: ${JSON.stringify(text)}`,
		);
	}

	return text.replaceAll(/[^A-Za-z0-9_-]/g, character => {
		const hex = character.charCodeAt(0).toString(16).padStart(2, '0');
		return /[.~]/.test(character) ? `\\x${hex}` : `(?:\\x${hex}|%${hex})`;
	});
}
