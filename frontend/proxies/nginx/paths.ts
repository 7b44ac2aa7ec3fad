import {isGuarded} from '../guarded.ts';
import {pathExpression} from '../path-expression.ts';
import type {Plan, PlanRoute} from '../plan.ts';
import {block} from './quote.ts';

/**
 * The pattern for a route's path, in quotes. nginx compares it with the path after decoding, merging of slashes and removal of dot
 * segments. By number, for whatever is no letter or digit could mean something to PCRE or to nginx's own reader.
 */
export function pathPattern(route: Pick<PlanRoute, 'path' | 'match'>): string {
	return `"${pathExpression(route, (_, hex) => `\\x${hex}`)}"`;
}

/**
 * `$unclear_path`: 1 for a path that the proxy and the application could understand differently, for `http`. Where access depends on the
 * path, that is a way around it: the proxy sees `/open`, the application, which reads the raw text, `/admin/../open`, or the other way.
 * No browser sends any of these.
 */
export function pathMaps(plan: Plan): readonly string[] {
	return isGuarded(plan)
		? [
				...block('map $request_uri $unclear_target', [
					// Read as a host where a URL is parsed with a base: `//a/admin` is `/admin` then.
					'"~^//" 1;',
					// A backslash is a slash for some, and a fragment ends the path for others.
					String.raw`"~^[^?]*[\x5c\x23]" 1;`,
					// Dot segments, also encoded.
					String.raw`"~*^[^?]*(?:/|%2f)(?:\.|%2e){1,2}(?:[/;?]|%2f|%3b|$)" 1;`,
					// Encoded twice: whoever decodes once more finds a slash, a dot or the end of a string.
					'"~*^[^?]*%25(?:2e|2f|5c|00)" 1;',
					'default 0;',
				]),
				...block('map $uri $unclear_path', [
					String.raw`"~[\x00-\x1f\x5c\x7f]" 1;`,
					// With the parameters taken away, as Java's servers do, a dot segment or an empty one is left.
					String.raw`"~/(?:\.{1,2};|;[^/]*/)" 1;`,
					'default $unclear_target;',
				]),
			]
		: [];
}

/** For a location, beside the check of the host: refused before anything else is looked at. */
export function clearPath(plan: Plan): readonly string[] {
	return isGuarded(plan) ? ['if ($unclear_path) { return 400; }'] : [];
}

/** The folder of what the proxy says and asks itself, where no route and no health page can be meant. */
export function ownFolder({healthPath}: Pick<Plan, 'healthPath'>): string {
	return healthPath.toLowerCase().startsWith('/.sallyport/') ? '/.sallyport-proxy' : '/.sallyport';
}
