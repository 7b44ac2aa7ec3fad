import {PASSWORD_HASH} from '../password-hash.ts';
import type {Access, Plan, PlanRoute, ProxyFile} from '../plan.ts';
import {hiddenHeaders, variablePart} from './headers.ts';
import {jwtChecked, jwtLocation} from './jwt.ts';
import {ownFolder} from './paths.ts';
import {block, networkText, quoted} from './quote.ts';
import {type Identity, requestHeaders} from './request.ts';
import {poolOf, tlsTo} from './upstream.ts';

/** Who may use a route, for its location. All that is asked for must be met. */
export function accessOf(route: PlanRoute, index: number, plan: Plan): readonly string[] {
	const {certificate, addresses, basic, forward, jwt} = route.access;
	if (Object.keys(route.access).length === 0) {
		return [];
	}

	return [
		// Before the others on purpose. Without a mounted authority nobody is verified, so nobody passes.
		...(certificate === undefined ? [] : ['if ($ssl_client_verify != SUCCESS) { return 403; }']),
		'satisfy all;',
		...(addresses === undefined ? [] : addressLines(addresses)),
		...(basic === undefined
			? []
			: [`auth_basic ${realm(basic.realm)};`, `auth_basic_user_file ${usersFile(index)};`]),
		...(forward === undefined ? [] : forwardLines(forward, index, plan)),
		...(jwt === undefined ? [] : jwtChecked(index, plan)),
	];
}

/** What the application is told of who asks; of the client's own headers only these pass. */
export function identityOf({access}: PlanRoute, index: number): readonly Identity[] {
	const {basic, forward, certificate} = access;
	return [
		...(basic === undefined
			? []
			: [
					{name: 'X-Forwarded-User', value: '$remote_user'},
					// The password is the proxy's business alone.
					{name: 'Authorization', value: '""'},
				]),
		...(certificate === undefined
			? []
			: [
					{name: 'X-Client-Cert-Verify', value: '$ssl_client_verify'},
					{name: 'X-Client-Cert-Subject', value: '$ssl_client_s_dn'},
					{name: 'X-Client-Cert-Issuer', value: '$ssl_client_i_dn'},
					{name: 'X-Client-Cert-Serial', value: '$ssl_client_serial'},
				]),
		...(forward?.headers ?? []).map(name => ({name, value: told(index, name)})),
	];
}

/** The locations that decide for others. Nobody outside can ask for them. */
export function accessLocations(plan: Plan): readonly string[] {
	return plan.routes.flatMap(({access: {forward, jwt}}, index) => [
		...(forward === undefined ? [] : forwardLocation(forward, index, plan)),
		...(jwt === undefined ? [] : jwtLocation(jwt, index, plan)),
	]);
}

/** Names and hashes, one file for each route that asks for a password. nginx opens it as its own user at each request. */
export function userFiles({routes}: Plan): readonly ProxyFile[] {
	return routes.flatMap(({access: {basic}}, index) =>
		basic === undefined
			? []
			: [{path: usersFile(index), mode: 0o644, content: basic.users.map(userLine).join('')}],
	);
}

function addressLines({deny, allow}: NonNullable<Access['addresses']>): readonly string[] {
	return [
		...deny.map(network => `deny ${networkText(network)};`),
		...allow.map(network => `allow ${networkText(network)};`),
		// Without a list of the allowed, who is not denied is.
		...(allow.length > 0 ? ['deny all;'] : []),
	];
}

function usersFile(index: number): string {
	return `/opt/sallyport/conf/users/${index}`;
}

/** @throws {TypeError} for what nginx would write into the challenge as more than a realm */
function realm(text: string): string {
	if (/["\\]/.test(text)) {
		throw new TypeError(`A realm has neither quotes nor backslashes: ${JSON.stringify(text)}`);
	}

	return quoted(text);
}

/** @throws {TypeError} for anything else than a name and a hash */
function userLine({name, hash}: {readonly name: string; readonly hash: string}): string {
	if (!/^[\x21-\x39\x3b-\x7e]{1,64}$/.test(name) || !PASSWORD_HASH.test(hash)) {
		throw new TypeError(`The user ${JSON.stringify(name)} has no name or no hash that can be written`);
	}

	return `${name}:${hash}\n`;
}

type Forward = NonNullable<Access['forward']>;

function forwardLines({headers}: Forward, index: number, plan: Plan): readonly string[] {
	return [
		`auth_request ${forwardPath(index, plan)};`,
		// Only what the other side answered: a variable of its own for each, empty where it said nothing.
		...headers.map(name => `auth_request_set ${told(index, name)} $upstream_http_${variablePart(name)};`),
	];
}

function forwardPath(index: number, plan: Plan): string {
	return `${ownFolder(plan)}/forward-${index}`;
}

function told(index: number, name: string): string {
	return `$forward_${index}_${variablePart(name)}`;
}

/** Headers by which the answer would be another one than "may they": conditions, ranges, and what belongs to a body. */
const NOT_ASKED = [
	'Accept-Encoding',
	'Content-Length',
	'Content-Type',
	'Content-Encoding',
	'Expect',
	'If-Match',
	'If-Modified-Since',
	'If-None-Match',
	'If-Range',
	'If-Unmodified-Since',
	'Range',
	'Sec-WebSocket-Key',
];

function forwardLocation({upstream, path}: Forward, index: number, plan: Plan): readonly string[] {
	return block(`location = ${forwardPath(index, plan)}`, [
		'internal;',
		...requestHeaders(plan, [
			{name: 'X-Forwarded-Method', value: '$request_method'},
			{name: 'X-Forwarded-Uri', value: '$request_uri'},
			{name: 'X-Original-Method', value: '$request_method'},
			{name: 'X-Original-URL', value: '$forwarded_proto://$host$port_suffix$request_uri'},
			...NOT_ASKED.map(name => ({name, value: '""'})),
		]).filter(line => !/^proxy_set_header (?:Connection|Upgrade) /.test(line)),
		'proxy_set_header Connection "";',
		'proxy_set_header Upgrade "";',
		...hiddenHeaders(plan),
		'proxy_method GET;',
		'proxy_pass_request_body off;',
		'proxy_cache off;',
		'proxy_buffering on;',
		// The client waits for two answers, so this one has to be fast, and there is no second try after a slow first one.
		'proxy_connect_timeout 1s;',
		'proxy_send_timeout 1s;',
		'proxy_read_timeout 2s;',
		'proxy_next_upstream error;',
		'proxy_next_upstream_timeout 2s;',
		...tlsTo(plan, upstream),
		`proxy_pass ${poolOf(plan, upstream)}${quotedPath(path)};`,
	]);
}

/** @throws {TypeError} for a path that nginx would read as more than one */
function quotedPath(path: string): string {
	if (!/^\/[A-Za-z0-9._~@:+,=!/?&%-]*$/.test(path)) {
		throw new TypeError(`This is no path to ask for permission: ${JSON.stringify(path)}`);
	}

	return path;
}
