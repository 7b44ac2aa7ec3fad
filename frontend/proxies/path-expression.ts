import {ascii} from './ascii.ts';
import type {PlanRoute} from './plan.ts';

/**
 * The regular expression for a route's path, the same for every engine, because who may come hangs on it. Parameters of a segment
 * (`;x`) count to the segment, for Java's servers take them away; a slash at the end of an exact path makes no other resource of it, for
 * most frameworks see none.
 * @param literally writes a character that is no letter, digit, `_` or `-`, as the engine meets it
 * @throws {TypeError} for anything but printable ASCII
 */
export function pathExpression(
	{path, match}: Pick<PlanRoute, 'path' | 'match'>,
	literally: (character: string, hex: string) => string,
): string {
	const segments = path.split('/').filter(segment => segment !== '');
	const parameters = '(?:;[^/]*)?';
	if (segments.length === 0) {
		return match === 'exact' ? `^/${parameters}$` : '^/';
	}

	const written = segments.map(segment =>
		ascii(segment).replaceAll(/[^A-Za-z0-9_-]/g, character =>
			literally(character, character.charCodeAt(0).toString(16).padStart(2, '0')),
		),
	);
	const start = written.map(segment => `/${segment}`).join(parameters);
	return `^${start}${match === 'exact' ? `${parameters}/?$` : '(?:[/;]|$)'}`;
}
