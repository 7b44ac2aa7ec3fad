import {chmod, mkdtemp, rename, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {AUDIENCE, guardedApp, ISSUER, KEYS, PROVEN} from './helpers/guarded.ts';
import {type Answer, ask, type Container, linesOf, raw} from './helpers/proxied.ts';
import {
	ec,
	ed25519,
	jwk,
	rsa,
	type Signer,
	token,
	unsigned,
	withEc,
	withEd25519,
	withRsa,
	withSecret,
} from './helpers/tokens.ts';

// Tokens, the good one and those that were made to pass without one.

const pairs = {
	rsa: rsa(2048),
	other: rsa(2048),
	small: rsa(1024),
	encrypting: rsa(2048),
	padded: rsa(2048),
	ec: ec('P-256'),
	wide: ec('P-384'),
	edwards: ed25519(),
	stranger: rsa(2048),
	strangerEc: ec('P-256'),
};
const SET = {
	keys: [
		jwk(pairs.rsa, {kid: 'r1', use: 'sig', alg: 'RS256'}),
		jwk(pairs.other, {kid: 'r2'}),
		jwk(pairs.small, {kid: 'small'}),
		jwk(pairs.encrypting, {kid: 'enc', use: 'enc'}),
		jwk(pairs.padded, {kid: 'pss', alg: 'PS256'}),
		jwk(pairs.ec, {kid: 'e1', key_ops: ['verify']}),
		jwk(pairs.wide, {kid: 'wide'}),
		jwk(pairs.edwards, {kid: 'ed'}),
		{kty: 'oct', kid: 'shared', k: Buffer.from('the shared secret').toString('base64url')},
		'nonsense',
	],
};
/** Without certificates, which are seen elsewhere. */
const plan: Plan = {...PROVEN, routes: PROVEN.routes.filter(({access}) => access.certificate === undefined)};

let proxies: Around;
let shared: Container;
let folder: string;

async function publish(text: string): Promise<void> {
	await writeFile(join(folder, 'next'), text);
	await chmod(join(folder, 'next'), 0o644);
	await rename(join(folder, 'next'), join(folder, 'jwks.json'));
}

test.before(async () => {
	proxies = await around();
	folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
	await chmod(folder, 0o755);
	await publish(JSON.stringify(SET));
	const keys = KEYS.slice(0, KEYS.lastIndexOf('/'));
	shared = await proxies.run(plan, {'app.mjs': guardedApp}, ['-v', `${folder}:${keys}:ro`]);
});

test.after.always(() => proxies.close());

const seconds = () => Math.floor(Date.now() / 1000);
const claims = (different: object = {}) => ({
	iss: ISSUER,
	aud: AUDIENCE,
	sub: 'alice',
	exp: seconds() + 60,
	...different,
});

function present(credentials: string, path = '/token'): Promise<Answer> {
	return ask(shared.https, path, {headers: {Authorization: credentials}});
}

const bySigner = (header: unknown, signer: Signer, different: object = {}) =>
	token(header, claims(different), signer);
const good = (different: object = {}) => bySigner({alg: 'RS256', kid: 'r1'}, withRsa(pairs.rsa), different);

test('a good token passes, and reaches the application as it is', async t => {
	const fine = {
		RS256: good(),
		ES256: bySigner({alg: 'ES256', kid: 'e1', typ: 'JWT'}, withEc(pairs.ec)),
		'an access token': bySigner({alg: 'RS256', kid: 'r1', typ: 'at+jwt'}, withRsa(pairs.rsa)),
		'without a key id': bySigner({alg: 'RS256'}, withRsa(pairs.other)),
		'of several audiences': good({aud: ['else', AUDIENCE]}),
		'within the leeway': good({exp: seconds() - 2}),
		'soon valid, within the leeway': good({nbf: seconds() + 3}),
	};
	for (const [kind, text] of Object.entries(fine)) {
		const answer = await present(`Bearer ${text}`);
		t.is(answer.status, 200, kind);
		t.is(JSON.parse(answer.body).headers.authorization, `Bearer ${text}`);
	}

	t.is((await present(`bearer ${good()}`, '/TOKEN;x/deep')).status, 200, 'the scheme has no case');
});

test('without a token there is a challenge, with a bad one a reason, and the page is like any other', async t => {
	const none = await ask(shared.https, '/token');
	t.is(none.status, 401);
	t.is(none.headers['www-authenticate'], 'Bearer');
	t.is((await present('Basic YTpi')).headers['www-authenticate'], 'Bearer');
	const expired = await present(`Bearer ${good({exp: seconds() - 60})}`);
	t.is(expired.headers['www-authenticate'], 'Bearer error="invalid_token", error_description="expired"');
	t.is(expired.headers['x-frame-options'], 'DENY');
	t.is(JSON.parse(expired.body).status, 401);
});

const publicKey = pairs.rsa.publicKey.export({format: 'pem', type: 'spki'}).toString();
const modulus = String(pairs.rsa.publicKey.export({format: 'jwk'}).n);
const [head = '', body = '', signature = ''] = good().split('.');
const forged = Buffer.from(JSON.stringify(claims({sub: 'root'}))).toString('base64url');

/** Each passes somewhere where it shouldn't, or did once. */
const BAD: Readonly<Record<string, string>> = {
	'no algorithm': bySigner({alg: 'none'}, unsigned),
	'no algorithm, in other letters': bySigner({alg: 'nOnE', kid: 'r1'}, unsigned),
	'no signature': `${head}.${body}.`,
	'another payload': `${head}.${forged}.${signature}`,
	'another signature': `${head}.${body}.${Buffer.alloc(256, 1).toString('base64url')}`,
	"the public key as an HMAC's secret": bySigner({alg: 'HS256', kid: 'r1'}, withSecret(publicKey)),
	"the modulus as an HMAC's secret": bySigner({alg: 'HS256', kid: 'r1'}, withSecret(modulus)),
	'a secret that lies in the set': bySigner({alg: 'HS256', kid: 'shared'}, withSecret('the shared secret')),
	'an RSA key said to be another': bySigner({alg: 'ES256', kid: 'r1'}, withRsa(pairs.rsa)),
	'a curve said to be RSA': bySigner({alg: 'RS256', kid: 'e1'}, withEc(pairs.ec)),
	'an algorithm that the key is not for': bySigner({alg: 'RS512', kid: 'r1'}, withRsa(pairs.rsa)),
	'a key for another algorithm of its kind': bySigner({alg: 'RS256', kid: 'pss'}, withRsa(pairs.padded)),
	'a list of algorithms': bySigner({alg: ['RS256'], kid: 'r1'}, withRsa(pairs.rsa)),
	'an algorithm out of the language': bySigner({alg: 'constructor', kid: 'r1'}, withRsa(pairs.rsa)),
	'no algorithm at all': bySigner({kid: 'r1'}, withRsa(pairs.rsa)),
	'Ed25519, which cannot be verified here': bySigner({alg: 'EdDSA', kid: 'ed'}, withEd25519(pairs.edwards)),
	'a key that is too small': bySigner({alg: 'RS256', kid: 'small'}, withRsa(pairs.small)),
	'a key for another use': bySigner({alg: 'RS256', kid: 'enc'}, withRsa(pairs.encrypting)),
	'another curve': bySigner({alg: 'ES256', kid: 'wide'}, withEc(pairs.wide)),
	"a stranger's key": bySigner({alg: 'RS256', kid: 'r1'}, withRsa(pairs.stranger)),
	"a stranger's key that came along": bySigner(
		{alg: 'RS256', jwk: jwk(pairs.stranger, {}), jku: 'https://evil.example/', x5u: 'https://evil.example/'},
		withRsa(pairs.stranger),
	),
	"a stranger's curve": bySigner({alg: 'ES256', kid: 'e1'}, withEc(pairs.strangerEc)),
	'a key id of nobody': bySigner({alg: 'RS256', kid: 'r3'}, withRsa(pairs.rsa)),
	"another key's id": bySigner({alg: 'RS256', kid: 'r2'}, withRsa(pairs.rsa)),
	'a key id that is a path': bySigner({alg: 'RS256', kid: '../../dev/null'}, withRsa(pairs.rsa)),
	'a key id that is a number': bySigner({alg: 'RS256', kid: 1}, withRsa(pairs.rsa)),
	'a signature of zeros': bySigner({alg: 'ES256', kid: 'e1'}, () => Buffer.alloc(64)),
	'a signature in the other form': bySigner({alg: 'ES256', kid: 'e1'}, withEc(pairs.ec, 'der')),
	'something critical': bySigner({alg: 'RS256', kid: 'r1', crit: ['exp']}, withRsa(pairs.rsa)),
	'a payload that is not encoded': bySigner({alg: 'RS256', kid: 'r1', b64: false}, withRsa(pairs.rsa)),
	'another type': bySigner({alg: 'RS256', kid: 'r1', typ: 'logout+jwt'}, withRsa(pairs.rsa)),
	'no end': good({exp: undefined}),
	'an end that is text': good({exp: String(seconds() + 60)}),
	'an end without end': token(
		{alg: 'RS256', kid: 'r1'},
		JSON.stringify(claims({exp: 0})).replace('"exp":0', '"exp":1e999'),
		withRsa(pairs.rsa),
	),
	'a past end': good({exp: seconds() - 6}),
	'a later start': good({nbf: seconds() + 60}),
	'a start that is text': good({nbf: '0'}),
	'another issuer': good({iss: `${ISSUER}/`}),
	'a list of issuers': good({iss: [ISSUER]}),
	'no issuer': good({iss: undefined}),
	'another audience': good({aud: 'ap'}),
	'no audience': good({aud: undefined}),
	'an audience within another': good({aud: [[AUDIENCE]]}),
	'claims that are a list': token({alg: 'RS256', kid: 'r1'}, [claims()], withRsa(pairs.rsa)),
	'claims that are none': token({alg: 'RS256', kid: 'r1'}, 'null', withRsa(pairs.rsa)),
	'a header that is none': token('null', claims(), withRsa(pairs.rsa)),
	'a header that is no JSON': token('{', claims(), withRsa(pairs.rsa)),
	'two parts': `${head}.${body}`,
	'four parts': `${good()}.x`,
	'five parts, as of an encrypted one': `${good()}.x.y`,
	padding: `${head}=.${body}.${signature}`,
	'other letters': `${head}.${body}.${signature.slice(0, -4)}+/aa`,
	'a space': `${head} .${body}.${signature}`,
	nothing: '',
	'a long one': good({filler: 'x'.repeat(5500)}).padEnd(7900, 'A'),
};

test('no other token passes, and the application sees none of them', async t => {
	for (const [kind, text] of Object.entries(BAD)) {
		const answer = await present(`Bearer ${text}`);
		t.is(answer.status, 401, kind);
		t.regex(String(answer.headers['www-authenticate']), /^Bearer/, kind);
		t.false(answer.body.includes('"url"'), kind);
	}

	const twice = await raw(
		shared.https,
		`GET /token HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer x\r\nAuthorization: Bearer ${good()}\r\n\r\n`,
	);
	t.regex(twice, /^HTTP\/1\.1 400 /);
	const huge = await present(`Bearer ${good({filler: 'x'.repeat(9000)})}`);
	t.is(huge.status, 431);
	t.is((await ask(shared.https, `/token?access_token=${good()}`)).status, 401, 'only the header counts');
});

test('keys that changed are used within seconds, unreadable ones leave the old, and what is not used is told once', async t => {
	const fresh = rsa(2048);
	const renewed = bySigner({alg: 'RS256', kid: 'fresh'}, withRsa(fresh));
	const container = await (async () => {
		const own = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
		await chmod(own, 0o755);
		const write = async (text: string) => {
			await writeFile(join(own, 'next'), text);
			await chmod(join(own, 'next'), 0o644);
			await rename(join(own, 'next'), join(own, 'jwks.json'));
		};
		await write(JSON.stringify(SET));
		const mount = `${own}:${KEYS.slice(0, KEYS.lastIndexOf('/'))}:ro`;
		return {...(await proxies.run(plan, {'app.mjs': guardedApp}, ['-v', mount])), write};
	})();
	const status = async (text: string) =>
		(await ask(container.https, '/token', {headers: {Authorization: `Bearer ${text}`}})).status;
	t.is(await status(renewed), 401);
	await container.write('{"keys": [');
	await wait(5500);
	t.is(await status(good()), 200, 'a broken file is no reason to forget');
	await container.write(JSON.stringify({keys: [jwk(fresh, {kid: 'fresh'})]}));
	await wait(5500);
	t.is(await status(renewed), 200);
	t.is(await status(good()), 401, 'a key that was taken out is out');
	const {stderr} = await linesOf(proxies.docker, container);
	const told = stderr.map(line => String(JSON.parse(line).message));
	t.true(
		told.some(message => message.includes('Of 10 keys in') && message.includes('only 4 can')),
		told.join('\n'),
	);
	t.true(told.some(message => message.includes('so the ones before stay')));
});
