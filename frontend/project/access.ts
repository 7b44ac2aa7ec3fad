import {choiceAt, type Door, integerAt, listAt, mappingAt, type Path, textAt} from '../project-door.ts';
import {PASSWORD_HASH} from '../proxies/password-hash.ts';
import type {Access} from '../proxies/plan.ts';
import {addressesAt} from './networks.ts';
import {defined, entriesAt, required, TOKEN} from './values.ts';

/** What a route says of who may come; `open` takes back what a route above it asks for. */
export type StatedAccess = Access | 'open';

/** @param path of the route's `access` */
export function accessAt(door: Door, path: Path, value: unknown): StatedAccess {
	if (value === 'open') {
		return value;
	}

	const access = mappingAt(door, path, value, ['allow', 'deny', 'basic', 'forward', 'jwt', 'certificate']);
	if (access['basic'] !== undefined && access['jwt'] !== undefined) {
		door.refuse(
			path,
			`${path.join('.')} asks for a password and for a token, and both come in the same header; take one of them`,
		);
	}

	return defined({
		addresses: addressesAt(door, path, access),
		basic: basicAt(door, [...path, 'basic'], access['basic']),
		forward: forwardAt(door, [...path, 'forward'], access['forward']),
		jwt: jwtAt(door, [...path, 'jwt'], access['jwt']),
		certificate: choiceAt(door, [...path, 'certificate'], access['certificate'], ['required']),
	});
}

const USER = /^[A-Za-z0-9._@+-]{1,64}$/;
const REALM = /^[A-Za-z0-9 ._-]{1,64}$/;
const MAX_USERS = 100;

function basicAt(door: Door, path: Path, value: unknown): Access['basic'] {
	if (value === undefined) {
		return undefined;
	}

	const basic = mappingAt(door, path, value, ['realm', 'users']);
	const at = [...path, 'users'];
	const users = entriesAt(door, at, basic['users'], {max: MAX_USERS, of: 'names with their hashes'});
	if (users.length === 0) {
		door.refuse(path, `${path.join('.')} names nobody: give "users: {name: hash}"`);
	}

	return {
		realm:
			textAt(door, [...path, 'realm'], basic['realm'], {
				pattern: REALM,
				expected: 'a text of letters, digits, spaces and . _ -, at most 64 characters long',
			}) ?? 'Restricted',
		users: users.map(([name, hash]) => ({
			name: USER.test(name)
				? name
				: door.refuseKey(
						[...at, name],
						`a user of ${path.join('.')} has letters, digits and . _ @ + - alone`,
					),
			hash: hashAt(door, [...at, name], hash),
		})),
	};
}

const MAKE = 'make a $6$ hash with "openssl passwd -6"';

function hashAt(door: Door, path: Path, value: unknown): string {
	const text = String(value);
	if (PASSWORD_HASH.test(text)) {
		return text;
	}

	const name = path.slice(0, -1).join('.');
	return door.refuse(path, `${name}: ${whyNoHash(text)}; ${MAKE}`);
}

/** Never with a word of the hash itself. */
function whyNoHash(text: string): string {
	if (/^\$2[abxy]?\$/.test(text)) {
		return 'a bcrypt hash takes a tenth of a second of the worker that all other requests wait for';
	}

	if (/^\$6\$rounds=/.test(text)) {
		return 'a hash of 10000 rounds and more holds up the worker that all other requests wait for';
	}

	return text.startsWith('$') || text.startsWith('{')
		? 'only sha512-crypt is read, because what is older can be guessed too fast and what is slower blocks the worker'
		: 'a user has a hash and never a password';
}

/** What a decision must not be able to say to the application. */
const FRAMING =
	/^(?:host|connection|content-length|transfer-encoding|te|trailer|upgrade|keep-alive|expect|cookie|forwarded|x-request-id|x-real-ip|x-forwarded-(?:for|host|port|proto)|proxy-.*)$/i;

/** Part of an engine's own words, so nothing in it may mean anything to one. */
const QUESTION = /^\/[A-Za-z0-9._~@:+,=!/?&%-]{0,255}$/;

function forwardAt(door: Door, path: Path, value: unknown): Access['forward'] {
	if (value === undefined) {
		return undefined;
	}

	const forward = mappingAt(door, path, value, ['path', 'upstream', 'headers']);
	const at = [...path, 'headers'];
	const expected = 'the name of a header that says who asks, such as X-User';
	const headers = listAt(door, at, forward['headers'], 16).map((each, index) => {
		const name = required(door, [...at, index], each, textAt, {pattern: TOKEN, expected});
		return FRAMING.test(name)
			? door.refuse([...at, index], `${[...at, index].join('.')} is ${expected}`)
			: name;
	});
	return {
		path: required(door, [...path, 'path'], forward['path'], textAt, {
			pattern: QUESTION,
			expected: 'the path that is asked whether a request may pass, such as /verify',
		}),
		headers,
		...defined({upstream: upstreamNameAt(door, [...path, 'upstream'], forward['upstream'])}),
	};
}

/** A name of `upstreams:`, whether or not there is one. */
export function upstreamNameAt(door: Door, path: Path, value: unknown): string | undefined {
	return textAt(door, path, value, {
		pattern: UPSTREAM,
		expected: 'a name of "upstreams:", in lower case and with - alone, such as billing',
	});
}

export const UPSTREAM = /^[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?$/;

// Both are compared byte by byte, and neither needs quoting anywhere.
const NAME = /^[A-Za-z0-9._~:/@+,=-]{1,256}$/;
/** Mounted, as the certificate is; what the image itself holds could not be changed without a build. */
const KEYS = /^\/etc\/sallyport\/[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

function jwtAt(door: Door, path: Path, value: unknown): Access['jwt'] {
	if (value === undefined) {
		return undefined;
	}

	const jwt = mappingAt(door, path, value, ['issuer', 'audience', 'keys', 'leeway']);
	const text = (key: string, expected: string): string =>
		required(door, [...path, key], jwt[key], textAt, {pattern: NAME, expected});
	return {
		issuer: text('issuer', 'what tokens must have as "iss", such as https://login.example.com/'),
		audience: text('audience', 'what tokens must have as "aud", such as the name of this application'),
		keys:
			textAt(door, [...path, 'keys'], jwt['keys'], {
				pattern: KEYS,
				expected: 'a file that is mounted directly below /etc/sallyport, such as /etc/sallyport/jwks.json',
			}) ?? '/etc/sallyport/jwks.json',
		leewaySeconds: integerAt(door, [...path, 'leeway'], jwt['leeway'], {min: 0, max: 300}) ?? 30,
	};
}
