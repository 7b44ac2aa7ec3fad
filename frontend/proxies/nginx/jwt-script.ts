/**
 * What nginx runs for each request to a route that wants a token, as text: njs 0.8 reads ES5 with `async`, `let` and arrow functions, and
 * no `for…of`, no destructuring. It knows no Ed25519.
 */
export const SCRIPT = String.raw`// Written by Sallyport. May this token pass? RFC 7519, 7515, 7517, and the advice of RFC 8725.
const fs = require('fs');

/* Whatever a header says, a key is used with its own algorithm only: with a public key as the secret of an HMAC, anybody could sign. */
const ALGORITHMS = {
	RS256: {kty: 'RSA', use: {name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256'}},
	ES256: {kty: 'EC', use: {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'}}
};
const MOST_TOKEN = 8000;
const MOST_KEYS = 32;
const MOST_FILE = 262144;
/* A file is read at most once in so many milliseconds, by all workers together. */
const FRESH = 5000;

async function check(r) {
	const said = r.headersIn.Authorization;
	if (said === undefined || !/^bearer /i.test(said)) {
		return refuse(r, '');
	}
	try {
		const why = await problemOf(said.slice(7), r.variables);
		return why === '' ? r.return(204) : refuse(r, why);
	} catch (e) {
		r.error('The keys for tokens cannot be used, so nobody passes: ' + e.message);
		return r.return(500);
	}
}

function refuse(r, why) {
	/* RFC 6750 §3: who sent nothing is told no error. */
	r.variables.jwt_challenge = why === '' ? 'Bearer' : 'Bearer error="invalid_token", error_description="' + why + '"';
	r.return(401);
}

async function problemOf(token, settings) {
	const parts = token.split('.', 4);
	if (token.length > MOST_TOKEN || parts.length !== 3 || !parts.every(part => /^[A-Za-z0-9_-]+$/.test(part))) {
		return 'malformed';
	}
	const header = objectIn(parts[0]);
	if (header === undefined) {
		return 'malformed';
	}
	/* What "crit" names must be understood, and nothing of it is. */
	if (!own(ALGORITHMS, header.alg) || own(header, 'crit') || own(header, 'b64') || !isType(header.typ)) {
		return 'not signed as expected';
	}
	const keys = keysIn(settings.jwt_keys).filter(key => fits(key, header));
	const signed = Buffer.from(parts[0] + '.' + parts[1]);
	const signature = Buffer.from(parts[2], 'base64url');
	for (let i = 0; i < keys.length; i++) {
		if (await verifies(keys[i], ALGORITHMS[header.alg].use, signature, signed)) {
			return claimProblem(objectIn(parts[1]), settings);
		}
	}
	return 'not signed by a known key';
}

async function verifies(key, algorithm, signature, signed) {
	try {
		const imported = await crypto.subtle.importKey('jwk', key, algorithm, false, ['verify']);
		return await crypto.subtle.verify(algorithm, imported, signature, signed);
	} catch (e) {
		return false;
	}
}

function claimProblem(claims, settings) {
	const now = Date.now() / 1000;
	const leeway = Number(settings.jwt_leeway);
	if (claims === undefined) {
		return 'malformed';
	}
	if (!isTime(claims.exp) || now >= claims.exp + leeway) {
		return 'expired';
	}
	if (own(claims, 'nbf') && (!isTime(claims.nbf) || now < claims.nbf - leeway)) {
		return 'not valid yet';
	}
	if (claims.iss !== settings.jwt_issuer) {
		return 'of another issuer';
	}
	const audience = Array.isArray(claims.aud) ? claims.aud : [claims.aud];
	return audience.indexOf(settings.jwt_audience) < 0 ? 'for another audience' : '';
}

/* The usable keys of a set. A file that has become unreadable is no reason to forget what it said; one that never was, is a failure. */
function keysIn(path) {
	const kept = ngx.shared.jwt_keys.get(path);
	const before = kept === undefined ? undefined : JSON.parse(kept);
	if (before !== undefined && Math.abs(Date.now() - before.read) < FRESH) {
		return before.keys;
	}
	let found;
	try {
		found = readKeys(path);
	} catch (e) {
		if (before === undefined) {
			throw e;
		}
		ngx.log(ngx.ERR, 'The keys for tokens cannot be read, so the ones before stay: ' + e.message);
		found = before;
	}
	const unused = found.total - found.keys.length;
	if (unused > 0 && (before === undefined || before.total - before.keys.length !== unused)) {
		ngx.log(ngx.WARN, 'Of ' + found.total + ' keys in ' + path + ' only ' + found.keys.length + ' can verify RS256 or ES256');
	}
	ngx.shared.jwt_keys.set(path, JSON.stringify({read: Date.now(), total: found.total, keys: found.keys}));
	return found.keys;
}

function readKeys(path) {
	if (fs.statSync(path).size > MOST_FILE) {
		throw new Error(path + ' is larger than ' + MOST_FILE + ' bytes');
	}
	const set = JSON.parse(fs.readFileSync(path, 'utf8'));
	if (!isObject(set) || !Array.isArray(set.keys)) {
		throw new Error(path + ' is no set of keys');
	}
	const usable = set.keys.filter(isUsable).slice(0, MOST_KEYS);
	/* Only what is public, whatever lies in the file. */
	const keys = usable.map(key => key.kty === 'RSA'
		? {kty: 'RSA', kid: key.kid, alg: key.alg, n: key.n, e: key.e}
		: {kty: 'EC', kid: key.kid, alg: key.alg, crv: key.crv, x: key.x, y: key.y});
	return {total: set.keys.length, keys: keys};
}

function isUsable(key) {
	if (!isObject(key) || (own(key, 'use') && key.use !== 'sig')) {
		return false;
	}
	if (own(key, 'key_ops') && !(Array.isArray(key.key_ops) && key.key_ops.indexOf('verify') >= 0)) {
		return false;
	}
	/* RSA from 2048 to 4096 bits, with a small exponent: more would let a key cost the worker its time. */
	return (key.kty === 'RSA' && /^[A-Za-z0-9_-]{342,683}$/.test(key.n) && /^[A-Za-z0-9_-]{1,6}$/.test(key.e))
		|| (key.kty === 'EC' && key.crv === 'P-256' && /^[A-Za-z0-9_-]{43}$/.test(key.x) && /^[A-Za-z0-9_-]{43}$/.test(key.y));
}

function fits(key, header) {
	return key.kty === ALGORITHMS[header.alg].kty
		&& (key.alg === undefined || key.alg === header.alg)
		&& (header.kid === undefined || key.kid === header.kid);
}

function isType(type) {
	return type === undefined || (typeof type === 'string' && /^(?:application\/)?(?:at\+)?jwt$/i.test(type));
}

function objectIn(part) {
	try {
		const value = JSON.parse(Buffer.from(part, 'base64url').toString());
		return isObject(value) ? value : undefined;
	} catch (e) {
		return undefined;
	}
}

function isObject(value) {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value) {
	return typeof value === 'number' && isFinite(value);
}

function own(object, name) {
	return typeof name === 'string' && Object.prototype.hasOwnProperty.call(object, name);
}

export default {check};
`;
