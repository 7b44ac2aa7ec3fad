import {pathExpression} from '../path-expression.ts';
import type {PlanRoute} from '../plan.ts';

/**
 * The rule for a route's path. Traefik compares it with the path after merging of slashes, removal of dot segments and decoding of
 * letters, digits, `-`, `.`, `_` and `~`; whatever else a client may encode is looked for in both forms.
 *
 * Go's expressions need no more time than the text is long, whatever they are.
 */
export function pathRule(route: Pick<PlanRoute, 'path' | 'match'>): string {
	const pattern = pathExpression(route, (character, hex) =>
		/[.~]/.test(character) ? `\\x${hex}` : `(?:\\x${hex}|%${hex})`,
	);
	return `PathRegexp(\`(?i)${pattern}\`)`;
}
