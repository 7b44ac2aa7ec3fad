import {readFileSync} from 'node:fs';
import test from 'ava';
import {FrontendError} from '../../frontend/error.ts';
import {readNetwork} from '../../frontend/project/network.ts';
import {readProject} from '../../frontend/read-project.ts';
import {HASH, whole} from '../helpers/project-cases.ts';
import {basic, mistakes, route} from '../helpers/project-mistakes.ts';

const FILE = '.sallyport.yaml';

function refusalOf(text: string): FrontendError | undefined {
	try {
		readProject(text, FILE);
		return undefined;
	} catch (error) {
		if (error instanceof FrontendError) {
			return error;
		}

		throw error;
	}
}

test('all that can be said of the proxy is read', t => {
	const {proxy, settings, routes, upstreams, pages, headers, listeners} = readProject(whole, FILE);

	t.is(proxy, 'nginx');
	t.deepEqual(settings, {
		instances: {count: 'auto', variable: 'PORT'},
		health: {intervalSeconds: 3, timeoutSeconds: 1, failures: 4, passes: 2},
		trustedProxies: ['10.0.0.0/8', '2001:db8::/32'],
		tls: {minVersion: 'TLSv1.3', http3: true},
		timeouts: {clientSeconds: 10, connectSeconds: 2, upstreamSeconds: 300, drainSeconds: 5},
		addresses: 'truncated',
		cacheBytes: 67_108_864,
	});
	t.is(listeners.metrics, 9100);
	t.deepEqual(headers.set, [
		{name: 'X-Robots-Tag', value: 'noindex', mode: 'override'},
		{name: 'Cache-Control', value: 'no-store', mode: 'if-absent'},
		{name: 'Link', value: '</a.css>; rel=preload', mode: 'append'},
	]);
	t.deepEqual(
		routes.map(({path, match, to: {kind}, line}) => `${line} ${match} ${path} → ${kind}`),
		[
			'21 prefix /static → files',
			'23 prefix /billing → upstream',
			'27 prefix /admin → application',
			'33 prefix /api → application',
			'35 prefix /app → application',
			'37 exact /app/login → application',
			'40 prefix /news → application',
			'43 prefix /events → application',
			'45 prefix /old → refuse',
		],
	);
	t.deepEqual(routes[2]?.access, {
		addresses: {allow: ['10.0.0.0/8'], deny: ['10.9.0.0/16']},
		basic: {realm: 'Staff', users: [{name: 'ann', hash: HASH}]},
		certificate: 'required',
	});
	t.deepEqual(upstreams, [
		{
			name: 'billing',
			servers: [
				{host: 'billing.internal', port: 8443},
				{host: '2001:db8::1', port: 8443},
			],
			tls: {serverName: 'billing.internal'},
			healthPath: '/up',
			health: {intervalSeconds: 10, timeoutSeconds: 2, failures: 2, passes: 1},
			line: 48,
		},
		{
			name: 'auth',
			servers: [{host: 'auth.internal', port: 443}],
			tls: {serverName: 'auth.internal'},
			healthPath: '/ping',
			health: {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1},
			line: 49,
		},
	]);
	t.is(pages.robots, 'User-agent: *\n');
});

for (const [name, [text, place, words]] of Object.entries(mistakes)) {
	test(`${name} is one sentence with its place`, t => {
		const refusal = refusalOf(text);

		t.true(refusal?.message.startsWith(`${FILE}:${place}: `), refusal?.message ?? 'it is read');
		t.regex(refusal?.message ?? '', words);
		t.notRegex(refusal?.message ?? '', /\n/);
	});
}

const documented = readFileSync(new URL('../../docs/proxy.md', import.meta.url), 'utf8').matchAll(
	/```yaml\n([\s\S]*?)```/g,
);
for (const [index, [, text = '']] of [...documented].entries()) {
	test(`what docs/proxy.md shows is read: example ${index + 1}`, t => {
		t.is(refusalOf(text)?.message, undefined);
	});
}

test('10,000 routes are refused at once, by a size that is told', t => {
	const text = `routes:\n${Array.from({length: 10_000}, (_, index) => `  - {path: /r${index}}\n`).join('')}`;
	const from = process.cpuUsage();

	const refusal = refusalOf(text);

	const {user, system} = process.cpuUsage(from);
	t.regex(refusal?.message ?? '', /bytes long; a project file has at most 65536/);
	t.true((user + system) / 1000 < 100);
});

const LONG = 60_000;
const hostile: Readonly<Record<string, string>> = {
	'routes of nothing': `routes: [${'{},'.repeat(LONG / 3)}]`,
	'a path of slashes': route(`path: ${'/a'.repeat(LONG / 2)}`),
	'a path of dots': route(`path: /${'../'.repeat(LONG / 3)}`),
	'a network of colons': route('path: /a', `access: {allow: ["${':'.repeat(LONG)}"]}`),
	'networks without end': route('path: /a', `access: {allow: [${'"::1",'.repeat(LONG / 6)}]}`),
	'a hash without end': route('path: /a', `access: {basic: {users: {a: "$6$${'a'.repeat(LONG)}"}}}`),
	'a hash of dollars': route('path: /a', `access: {basic: {users: {a: "${'$6$'.repeat(LONG / 3)}"}}}`),
	'a header of spaces': `headers: {override: {X-A: "a${' '.repeat(LONG)}"}}`,
	'a policy of semicolons': `headers: {csp: "${';'.repeat(LONG)}"}`,
	'a server of dots': `upstreams: {a: {servers: ["${'a.'.repeat(LONG / 2)}:80"]}}`,
	'robots of lines': `pages: {robots: "${'a\\n'.repeat(LONG / 3)}"}`,
	'a date without end': `pages: {securityTxt: "Contact: mailto:a\\nExpires: ${'1'.repeat(LONG)}"}`,
	'users: on every line': `routes:\n${'  users:\n'.repeat(LONG / 9)}`,
};

for (const [name, text] of Object.entries(hostile)) {
	test(`${name}: refused in no time, with one sentence`, t => {
		const from = process.cpuUsage();

		const {message = ''} = refusalOf(text) ?? {};

		const {user, system} = process.cpuUsage(from);
		t.regex(message, /^\.sallyport\.yaml:\d+:\d+: [^\n]{1,600}$/);
		t.true((user + system) / 1000 < 1500, `${(user + system) / 1000} ms`);
	});
}

test('as many routes as there may be are read in no time', t => {
	const routes = Array.from(
		{length: 256},
		(_, index) =>
			`  - {path: /${'a/'.repeat(index % 50)}r${index}, ${index % 3 === 0 ? basic : 'cache: false'}}\n`,
	);
	const text = `routes:\n${routes.filter((_, index) => index % 3 !== 0 || index < 60).join('')}`;
	const from = process.cpuUsage();

	t.is(refusalOf(text), undefined);

	const {user, system} = process.cpuUsage(from);
	t.true((user + system) / 1000 < 1000);
});

test('no hash and no password is in what is told, nor in the lines that are shown', t => {
	const hashes = [
		'$2y$10$abcdefghijklmnopqrstuv',
		'$apr1$abcdefg$hijklmn',
		HASH.replace('$6$', '$6$rounds=999999$'),
		'correct horse battery',
	];
	for (const hash of hashes) {
		const texts = [
			route('path: /a', `access: {basic: {users: {ann: "${hash}", bob: "${hash}"}}}`),
			route('path: /a', 'access:', '  basic:', '    users:', `      ann: ${hash}`, `      bob: "${hash}"`),
			// The mistake is another one, and the hash stands beside it.
			route('path: /a', 'acces: {}', 'access:', '  basic:', '    users:', `      ann: ${hash}`),
		];
		for (const text of texts) {
			const refusal = refusalOf(text);
			const shown = (refusal?.excerpts ?? []).map(({data}) => new TextDecoder().decode(data)).join('');

			t.is(shown.split('\n').length, text.split('\n').length);
			t.regex(shown, /users:\s+\{?ann: \*+/);
			t.regex(shown, /path: \/a/);
			t.false(`${refusal?.message} ${shown}`.includes(hash.slice(8, 16)), shown);
		}
	}
});

const networks: Readonly<Record<string, string>> = {
	'192.0.2.1': '192.0.2.1/32',
	'0.0.0.0/0': '0.0.0.0/0',
	'2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1/128',
	'::': '::/128',
	'::1/128': '::1/128',
	'fe80::/10': 'fe80::/10',
	'1:0:0:2:0:0:0:3/128': '1:0:0:2::3/128',
	'2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1/128',
};

test('a network has one form, whatever it was written like', t => {
	for (const [text, network] of Object.entries(networks)) {
		t.deepEqual(readNetwork(text), {network});
		t.deepEqual(readNetwork(network), {network});
	}
});

test('what is no network is none, and is told in one way', t => {
	const none = [
		'',
		'/',
		'10.0.0.0/33',
		'10.0.0/8',
		'010.0.0.1',
		'1.2.3.4/08',
		'::1::',
		':::',
		'1:2',
		'1:2:3:4:5:6:7:8:9',
		'::g',
		'10.0.0.0/8/8',
		'1.2.3.4 ',
		'all',
		'::/129',
		'1:2:3:4:5:6:7::8:9',
		'[::1]',
		`${'1'.repeat(100)}`,
	];
	for (const text of none) {
		t.true('problem' in readNetwork(text), text);
	}

	t.deepEqual(readNetwork('::ffff:10.0.0.1'), {
		problem: 'is a network such as 192.0.2.0/24 or 2001:db8::/32',
	});
	t.regex(JSON.stringify(readNetwork('::ffff:a00:1')), /in the clothes of IPv6/);
});
