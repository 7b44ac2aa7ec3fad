import test from 'ava';
import {buildRequestOf} from '../../frontend/build-request.ts';
import {readOptions} from '../../frontend/options.ts';
import {heldIn, isTold, MAX_CONTENT_BYTES} from '../../frontend/rules/secret/file-contents.ts';

// What small files of a build context hold. All values here are made up.

const token = `npm_${'a1B2'.repeat(9)}`;
const body = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC'.repeat(3);
const key = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
const certificate = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`;

function held(path: string, text: string): string {
	const found = heldIn(path, new TextEncoder().encode(text));
	return found === undefined ? 'by name' : found === 'nothing' ? found : `${found.title} (${found.tier})`;
}

const cases: readonly (readonly [path: string, text: string, expected: string])[] = [
	['tls/server.pem', key, 'a private key (T1)'],
	['tls/ca.pem', `# root\n${certificate}${certificate}`, 'nothing'],
	['tls/both.pem', certificate + key, 'a private key (T1)'],
	['jwt.key', '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n', 'nothing'],
	['jwt.key', 'c2VjcmV0', 'by name'],
	['enc.key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n', 'by name'],
	['.npmrc', 'registry=https://npm.example.com/\nalways-auth=true\n', 'nothing'],
	['.npmrc', '//npm.example.com/:_authToken=${NPM_TOKEN}\n', 'nothing'],
	['.npmrc', `//registry.npmjs.org/:_authToken=${token}\n`, 'an npm token (T1)'],
	['.npmrc', '//npm.example.com/:_authToken=3f9a1c77b2\n', 'a login for npm (T1)'],
	['.env', 'NODE_ENV=production\nPORT=3000\nexport LOG_LEVEL="debug"\n', 'nothing'],
	['.env', 'DB_PASSWORD=tr0ub4dor\n', 'by name'],
	['.env.local', 'DATABASE_URL=postgres://app:3f9a1c77@db/app\n', 'by name'],
	['.env', '# DB_PASSWORD=tr0ub4dor\nDB_PASSWORD=\nDB_TOKEN=changeme\n', 'nothing'],
	['.docker/config.json', '{"auths": {"a": {}}, "credsStore": "desktop"}', 'nothing'],
	['.docker/config.json', '{"auths": {"a": {"auth": "YTpi"}}}', 'a registry login (T1)'],
	['.pypirc', '[pypi]\nusername = __token__\n', 'nothing'],
	['config.json', '{"port": 3000}', 'nothing'],
	['config.json', `{"token": "${token}"}`, 'an npm token (T1)'],
	['id_rsa', '', 'nothing'],
	['id_rsa', 'something else', 'by name'],
	['server.key', `a\0${key}`, 'by name'],
	['server.key', key + ' '.repeat(MAX_CONTENT_BYTES), 'by name'],
];

for (const [path, text, expected] of cases) {
	test(`${path} with ${JSON.stringify(text.slice(0, 40))}: ${expected}`, t => {
		t.is(held(path, text), expected);
	});
}

test('what is sealed, or says nothing by its name, is not looked into', t => {
	t.deepEqual(['app.p12', 'store.jks', 'src/app.ts', 'config.json', '.npmrc', 'a/b/.env'].filter(isTold), [
		'config.json',
		'.npmrc',
		'a/b/.env',
	]);
});

test('hostile files are looked at in little time', t => {
	const parts = [
		'eyJaaaaaaaaaaa.',
		'https://a:',
		'-----BEGIN PRIVATE KEY-----',
		'A_TOKEN=',
		'":',
		'AccountKey=',
		'xoxb-1-',
		'=',
	];
	const started = performance.now();
	for (const part of parts) {
		const bytes = new TextEncoder().encode(part.repeat(MAX_CONTENT_BYTES).slice(0, MAX_CONTENT_BYTES));
		for (const path of ['.env', '.npmrc', 'a.pem', 'config.json', '.docker/config.json']) {
			heldIn(path, bytes);
		}
	}

	t.true(performance.now() - started < 5000, `${performance.now() - started} ms`);
});

test('a credential in a label of the command line is told by its kind and not by its value', t => {
	const request = buildRequestOf(
		readOptions({
			BUILDKIT_FRONTEND_OPT_0: `label:deploy=${token}`,
			BUILDKIT_FRONTEND_OPT_1: 'label:team=shop',
		}),
	);

	t.deepEqual(request.labels, ['deploy', 'team']);
	t.deepEqual(request.heldByLabels, [{key: 'deploy', title: 'an npm token', tier: 'T1'}]);
	t.false(JSON.stringify(request).includes(token));
});
