import {readFileSync} from 'node:fs';
import test, {type ExecutionContext} from 'ava';
import fc from 'fast-check';
import {FrontendError} from '../../frontend/error.ts';
import {noSettings} from '../../frontend/project/no-settings.ts';
import {noProject} from '../../frontend/project.ts';
import {readProject} from '../../frontend/read-project.ts';
import {strengthen} from '../../frontend/strengthen.ts';
import {PolicyError} from '../../policies/error.ts';
import {parseBundle} from '../../policies/parse-bundle.ts';

const baseline = parseBundle(
	readFileSync(new URL('../../policies/bundles/baseline.yaml', import.meta.url), 'utf8'),
	'baseline.yaml',
);

const FILE = '.sallyport.yaml';

/** The refusal of a project file. */
function refused(t: ExecutionContext, text: string): FrontendError {
	const error = t.throws(() => readProject(text, FILE), {instanceOf: FrontendError});
	t.is(error.code, 'FRONTEND_BAD_PROJECT');
	return error;
}

test('an empty file, and one of comments, say nothing', t => {
	t.deepEqual(readProject('', FILE), noProject);
	t.deepEqual(readProject('# nothing yet\n', FILE), noProject);
});

test('every key is read', t => {
	const project = readProject(
		`policy: baseline
facts:
  port: 3000
  health: /healthz
  hosts: [api.example.com, localhost]
  writable: [/app/data]
proxy: nginx
limits: {body: 512k, rate: 5, burst: 10, connections: 3}
listeners: {https: 9443, redirect: 9080}
headers: {csp: "default-src 'self'", hsts: 31536000}
rules:
  image-user-non-root: {enforcement: error, fix: auto}
rewrites: {off: [merged-runs, cache-mounts]}
waivers:
  - control: base-no-mutable-tag
    reason: The vendor publishes no versions.
`,
		FILE,
	);

	const {lines, ...rest} = project;
	t.is(lines.get('facts.writable'), 6);
	t.deepEqual(rest, {
		file: FILE,
		policy: 'baseline',
		facts: {port: 3000, health: '/healthz', hosts: ['api.example.com', 'localhost'], writable: ['/app/data']},
		proxy: 'nginx',
		limits: {bodyBytes: 524_288, requestsPerSecond: 5, burst: 10, connections: 3},
		settings: noSettings,
		routes: [],
		upstreams: [],
		pages: {errors: []},
		listeners: {https: 9443, redirect: 9080, metrics: undefined},
		headers: {
			csp: {value: "default-src 'self'", isReportOnly: false},
			hsts: {seconds: 31_536_000, subdomains: false, preload: false},
			set: [],
			removed: [],
		},
		rules: [{id: 'image-user-non-root', level: 'error', fix: 'auto', line: 12}],
		switchedOff: ['merged-runs', 'cache-mounts'],
		waivers: [{control: 'base-no-mutable-tag', reason: 'The vendor publishes no versions.', line: 15}],
	});
});

const mistakes: Readonly<Record<string, readonly [text: string, place: string, words: RegExp]>> = {
	'an unknown key': [
		'policy: baseline\nfact: {}\n',
		'2:1',
		/"fact" is not a key here; use policy, facts, proxy/,
	],
	'an unknown key below': [
		'facts:\n  prot: 1\n',
		'2:3',
		/"prot" is not a key of facts; use port, health, hosts, writable/,
	],
	'a folder of the system': [
		'facts: {writable: [/etc/app]}\n',
		'1:20',
		/facts\.writable\.0 is a folder such as \/app\/data/,
	],
	'a folder with a way up': ['facts: {writable: [/app/../etc]}\n', '1:20', /facts\.writable\.0 is a folder/],
	'a port out of range': ['facts: {port: 70000}\n', '1:15', /facts\.port is a whole number from 1 to 65535/],
	'a port that is text': ['facts: {port: "80"}\n', '1:15', /facts\.port is a whole number/],
	'a path without a slash': [
		'facts: {health: healthz}\n',
		'1:17',
		/facts\.health is a path such as \/healthz/,
	],
	'a path with a line break': ['facts: {health: "/a\\nb"}\n', '1:17', /facts\.health is a path/],
	'a path that would end a directive': ['facts: {health: "/a b"}\n', '1:17', /facts\.health is a path/],
	'a host in upper case': ['facts: {hosts: [Example.com]}\n', '1:17', /host name in lower case/],
	'a host that is no text': ['facts: {hosts: [1]}\n', '1:17', /host name/],
	'a proxy nobody knows': ['proxy: apache\n', '1:8', /proxy is one of nginx, traefik, none/],
	'a size without sense': ['limits: {body: 10mb}\n', '1:16', /limits\.body is a size from 1 to 1g/],
	'a size too large': ['limits: {body: 2g}\n', '1:16', /limits\.body is a size/],
	'a rate of zero': ['limits: {rate: 0}\n', '1:16', /limits\.rate is a whole number from 1/],
	'an unknown control': ['rules:\n  no-such-control: {}\n', '2:3', /"no-such-control" is not a control/],
	'a control of the prototype': ['rules:\n  constructor: {}\n', '2:3', /"constructor" is not a control/],
	'a level nobody knows': [
		'rules:\n  base-no-mutable-tag: {enforcement: fatal}\n',
		'2:38',
		/enforcement is one of off, info, warn, error/,
	],
	'a waiver without a reason': [
		'waivers:\n  - control: base-no-mutable-tag\n',
		'2:5',
		/waivers\.0\.reason is a sentence/,
	],
	'a waiver of nothing': ['waivers:\n  - {control: none, reason: x}\n', '2:15', /names a control/],
	'a list in place of a mapping': ['- policy\n', '1:1', /the project file is a mapping/],
	'a scalar in place of a mapping': [
		'facts: 3000\n',
		'1:8',
		/facts is a mapping with the keys port, health, hosts/,
	],
	'a repair that there is not': [
		'rewrites:\n  off: [merge-runs]\n',
		'2:9',
		/rewrites\.off: there is no repair called "merge-runs"; did you mean merged-runs\?/,
	],
	'a rule that repairs nothing': [
		'rewrites: {off: [no-secret-names, no-deleted-bytes]}\n',
		'1:35',
		/the rule no-deleted-bytes repairs nothing/,
	],
	'broken YAML': ['facts: {port: 1\n', '2:1', /this is not YAML/],
	'a key that comes twice': [
		'proxy: none\nproxy: nginx\n',
		'2:1',
		/^\S+ "\w+" comes twice, and keys are unique/,
	],
	'an alias': ['facts: &a {port: 1}\nlimits: *a\n', '2:9', /aliases and tags are not read/],
	'a tag': ['facts: !include x\n', '1:17', /aliases and tags are not read/],
	'two documents': ['proxy: none\n---\nproxy: nginx\n', '2:1', /this is not YAML/],
	'brackets without end': ['['.repeat(5000), '1:1', /nested more than/],
	'dashes without end': [`${'- '.repeat(5000)}x`, '1:1', /nested more than/],
};

for (const [name, [text, place, words]] of Object.entries(mistakes)) {
	test(`${name} is one sentence with its place`, t => {
		const {message, excerpts} = refused(t, text);

		t.true(message.startsWith(`${FILE}:${place}: `), message);
		t.regex(message, words);
		t.false(message.includes('\n'));
		t.deepEqual(excerpts[0]?.ranges, [
			{line: Number(place.split(':')[0]), endLine: Number(place.split(':')[0])},
		]);
	});
}

test('a file of more than 64 KiB is not read', t => {
	const {message} = refused(t, `# ${'x'.repeat(70_000)}\n`);

	t.regex(message, /is 70003 bytes long; a project file has at most 65536/);
});

test('whatever the file holds, it is read or refused with a place', t => {
	const token = fc.constantFrom(
		...[
			'facts',
			'rules',
			'waivers',
			'port',
			':',
			': ',
			'\n',
			'  ',
			'- ',
			'{',
			'}',
			'[',
			']',
			'*a',
			'&a',
			'!x',
			'"',
			"'",
			'|',
			'>',
			'#',
			'?',
			'80',
			'\t',
			',',
		],
		'base-no-mutable-tag',
	);
	fc.assert(
		fc.property(
			fc.oneof(
				fc.string({unit: 'binary'}),
				fc.array(token, {maxLength: 40}).map(parts => parts.join('')),
			),
			text => {
				try {
					readProject(text, FILE);
				} catch (error) {
					if (!(error instanceof FrontendError) || !/^\.sallyport\.yaml:\d+:\d+: /.test(error.message)) {
						throw error;
					}
				}
			},
		),
		{numRuns: 1000},
	);
	t.pass();
});

test('a repository makes rules stricter, and tiers with them', t => {
	const project = readProject(
		'rules:\n  secret-no-env: {enforcement: error}\n  image-user-non-root: {fix: auto}\n',
		FILE,
	);

	const {settings, document} = strengthen(baseline, project);

	t.deepEqual(settings['secret-no-env'], {
		level: 'error',
		fix: 'suggest',
		tiers: {T1: 'error', T2: 'error'},
		params: {},
	});
	t.deepEqual(settings['image-user-non-root'], {level: 'warn', fix: 'auto', tiers: {}, params: {}});
	t.deepEqual(settings['base-no-mutable-tag'], baseline.settings['base-no-mutable-tag']);
	t.is(document, baseline.document, 'the digest is of what was approved');
});

test('a rule that repeats the bundle leaves its tiers alone', t => {
	const project = readProject('rules:\n  secret-no-env: {enforcement: warn}\n', FILE);

	t.deepEqual(strengthen(baseline, project).settings['secret-no-env'], baseline.settings['secret-no-env']);
});

const weakenings: Readonly<Record<string, readonly [text: string, line: number, words: RegExp]>> = {
	'a lower level': [
		'rules:\n  base-no-mutable-tag: {enforcement: info}\n',
		2,
		/asks for "enforcement: info", but the bundle baseline says warn/,
	],
	'switching a rule off': [
		'rules:\n  proxy-config-valid: {enforcement: "off"}\n',
		2,
		/"enforcement: off".*says error/,
	],
	'switching a repair off': [
		'rules:\n\n  base-digest-pinned: {fix: never}\n',
		3,
		/asks for "fix: never", but the bundle baseline says auto/,
	],
};

for (const [name, [text, line, words]] of Object.entries(weakenings)) {
	test(`${name} is refused with its line`, t => {
		const project = readProject(text, FILE);

		const error = t.throws(() => strengthen(baseline, project), {instanceOf: PolicyError});

		t.is(error.code, 'POLICY_WEAKENED');
		t.is(error.line, line);
		t.true(error.message.startsWith(`${FILE}:${line}: `));
		t.regex(error.message, words);
	});
}
