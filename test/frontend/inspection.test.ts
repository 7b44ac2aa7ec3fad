import test from 'ava';
import fc from 'fast-check';
import {examine, openDockerfile} from '../../frontend/examine.ts';
import {hardeningLines} from '../../frontend/hardening.ts';
import {type Inspection, readInspection} from '../../frontend/inspection.ts';
import {noProject} from '../../frontend/project.ts';
import type {ImageFacts} from '../../frontend/rules/rule.ts';
import {builtIn} from '../helpers/bundle.ts';

const hardened = builtIn('hardened');
const AMD64 = [{os: 'linux', architecture: 'amd64'}];
const none = {count: 0, paths: []};
const clean: Inspection = {
	platform: 'linux/amd64',
	files: 10,
	bytes: 100,
	unread: 0,
	os: {id: 'debian', version: '12'},
	packages: {dpkg: 1, apk: 0, npm: 0, python: 0, hasRpm: false},
	setuid: none,
	worldFiles: none,
	worldFolders: none,
	shells: none,
	managers: none,
	compilers: none,
	ssh: none,
	git: none,
	credentials: {count: 0, found: []},
	user: '1000',
	isUserKnown: false,
	history: [],
};

interface Given {
	readonly facts?: ImageFacts;
	readonly inspection?: Inspection;
	readonly writable?: readonly string[];
	readonly epoch?: string;
	readonly bundle?: string;
}

function look(
	text: string,
	{facts = {}, inspection, writable = [], epoch, bundle: name = 'hardened'}: Given = {},
) {
	const bundle = name === 'hardened' ? hardened : builtIn(name);
	const opened = openDockerfile({
		file: 'Dockerfile',
		bytes: new TextEncoder().encode(text),
		target: undefined,
		buildArgs: new Map(epoch === undefined ? [] : [['SOURCE_DATE_EPOCH', epoch]]),
		contexts: new Set(),
	});
	const images = new Map(opened.refs.map(ref => [ref, facts]));
	const examined = examine(opened, {
		bundle,
		project: {...noProject, facts: {...noProject.facts, writable}},
		images,
		proxy: 'none',
		isOffline: false,
		contextFiles: [],
		today: '2026-11-01',
		inspection,
	});
	const repaired = openDockerfile({...opened, bytes: examined.bytes, target: examined.targetName});
	const how = {opened: repaired, fixes: examined.fixes, images, bundle};
	return {
		lines: hardeningLines({...how, platforms: AMD64}),
		elsewhere: hardeningLines({...how, platforms: [{os: 'linux', architecture: 's390x'}]}),
		resultsOf: (rule: string) =>
			examined.findings.filter(each => each.rule === rule).map(({result}) => result),
		messages: examined.findings.map(({message}) => message).join('\n'),
	};
}

function wordsOf(lines: readonly string[]): readonly string[] {
	const run = lines.find(line => line.startsWith('RUN ')) ?? '';
	return JSON.parse(run.slice(run.indexOf('['))) as string[];
}

test('one run as root goes over the image, and its user is the same afterwards', t => {
	const {lines} = look('FROM debian:12\nUSER node\nCMD ["a"]\n');
	t.is(lines.length, 3);
	t.is(lines[0], 'USER 0:0');
	t.regex(
		lines[1] ?? '',
		/^RUN --network=none --mount=type=bind,from=sallyport-tool,target=\/dev\/\.sallyport \["/,
	);
	t.is(lines[2], 'USER node');
	t.true(['--setuid', '--slim', '--caches', '--world'].every(word => wordsOf(lines).includes(word)));
});

test("the base's own user comes back, too, and root needs no change", t => {
	const pinned = {user: 'app', digest: `sha256:${'a'.repeat(64)}`};
	t.is(look('FROM example/app:1\nCMD ["a"]\n', {facts: {user: 'app'}}).lines.at(-1), 'USER app');
	t.is(look('FROM example/app:1\nCMD ["a"]\n', {facts: pinned}).lines.at(-1), 'USER app');
	const {lines} = look('FROM example/app:1\nCMD ["gosu", "a"]\n');
	t.is(lines.length, 1);
});

test('a user that is a variable nobody knows, or holds more than a name, is left as it is', t => {
	t.deepEqual(look('FROM debian:12\nARG WHO\nUSER $WHO\nCMD ["a"]\n').lines, []);
	t.deepEqual(look('FROM debian:12\nUSER me@home\nCMD ["a"]\n').lines, []);
});

test('nothing is gone over where a bundle does not want it, or for a processor that our program is not made for', t => {
	t.deepEqual(look('FROM debian:12\nCMD ["a"]\n', {bundle: 'baseline'}).lines, []);
	t.deepEqual(look('FROM debian:12\nCMD ["a"]\n').elsewhere, []);
	t.deepEqual(look('FROM debian:12\nCMD ["a"]\n', {facts: {platform: 'windows/amd64'}}).lines, []);
	const windows = {facts: {platform: 'windows/amd64'}};
	t.deepEqual(look('FROM example/app:1\nUSER ContainerUser\nCMD ["a"]\n', windows).lines, []);
});

test('the new user gets volumes, what the project names and what the base is known to write', t => {
	const text = 'FROM nginx:1\nWORKDIR /srv/app\nVOLUME ["/data", "/with space"]\nVOLUME /more /again\n';
	const words = wordsOf(look(text, {facts: {volumes: ['/base']}, writable: ['/srv/state']}).lines);
	t.deepEqual(
		words.filter(word => word.startsWith('--own=')),
		['--own=/srv/state', '--own=/base', '--own=/data', '--own=/more', '--own=/again'],
	);
	for (const path of ['/var/cache/nginx', '/run', '/srv/app/data', '/srv/app/uploads']) {
		t.true(words.includes(`--own-if=${path}`), path);
	}
});

test("an image without a working folder gives away none of the system's own", t => {
	for (const facts of [{}, {workdir: ''}, {workdir: '/'}]) {
		const words = wordsOf(look('FROM example/app:1\n', {facts}).lines);
		t.deepEqual(
			words.filter(word => word.startsWith('--own')),
			[],
		);
	}
});

test('what is only for a while stays where the image uses it', t => {
	t.true(wordsOf(look('FROM debian:12\nENV TMPDIR=/tmp/x\nCMD ["a"]\n').lines).includes('--keep=/tmp'));
	t.true(wordsOf(look('FROM debian:12\nRUN mkdir /tmp/x\nCMD ["a"]\n').lines).includes('--keep=/tmp'));
	t.false(wordsOf(look('FROM debian:12\nRUN make -C /tmp\nCMD ["a"]\n').lines).includes('--keep=/tmp'));
});

test('SOURCE_DATE_EPOCH is handed on when it is a number', t => {
	t.true(
		wordsOf(look('FROM debian:12\nCMD ["a"]\n', {epoch: '1700000000'}).lines).includes('--epoch=1700000000'),
	);
	t.false(
		wordsOf(look('FROM debian:12\nCMD ["a"]\n', {epoch: '1 --keep=/'}).lines).some(word =>
			word.startsWith('--epoch'),
		),
	);
});

test('what the image answers is not open any more, and what nobody looked into is', t => {
	const text = 'FROM debian:12\nUSER 1000\nCMD ["a"]\n';
	t.deepEqual(look(text, {inspection: clean, bundle: 'baseline'}).resultsOf('no-setuid-files'), ['pass']);
	t.deepEqual(
		look(text, {inspection: {...clean, unread: 1}, bundle: 'baseline'}).resultsOf('no-setuid-files'),
		['not-evaluated'],
	);
	t.deepEqual(look(text, {bundle: 'baseline'}).resultsOf('no-setuid-files'), ['not-evaluated']);
	t.deepEqual(look(text, {inspection: clean}).resultsOf('no-setuid-files'), ['fixed', 'pass']);
});

test('what the image holds fails the rule that asks for it', t => {
	const bad = {count: 9, paths: ['/usr/bin/a', '/usr/bin/b\u001b[2J', '/c', '/d']};
	const inspection: Inspection = {
		...clean,
		os: {id: 'debian', version: '9'},
		setuid: bad,
		ssh: bad,
		compilers: bad,
		git: bad,
		credentials: {count: 1, found: [{path: '/app/key', kind: 'private-key', length: 100}]},
		user: 'nobody-here',
		history: [{where: 'a label', title: 'a GitHub token', tier: 'T1'}],
	};
	const {resultsOf, messages} = look('FROM debian:12\nUSER nobody-here\nCMD ["a"]\n', {inspection});
	for (const rule of [
		'no-setuid-files',
		'no-ssh-server',
		'split-build',
		'context-ignored',
		'supported-base',
		'no-secret-files',
		'known-user',
		'no-credentials-in-history',
	]) {
		t.true(resultsOf(rule).includes('fail'), rule);
	}

	t.regex(messages, /"\/usr\/bin\/a", "\/usr\/bin\/b\\u001b\[2J", "\/c" and 6 more\./);
	t.false(messages.includes('\u001b'));
});

test('a report is data about an enemy: anything is read, and nothing of it is believed unchecked', t => {
	t.is(readInspection(new TextEncoder().encode('{'), {}, 'linux/amd64'), undefined);
	t.is(readInspection(new TextEncoder().encode('{"version":2}'), {}, 'linux/amd64'), undefined);
	fc.assert(
		fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
			const report = {
				version: 1,
				setuid: a,
				os: b,
				packages: a,
				credentials: {count: -1, found: [a, b]},
				files: b,
			};
			const read = readInspection(new TextEncoder().encode(JSON.stringify(report)), a, 'linux/amd64');
			const numbers = [read?.files, read?.bytes, read?.setuid.count, read?.credentials.count];
			return (
				numbers.every(each => Number.isSafeInteger(each) && Number(each) >= 0) &&
				typeof read?.os.id === 'string'
			);
		}),
	);
});

test('labels, variables and steps of the configuration are looked through for credentials', t => {
	const token = ['gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
	const image = {
		config: {Labels: {a: token}, Env: ['PATH=/bin', `T=${token}`], User: 'app'},
		history: [{created_by: 'x'}, {created_by: `RUN |1 T=${token}`}],
	};
	const read = readInspection(new TextEncoder().encode('{"version":1}'), image, 'linux/amd64');
	t.deepEqual(
		read?.history.map(({where}) => where),
		['step 2 of the history', 'a label', 'a variable of the environment'],
	);
	t.is(read?.user, 'app');
	t.false(JSON.stringify(read).includes(token));
});
