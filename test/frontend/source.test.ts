import test from 'ava';
import {buildRequestOf} from '../../frontend/build-request.ts';
import {readOptions} from '../../frontend/options.ts';
import {ignoringOf} from '../../frontend/rules/ignore-file.ts';
import {imageFactsOf} from '../../frontend/source/image-facts.ts';
import {ignoreFileOf, type Sources} from '../../frontend/source/read.ts';

function factsOf(image: unknown) {
	return imageFactsOf(new TextEncoder().encode(JSON.stringify(image)));
}

test('what an image says of itself is told field by field', t => {
	const facts = factsOf({
		created: '2026-01-02T03:04:05.123456789Z',
		architecture: 'arm64',
		os: 'linux',
		variant: 'v8',
		config: {
			User: '65532:65532',
			Env: ['PATH=/usr/bin', 'A=b=c', 'EMPTY=', '__proto__=x'],
			Entrypoint: ['/entry'],
			Cmd: ['serve'],
			Labels: {maintainer: 'someone'},
			Volumes: {'/data': {}},
			WorkingDir: '/app',
			StopSignal: 'SIGQUIT',
			OnBuild: ['COPY . /app'],
			ExposedPorts: {'80/tcp': {}, '53/udp': {}, '443': {}},
			Healthcheck: {Test: ['CMD', 'true']},
		},
	});

	t.deepEqual(
		{...facts, env: Object.entries(facts.env ?? {})},
		{
			user: '65532:65532',
			hasHealthcheck: true,
			exposedPorts: [443, 80],
			entrypoint: ['/entry'],
			cmd: ['serve'],
			env: [
				['PATH', '/usr/bin'],
				['A', 'b=c'],
				['EMPTY', ''],
				['__proto__', 'x'],
			],
			labels: {maintainer: 'someone'},
			volumes: ['/data'],
			workdir: '/app',
			onBuild: ['COPY . /app'],
			stopSignal: 'SIGQUIT',
			platform: 'linux/arm64/v8',
			created: '2026-01-02T03:04:05.123456789Z',
		},
	);
});

test('an image without a configuration has none of these, and says so', t => {
	t.deepEqual(factsOf({config: null}), {
		user: '',
		hasHealthcheck: false,
		exposedPorts: [],
		entrypoint: [],
		cmd: [],
		env: {},
		labels: {},
		volumes: [],
		workdir: '',
		onBuild: [],
	});
});

test('hostile values are dropped one by one', t => {
	const facts = factsOf({
		created: 'yesterday\n',
		architecture: 'amd64; rm',
		os: 'linux',
		config: {
			User: {toString: 'root'},
			Env: [7, 'NOEQUALS', '=x', `LONG=${'x'.repeat(5000)}`, 'NUL=\0', 'OK=1'],
			Entrypoint: 'sh',
			Cmd: [['nested'], 'ok'],
			Labels: {a: 1, b: 'two'},
			Volumes: ['/not-a-map'],
			WorkingDir: 5,
			StopSignal: '',
			ExposedPorts: {'99999999999/tcp': {}, '70000': {}, '80; drop': {}},
			Healthcheck: {Test: 'CMD true'},
		},
	});

	t.deepEqual(facts, {
		user: '',
		hasHealthcheck: false,
		exposedPorts: [],
		entrypoint: [],
		cmd: ['ok'],
		env: {OK: '1'},
		labels: {b: 'two'},
		volumes: [],
		workdir: '',
		onBuild: [],
	});
});

test('of a configuration that is no JSON, or is too large, nothing is known', t => {
	t.deepEqual(imageFactsOf(undefined), {});
	t.deepEqual(imageFactsOf(new TextEncoder().encode('[1')), {});
	t.deepEqual(imageFactsOf(new TextEncoder().encode('[]')), {});
	t.deepEqual(imageFactsOf(new TextEncoder().encode(`{"a":"${'x'.repeat(5_000_000)}"}`)), {});
	t.is(factsOf({config: {Env: Array.from({length: 5000}, (_, i) => `A${i}=1`)}}).cmd?.length, 0);
	t.is(
		Object.keys(factsOf({config: {Env: Array.from({length: 5000}, (_, i) => `A${i}=1`)}}).env ?? {}).length,
		1000,
	);
});

test('what the command line asks of a build is told from its options', t => {
	const opts = {
		'attest:sbom': '',
		'attest:provenance': 'mode=max',
		'label:team': 'shop',
		platform: 'linux/arm64,linux/amd64',
		'vcs:source': 'https://example.com/shop.git',
		'vcs:revision': 'abc',
	};
	const environment = Object.fromEntries(
		Object.entries(opts).map(([key, value], at) => [`BUILDKIT_FRONTEND_OPT_${at}`, `${key}=${value}`]),
	);

	t.deepEqual(buildRequestOf(readOptions(environment)), {
		attests: {sbom: '', provenance: 'mode=max'},
		labels: ['team'],
		platform: 'linux/arm64',
		source: 'https://example.com/shop.git',
		revision: 'abc',
	});
});

test('an attestation that is switched off is none', t => {
	const {attests} = buildRequestOf(readOptions({BUILDKIT_FRONTEND_OPT_0: 'attest:provenance=disabled=true'}));

	t.deepEqual(attests, {});
});

test('the ignore file that counts is the one beside the Dockerfile, and none counts for a context from elsewhere', t => {
	const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
	const sources: Sources = {
		filename: 'app/Dockerfile',
		dockerfile: bytes('FROM scratch'),
		ignoreFile: undefined,
		contextIgnoreFile: undefined,
		project: undefined,
		context: undefined,
		inputs: {},
		vertex: '',
	};

	t.deepEqual(ignoreFileOf(sources), {name: '.dockerignore', text: undefined});
	t.deepEqual(ignoreFileOf({...sources, contextIgnoreFile: bytes('.git')}), {
		name: '.dockerignore',
		text: '.git',
	});
	t.deepEqual(ignoreFileOf({...sources, ignoreFile: bytes('.env'), contextIgnoreFile: bytes('.git')}), {
		name: 'app/Dockerfile.dockerignore',
		text: '.env',
	});
	t.is(ignoreFileOf({...sources, context: bytes('')}), undefined);
	t.is(ignoreFileOf({...sources, inputs: {context: bytes('')}}), undefined);
});

test('an ignore file is read as Docker reads it: the last pattern decides, and folders take their files along', t => {
	const ignores = ignoringOf(
		'# keys\n*.pem\n**/node_modules\nsecrets\n!secrets/public\n/.git/\n  docs/*.md \n',
	);

	t.deepEqual(
		[
			'a.pem',
			'x/a.pem',
			'a/node_modules/b/c',
			'secrets/key',
			'secrets/public/a',
			'.git/config',
			'docs/a.md',
			'docs/b/a.md',
		].map(path => ignores(path)),
		[true, false, true, true, false, true, true, false],
	);
	t.true(ignoringOf('[ab].txt')('a.txt'));
	t.is(ignoringOf('[[:alpha:]].txt')('a.txt'), undefined, 'a pattern that is not understood is not guessed');
	t.true(ignoringOf('\uFEFF.git\r\n.env\r\n')('.env'));
});
