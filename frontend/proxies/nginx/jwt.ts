import type {Access, Plan, ProxyFile} from '../plan.ts';
import {SCRIPT} from './jwt-script.ts';
import {ownFolder} from './paths.ts';
import {block, count, quoted} from './quote.ts';

type Jwt = NonNullable<Access['jwt']>;

/**
 * Where tokens are verified, for `http`. The script has no memory of its own between requests: keys that were read are kept here, in
 * text, for all workers.
 */
export function jwtZones(plan: Plan): readonly string[] {
	return hasJwt(plan) ? ['js_import jwt from jwt.js;', 'js_shared_dict_zone zone=jwt_keys:1m;'] : [];
}

function hasJwt({routes}: Plan): boolean {
	return routes.some(({access}) => access.jwt !== undefined);
}

/** Beside the other headers of the TLS server's answers: a script's own header does not get out of a subrequest. */
export function jwtHeaders(plan: Plan): readonly string[] {
	return hasJwt(plan) ? ['add_header WWW-Authenticate $jwt_challenge always;'] : [];
}

/** For the route's location: the subrequest decides. */
export function jwtChecked(index: number, plan: Plan): readonly string[] {
	return [`auth_request ${jwtPath(index, plan)};`];
}

export function jwtLocation(
	{issuer, audience, keys, leewaySeconds}: Jwt,
	index: number,
	plan: Plan,
): readonly string[] {
	return block(`location = ${jwtPath(index, plan)}`, [
		'internal;',
		`set $jwt_issuer ${quoted(issuer)};`,
		`set $jwt_audience ${quoted(audience)};`,
		`set $jwt_keys ${quoted(keys)};`,
		`set $jwt_leeway ${count(leewaySeconds)};`,
		'set $jwt_challenge "";',
		'js_content jwt.check;',
	]);
}

export function jwtScripts(plan: Plan): readonly ProxyFile[] {
	return hasJwt(plan) ? [{path: '/opt/sallyport/conf/njs/jwt.js', mode: 0o644, content: SCRIPT}] : [];
}

function jwtPath(index: number, plan: Plan): string {
	return `${ownFolder(plan)}/jwt-${index}`;
}
