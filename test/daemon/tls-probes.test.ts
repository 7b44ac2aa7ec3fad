import {execFileSync, spawn} from 'node:child_process';
import {createDiffieHellmanGroup, randomBytes} from 'node:crypto';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer as createHttpServer, type RequestListener} from 'node:http';
import {createServer as createHttpsServer, type ServerOptions} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {FileFacts} from '../../daemon/docker/file-facts.ts';
import {registry} from '../../daemon/probes/index.ts';
import {negativeControls} from '../../daemon/probes/negative.ts';
import type {ProbeFinding, Subject} from '../../daemon/probes/probe.ts';
import {runProbes} from '../../daemon/probes/run.ts';
import {tlsProbes} from '../../daemon/probes/tls/index.ts';
import {worstContainer} from '../../daemon/probes/worst/container.ts';
import type {RouteContract} from '../../proto/contract.ts';
import {makeAuthority, selfSigned} from '../helpers/certificates.ts';
import {contract, endpointOf, listening, proxyContract, rawServer, subjectWith} from '../helpers/subject.ts';

// What the probes of the group make of real servers.

type ProbeId = keyof typeof tlsProbes;
type Changed = NonNullable<Parameters<typeof subjectWith>[0]>;

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const authority = makeAuthority();
const good = authority.issue('app.test');
const order = ['fail', 'error', 'not-evaluated', 'pass', 'not-applicable'];

async function findingsOf(id: ProbeId, changed: Changed): Promise<readonly ProbeFinding[]> {
	const subject = subjectWith(changed);
	const findings = await runProbes(
		{[id]: tlsProbes[id].probe},
		subject,
		{probeMs: 8000, totalMs: 9000},
		soon(),
	);
	subject.close();
	return findings;
}

/** Worst first, as the verdict would have it. */
async function resultOf(id: ProbeId, changed: Changed): Promise<string> {
	const results = (await findingsOf(id, changed)).map(({result}) => result as string);
	return order.find(each => results.includes(each)) ?? 'none';
}

const hello: RequestListener = (_, response) => response.end('hello');
const serving = (options: ServerOptions = {}, handler: RequestListener = hello) =>
	listening(createHttpsServer({...good, ...options}, handler));

/** One probe against one server with TLS. */
async function against(
	id: ProbeId,
	options: ServerOptions,
	changed: Changed = {},
	handler: RequestListener = hello,
): Promise<readonly ProbeFinding[]> {
	await using server = await serving(options, handler);
	return await findingsOf(id, {endpoints: [endpointOf('https', server.port, 'app.test')], ...changed});
}

const promising = (more: Partial<typeof proxyContract>): Pick<Subject, 'promised'> => ({
	promised: {
		state: 'kept',
		digest: `sha256:${'0'.repeat(64)}`,
		contract: {...contract, proxy: {...proxyContract, ...more}},
	},
});
const nothingPromised: Pick<Subject, 'promised'> = {promised: {state: 'none', reason: 'no contract'}};
const withParams = (params: Readonly<Record<string, unknown>>): Pick<Subject, 'paramsOf'> => ({
	paramsOf: () => params as ReturnType<Subject['paramsOf']>,
});

// ---- any of them

for (const id of Object.keys(tlsProbes) as ProbeId[]) {
	test(`${id} says fail of what is bad on purpose`, async t => {
		t.is(await negativeControls(registry, {usual: worstContainer})(id, soon()), undefined);
	});

	test(`${id}: a contract that cannot be believed leaves nothing to look at`, async t => {
		t.is(await resultOf(id, {promised: {state: 'broken', reason: 'someone changed it'}}), 'not-evaluated');
	});
}

for (const id of [
	'proxy-tls-cert-valid',
	'proxy-tls-ciphers',
	'proxy-tls-min-version',
	'proxy-hsts',
] as const) {
	test(`${id}: without a contract, a port that speaks TLS is judged all the same`, async t => {
		const findings = await against(id, selfSigned('localhost'), nothingPromised);

		t.true(
			findings.every(({result}) => result === 'pass' || result === 'fail'),
			JSON.stringify(findings),
		);
	});

	test(`${id}: a container that speaks no TLS has none to judge`, async t => {
		t.is(await resultOf(id, nothingPromised), 'not-applicable');
	});

	test(`${id}: a port behind which nobody speaks TLS is no pass`, async t => {
		await using server = await rawServer(socket => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));

		const result = await resultOf(id, {endpoints: [endpointOf('https', server.port)], ...nothingPromised});
		t.true(['error', 'not-evaluated'].includes(result), result);
	});
}

// ---- certificates

const trusted: Partial<Subject> = {trust: [authority.cert]};
const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);
const weak = {ciphers: 'DEFAULT@SECLEVEL=0'};

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** A certificate of the authority with extensions as openssl writes them. */
function issue(
	host: string,
	extensions: readonly string[],
	{days = 90, by = authority, isCa = false, newKey = p256} = {},
) {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-certificate-'));
	writeFileSync(join(folder, 'ca.crt'), by.cert);
	writeFileSync(join(folder, 'ca.key'), by.key);
	writeFileSync(
		join(folder, 'ext'),
		[`basicConstraints=CA:${isCa ? 'TRUE' : 'FALSE'}`, ...extensions].join('\n'),
	);
	const openssl = (...args: readonly string[]): void =>
		void execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
	openssl('req', ...newKey, '-nodes', '-subj', `/CN=${host}`, '-keyout', 'key', '-out', 'csr');
	openssl(
		'x509',
		'-req',
		'-in',
		'csr',
		'-CA',
		'ca.crt',
		'-CAkey',
		'ca.key',
		'-CAcreateserial',
		'-extfile',
		'ext',
		'-days',
		String(days),
		'-out',
		'crt',
	);
	return {key: readFileSync(join(folder, 'key'), 'utf8'), cert: readFileSync(join(folder, 'crt'), 'utf8')};
}

/** PKCS #3: SEQUENCE of two INTEGERs, the prime of 1024 bits (RFC 2409) and 2. */
function smallField(): string {
	const prime = createDiffieHellmanGroup('modp2').getPrime();
	const head = Buffer.from([0x30, 0x81, 0x87, 2, 0x81, 0x81, 0]);
	const der = Buffer.concat([head, prime, Buffer.from([2, 1, 2])]);
	return `-----BEGIN DH PARAMETERS-----\n${der.toString('base64')}\n-----END DH PARAMETERS-----\n`;
}

const alt = (names: string): string => `subjectAltName=${names}`;
const middle = issue('Middle', ['keyUsage=keyCertSign'], {isCa: true});
const below = issue('app.test', [alt('DNS:app.test')], {by: {...authority, ...middle}});
const otherMiddle = issue('Other', ['keyUsage=keyCertSign'], {isCa: true});

const certificates: readonly (readonly [string, Changed, ServerOptions, RegExp?])[] = [
	['a good chain', trusted, {}],
	['a good chain for the promised name', {...trusted, ...promising({hosts: ['app.test']})}, {}],
	['a promised name with its last dot', {...trusted, ...promising({hosts: ['app.test.']})}, {}],
	['a chain to nobody we trust', {}, {}, /chain leads to nobody/],
	[
		'another name than promised',
		{...trusted, ...promising({hosts: ['other.test']})},
		{},
		/does not name "other.test"/,
	],
	[
		'one made at the start of the container',
		trusted,
		selfSigned('localhost'),
		/self-signed, made when the container started/,
	],
	['an expired one', {...trusted, now: inDays(91)}, {}, /has expired/],
	['one that ends within two weeks', {...trusted, now: inDays(80)}, {}, /expires in 9 days/],
	['one that is not valid yet', {...trusted, now: inDays(-1)}, {}, /not valid yet/],
	[
		'a key of 1024 bits',
		trusted,
		{...authority.issue('app.test', ['-newkey', 'rsa:1024']), ...weak},
		/too weak/,
	],
	[
		'a signature by SHA-1',
		trusted,
		{...authority.issue('app.test', undefined, 'sha1'), ...weak},
		/can be forged/,
	],
	[
		'a name that only the subject has',
		trusted,
		issue('app.test', [alt('DNS:other.test')]),
		/does not name "app.test"/,
	],
	['a common name and nothing else', trusted, issue('app.test', []), /does not name "app.test"/],
	[
		'a wildcard that stands for a label',
		{...trusted, ...promising({hosts: ['a.apps.example']})},
		issue('x', [alt('DNS:app.test,DNS:*.apps.example')]),
	],
	[
		'a wildcard two labels up',
		{...trusted, ...promising({hosts: ['a.b.apps.example']})},
		issue('x', [alt('DNS:app.test,DNS:*.apps.example')]),
		/does not name "a.b.apps.example"/,
	],
	[
		'a wildcard for its own base',
		{...trusted, ...promising({hosts: ['apps.example']})},
		issue('x', [alt('DNS:app.test,DNS:*.apps.example')]),
		/does not name "apps.example"/,
	],
	[
		'part of a label as wildcard',
		{...trusted, ...promising({hosts: ['aa.apps.example']})},
		issue('x', [alt('DNS:app.test,DNS:a*.apps.example')]),
		/does not name "aa.apps.example"/,
	],
	[
		'an address that is named',
		{...trusted, ...promising({hosts: ['127.0.0.1']})},
		issue('x', [alt('DNS:app.test,IP:127.0.0.1')]),
	],
	[
		'an address that is named as if it were a host',
		{...trusted, ...promising({hosts: ['127.0.0.1']})},
		issue('x', [alt('DNS:app.test,DNS:127.0.0.1')]),
		/does not name "127.0.0.1"/,
	],
	[
		'a lifetime of two years',
		trusted,
		issue('app.test', [alt('DNS:app.test')], {days: 730}),
		/valid for 730 days/,
	],
	[
		'a lifetime of two years that the policy allows',
		{...trusted, ...withParams({maxLifetimeDays: 825})},
		issue('app.test', [alt('DNS:app.test')], {days: 730}),
	],
	[
		'a certificate for clients',
		trusted,
		issue('app.test', [alt('DNS:app.test'), 'extendedKeyUsage=clientAuth']),
		/not meant for servers/,
	],
	[
		'a key that may not sign',
		trusted,
		{
			...issue('app.test', [alt('DNS:app.test'), 'keyUsage=keyEncipherment'], {
				newKey: ['-newkey', 'rsa:2048'],
			}),
			ciphers: 'AES128-GCM-SHA256',
			maxVersion: 'TLSv1.2',
		},
		/forbids its key to sign/,
	],
	[
		'a certificate that may issue others',
		trusted,
		issue('app.test', [alt('DNS:app.test')], {isCa: true}),
		/may issue others/,
	],
	[
		'must-staple without a staple',
		trusted,
		issue('app.test', [alt('DNS:app.test'), 'tlsfeature=status_request']),
		/must-staple/,
	],
	['a chain with its intermediate', trusted, {...below, cert: below.cert + middle.cert}],
	['a chain with its root, too', trusted, {...below, cert: below.cert + middle.cert + authority.cert}],
	['a chain without its intermediate', trusted, below, /chain leads to nobody/],
	[
		'a chain in the wrong order',
		trusted,
		{...below, cert: below.cert + authority.cert + middle.cert},
		/wrong order/,
	],
	[
		'a chain with a stranger at its end',
		trusted,
		{...below, cert: below.cert + middle.cert + otherMiddle.cert},
	],
];

for (const [title, changed, options, message] of certificates) {
	test(`proxy-tls-cert-valid: ${title} is ${message === undefined ? 'pass' : 'fail'}`, async t => {
		const findings = await against('proxy-tls-cert-valid', options, changed);

		const failed = findings.filter(({result}) => result !== 'pass');
		t.true(
			message === undefined ? failed.length === 0 : failed.some(finding => message.test(finding.message)),
			JSON.stringify(findings),
		);
	});
}

test('proxy-tls-cert-valid: an intermediate that has ended is told apart from the certificate itself', async t => {
	const {key, cert} = issue('Ended', ['keyUsage=keyCertSign'], {isCa: true, days: -1});
	const pair = issue('app.test', [alt('DNS:app.test')], {by: {...authority, key, cert}});

	const findings = await against('proxy-tls-cert-valid', {...pair, cert: pair.cert + cert}, trusted);

	t.true(
		findings.some(({message}) => /above the server's own is out of its time/.test(message)),
		JSON.stringify(findings),
	);
});

test('proxy-tls-cert-valid: each host is asked for by its own name', async t => {
	const other = authority.issue('other.test');
	const {createSecureContext} = await import('node:tls');
	const byName = {'app.test': good, 'other.test': other};
	const options: ServerOptions = {
		SNICallback: (name, done) => done(null, createSecureContext(byName[name as keyof typeof byName] ?? good)),
	};

	const findings = await against('proxy-tls-cert-valid', options, {
		...trusted,
		...promising({hosts: ['app.test', 'other.test']}),
	});

	t.deepEqual(
		findings.map(({result}) => result),
		['pass', 'pass'],
	);
});

// ---- versions of TLS

const legacy = 'ALL:@SECLEVEL=0';
const versions: readonly (readonly [string, ServerOptions, string])[] = [
	['TLS 1.2 and 1.3', {minVersion: 'TLSv1.2'}, 'pass'],
	['TLS 1.3 alone', {minVersion: 'TLSv1.3'}, 'pass'],
	['TLS 1.0 as well', {minVersion: 'TLSv1', ciphers: legacy}, 'fail'],
	['TLS 1.1 as well', {minVersion: 'TLSv1.1', ciphers: legacy}, 'fail'],
	['nothing newer than TLS 1.1', {minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: legacy}, 'fail'],
];

for (const [title, options, expected] of versions) {
	test(`proxy-tls-min-version: a server that speaks ${title} is ${expected}`, async t => {
		t.is((await against('proxy-tls-min-version', options))[0]?.result, expected as ProbeFinding['result']);
	});
}

const strange: readonly (readonly [string, Parameters<typeof rawServer>[0]])[] = [
	['closes without a word', socket => socket.destroy()],
	['answers with an alert about something else', socket => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 80]))],
	['answers in plain HTTP', socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
	['sends half a record', socket => socket.end(Buffer.from([22, 3, 3, 0, 80, 2]))],
	['refuses every version by alert', socket => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 70]))],
];

for (const [title, talk] of strange) {
	for (const id of ['proxy-tls-min-version', 'proxy-tls-ciphers'] as const) {
		test(`${id}: a server that ${title} shows nothing`, async t => {
			await using server = await rawServer(talk);

			t.is(await resultOf(id, {endpoints: [endpointOf('https', server.port)]}), 'not-evaluated');
		});
	}
}

/** The least that is a ServerHello of TLS 1.3: random, no session, one cipher, supported_versions. */
const serverHello = Buffer.concat([
	Buffer.from([22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3]),
	randomBytes(32),
	Buffer.from([0, 0x13, 0x01, 0, 0, 6, 0, 43, 0, 2, 3, 4]),
]);

const halves: readonly (readonly [string, Buffer | undefined, string])[] = [
	['refuses the old versions by alert', Buffer.from([21, 3, 3, 0, 2, 2, 70]), 'pass'],
	['closes on the old versions', undefined, 'not-evaluated'],
	[
		'answers the old versions with an alert about something else',
		Buffer.from([21, 3, 3, 0, 2, 2, 80]),
		'not-evaluated',
	],
];

for (const [title, old, expected] of halves) {
	test(`proxy-tls-min-version: a server that accepts TLS 1.3 and ${title} is ${expected}`, async t => {
		await using server = await rawServer(socket =>
			socket.on('data', bytes => {
				const isModern = bytes.includes(Buffer.from([0, 43, 0, 3, 2, 3, 4]));
				const answer = isModern ? serverHello : old;
				if (answer === undefined) {
					socket.destroy();
				} else {
					socket.end(answer);
				}
			}),
		);

		t.is(
			await resultOf('proxy-tls-min-version', {
				endpoints: [endpointOf('https', server.port)],
				...promising({tls: {minVersion: 'TLSv1.3'}}),
			}),
			expected,
		);
	});
}

// ---- suites

const modern = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305';
const suites: readonly (readonly [string, ServerOptions, Changed, RegExp?])[] = [
	['forward secrecy and authenticated encryption', {ciphers: modern}, {}],
	['the intermediate profile', {ciphers: modern}, withParams({profile: 'intermediate'})],
	[
		'the intermediate profile with CCM',
		{ciphers: `${modern}:ECDHE-ECDSA-AES128-CCM`},
		withParams({profile: 'intermediate'}),
		/no place in the profile "intermediate"/,
	],
	['the modern profile', {minVersion: 'TLSv1.3'}, withParams({profile: 'modern'})],
	[
		'the modern profile with TLS 1.2',
		{ciphers: modern},
		withParams({profile: 'modern'}),
		/no place in the profile "modern"/,
	],
	[
		'CBC',
		{ciphers: `${modern}:ECDHE-ECDSA-AES128-SHA`},
		{},
		/CBC mode: TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA/,
	],
	['suites without encryption', {ciphers: 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0'}, {}, /no encryption/],
	[
		'a finite field of 1024 bits',
		{
			...authority.issue('app.test', ['-newkey', 'rsa:2048']),
			ciphers: 'DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0',
			dhparam: smallField(),
		},
		{},
		/finite field of 1024 bits/,
	],
	[
		'a weak curve',
		{ciphers: `${modern}:@SECLEVEL=0`, ecdhCurve: 'secp192r1:prime256v1', maxVersion: 'TLSv1.2'},
		{},
		/weak groups: secp192r1/,
	],
];

for (const [title, options, changed, message] of suites) {
	test(`proxy-tls-ciphers: ${title} is ${message === undefined ? 'pass' : 'fail'}`, async t => {
		const findings = await against('proxy-tls-ciphers', options, changed);

		const failed = findings.filter(({result}) => result !== 'pass');
		t.true(
			message === undefined ? failed.length === 0 : failed.some(finding => message.test(finding.message)),
			JSON.stringify(findings),
		);
	});
}

test('proxy-tls-ciphers: whether keys are agreed to that a quantum computer cannot find later is told, and no reason to fail', async t => {
	const [finding] = await against('proxy-tls-ciphers', {ciphers: modern, ecdhCurve: 'X25519MLKEM768:X25519'});
	const [other] = await against('proxy-tls-ciphers', {ciphers: modern, ecdhCurve: 'X25519'});

	t.like(finding, {result: 'pass', observed: {postQuantum: ['X25519MLKEM768']}});
	t.like(other, {result: 'pass', observed: {postQuantum: []}});
});

test('proxy-tls-ciphers: early data that a server would take at the next visit is recorded', async t => {
	await using server = await withOpenssl(['-early_data', '-max_early_data', '1000', '-tls1_3']);

	const findings = await findingsOf('proxy-tls-ciphers', {
		endpoints: [endpointOf('https', server.port, 'app.test')],
	});

	t.like(findings[0], {result: 'pass', observed: {resumption: {earlyDataBytes: 1000}}});
});

// ---- keys

const file = (facts: Partial<FileFacts> = {}): Changed => ({
	fileFacts: async path =>
		path === '/etc/sallyport/tls/tls.key'
			? {path, kind: 'file', mode: 0o440, uid: 10_001, gid: 0, ...facts}
			: undefined,
});
const mounted: Changed = {
	target: {mounts: [{type: 'bind', source: '/srv/tls', destination: '/etc/sallyport/tls'} as never]},
};
const keys: readonly (readonly [string, Changed, string])[] = [
	['a mounted file for its owner and group', {...mounted, ...file()}, 'pass'],
	['one that its owner may change', {...mounted, ...file({mode: 0o600})}, 'pass'],
	['one that everybody may read', {...mounted, ...file({mode: 0o644})}, 'fail'],
	['one that its group may change', {...mounted, ...file({mode: 0o660})}, 'fail'],
	['one that came with the image', file(), 'fail'],
	['a link out of the mount', {...mounted, ...file({path: '/opt/app/tls.key'})}, 'fail'],
	['a folder', {...mounted, ...file({kind: 'directory'})}, 'not-evaluated'],
	['no key anywhere', mounted, 'not-evaluated'],
	['one that is out of sight', {...mounted, fileFacts: async () => 'hidden'}, 'not-evaluated'],
	[
		'one that the proxy made itself',
		{
			fileFacts: async path =>
				path.startsWith('/run/') ? {path, kind: 'file', mode: 0o600, uid: 1, gid: 1} : undefined,
		},
		'pass',
	],
	[
		'one that the policy names',
		{...nothingPromised, ...withParams({paths: ['/etc/sallyport/tls/tls.key']}), ...mounted, ...file()},
		'pass',
	],
];

for (const [title, changed, expected] of keys) {
	test(`proxy-tls-key-protected: ${title} is ${expected}`, async t => {
		t.is(await resultOf('proxy-tls-key-protected', changed), expected);
	});
}

// ---- HSTS

const saying =
	(...values: readonly string[]): RequestListener =>
	(request, response) => {
		response.statusCode = request.url === '/' ? 200 : 404;
		response.setHeader('Strict-Transport-Security', values);
		response.end();
	};

const stated: readonly (readonly [string, RequestListener, Changed, RegExp?])[] = [
	['a year, once', saying('max-age=31536000'), {}],
	['a minute', saying('max-age=60'), {}, /ends after 60 seconds/],
	['a minute where the policy asks for no more', saying('max-age=60'), withParams({min: 60})],
	[
		'nothing on an address that is none',
		(request, response) =>
			request.url?.includes('%E0%A4%A') === true
				? void response.writeHead(400).end()
				: saying('max-age=31536000')(request, response as never),
		{},
	],
	['two lines', saying('max-age=31536000', 'max-age=31536000'), {}, /more than once/],
	['no number', saying('max-age=forever'), {}, /counts for nothing/],
	['nothing', hello, {}, /without Strict-Transport-Security/],
	[
		'no subdomains where the policy asks for them',
		saying('max-age=31536000'),
		withParams({includeSubDomains: true}),
		/leaves subdomains out/,
	],
	[
		'subdomains where the policy asks for them',
		saying('max-age=31536000; includeSubDomains'),
		withParams({includeSubDomains: true}),
	],
	[
		'nothing on errors',
		(request, response) =>
			request.url === '/'
				? saying('max-age=31536000')(request, response as never)
				: void response.writeHead(404).end(),
		{},
		/without Strict-Transport-Security/,
	],
];

for (const [title, handler, changed, message] of stated) {
	test(`proxy-hsts: ${title} is ${message === undefined ? 'pass' : 'fail'}`, async t => {
		const findings = await against('proxy-hsts', {}, changed, handler);

		const failed = findings.filter(({result}) => result !== 'pass');
		t.true(
			message === undefined ? failed.length === 0 : failed.some(finding => message.test(finding.message)),
			JSON.stringify(findings),
		);
	});
}

test('proxy-hsts: over plain HTTP it must not be said', async t => {
	await using server = await serving({}, saying('max-age=31536000'));
	await using plain = await listening(createHttpServer(saying('max-age=31536000')));

	t.is(
		await resultOf('proxy-hsts', {
			endpoints: [endpointOf('https', server.port), endpointOf('redirect', plain.port)],
		}),
		'fail',
	);
});

// ---- redirect

const redirecting =
	(status: number, location: string): RequestListener =>
	(_, response) => {
		response.writeHead(status, location === '' ? {} : {location});
		response.end();
	};

const toHost: RequestListener = (request, response) =>
	void response.writeHead(308, {location: `https://${request.headers.host}${request.url}`}).end();

const redirects: readonly (readonly [string, RequestListener, Changed, string])[] = [
	['a permanent redirect', redirecting(308, 'https://127.0.0.1/x'), {}, 'pass'],
	['one with a port', redirecting(301, 'https://127.0.0.1:8443/x'), {}, 'pass'],
	['a temporary one', redirecting(302, 'https://127.0.0.1/x'), {}, 'fail'],
	['one to another host', redirecting(308, 'https://evil.test/x'), {}, 'fail'],
	['one to plain HTTP', redirecting(308, 'http://127.0.0.1/x'), {}, 'fail'],
	['one to nowhere', redirecting(308, ''), {}, 'fail'],
	['content', hello, {}, 'fail'],
	[
		'content for a POST',
		(request, response) =>
			request.method === 'POST'
				? void response.end('thanks')
				: redirecting(308, 'https://127.0.0.1/x')(request, response),
		{},
		'fail',
	],
	['each host to itself', toHost, promising({hosts: ['app.test', 'www.app.test']}), 'pass'],
	[
		'one host to another of ours',
		redirecting(308, 'https://app.test/x'),
		promising({hosts: ['app.test', 'www.app.test']}),
		'fail',
	],
];

for (const [title, handler, changed, expected] of redirects) {
	test(`proxy-http-redirect: ${title} is ${expected}`, async t => {
		await using server = await listening(createHttpServer(handler));

		const {promised} = {promised: undefined, ...changed};
		const name = promised === undefined ? '' : 'app.test';
		t.is(
			await resultOf('proxy-http-redirect', {
				endpoints: [endpointOf('redirect', server.port, name)],
				...changed,
			}),
			expected,
		);
	});
}

test('proxy-http-redirect: an IPv6 address is led to as addresses are written in URLs', async t => {
	const toItself: RequestListener = (request, response) =>
		redirecting(308, `https://${request.headers.host}/x`)(request, response);
	await using server = await listening(createHttpServer(toItself));

	t.is(
		await resultOf('proxy-http-redirect', {endpoints: [endpointOf('redirect', server.port, '2001:db8::1')]}),
		'pass',
	);
});

test('proxy-http-redirect: a plain port without a contract is judged where it is published to others', async t => {
	await using server = await listening(createHttpServer(hello));
	const {address} = endpointOf('redirect', server.port);
	const endpoints = [{protocol: 'http', port: 80, address, name: ''} as const];
	const to = (hostIp: string): Changed => ({
		...nothingPromised,
		endpoints,
		target: {published: [{port: 80, protocol: 'tcp', hostIp, hostPort: 80}]},
	});

	t.is(await resultOf('proxy-http-redirect', to('0.0.0.0')), 'fail');
	t.is(await resultOf('proxy-http-redirect', to('127.0.0.1')), 'not-applicable');
});

test('proxy-http-redirect: a TLS port that answers plain HTTP fails', async t => {
	await using server = await listening(createHttpServer(hello));

	t.is(await resultOf('proxy-http-redirect', {endpoints: [endpointOf('https', server.port)]}), 'fail');
});

test('proxy-http-redirect: a TLS port that turns plain HTTP away passes', async t => {
	t.is((await against('proxy-http-redirect', {}))[0]?.result, 'pass');
});

// ---- client certificates

const admin: RouteContract = {
	path: '/admin',
	match: 'prefix',
	to: 'application',
	access: ['certificate'],
	cached: false,
};
const optional: ServerOptions = {requestCert: true, rejectUnauthorized: false, ca: authority.cert};
const checking: RequestListener = (request, response) => {
	const socket = request.socket as {readonly authorized?: boolean};
	response.writeHead(socket.authorized === true ? 200 : 403).end();
};

const doors: readonly (readonly [string, ServerOptions, RequestListener, string])[] = [
	['one that asks and answers 403', optional, checking, 'pass'],
	['one that asks and does not look', optional, hello, 'fail'],
	['one that never asks', {}, hello, 'fail'],
	[
		'one that says there is no such thing',
		{},
		(_, response) => void response.writeHead(404).end(),
		'not-evaluated',
	],
	['one that breaks off', {}, request => void request.socket.destroy(), 'not-evaluated'],
];

for (const [title, options, handler, expected] of doors) {
	test(`proxy-mtls-admin: ${title} is ${expected}`, async t => {
		await using server = await serving(options, handler);

		t.is(
			await resultOf('proxy-mtls-admin', {
				...promising({routes: [admin]}),
				endpoints: [endpointOf('https', server.port, 'app.test')],
			}),
			expected,
		);
	});
}

test('proxy-mtls-admin: who lets in any certificate is seen, though it refuses those without one', async t => {
	const anyone: RequestListener = (request, response) => {
		const socket = request.socket as unknown as {readonly getPeerCertificate: () => object};
		response.writeHead(Object.keys(socket.getPeerCertificate()).length > 0 ? 200 : 403).end();
	};
	const findings = await against('proxy-mtls-admin', optional, promising({routes: [admin]}), anyone);

	t.deepEqual(
		findings.map(({result}) => result),
		['pass', 'fail'],
	);
});

test('proxy-mtls-admin: a server that refuses by alert at the handshake passes', async t => {
	await using server = await withOpenssl(['-www', '-Verify', '1', '-verify_return_error']);

	const findings = await findingsOf('proxy-mtls-admin', {
		...promising({routes: [admin]}),
		endpoints: [endpointOf('https', server.port, 'app.test')],
	});

	t.deepEqual(
		findings.map(({result}) => result),
		['pass', 'pass'],
	);
});

/** OpenSSL's own server, for what Node's keeps to itself. */
async function withOpenssl(words: readonly string[]): Promise<AsyncDisposable & {readonly port: number}> {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-certificate-'));
	writeFileSync(join(folder, 'both.pem'), good.key + good.cert);
	writeFileSync(join(folder, 'ca.pem'), authority.cert);
	const args = ['s_server', '-accept', '127.0.0.1:0', '-cert', 'both.pem', '-CAfile', 'ca.pem', ...words];
	const child = spawn('openssl', args, {cwd: folder, stdio: ['pipe', 'pipe', 'ignore']});
	let said = '';
	for await (const chunk of child.stdout) {
		said += String(chunk);
		if (/ACCEPT .*:\d+/.test(said)) {
			break;
		}
	}

	const port = Number(/ACCEPT .*:(\d+)/.exec(said)?.[1]);
	return {port, [Symbol.asyncDispose]: async () => void child.kill()};
}

test('proxy-mtls-admin: a contract without such a route has nothing to keep', async t => {
	t.is((await against('proxy-mtls-admin', {}))[0]?.result, 'not-applicable');
});
