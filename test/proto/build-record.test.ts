import test from 'ava';
import fc from 'fast-check';
import {type BuildRecord, readBuildRecord, sealBuildRecord} from '../../proto/build-record.ts';
import {digestOf} from '../../proto/digest.ts';

const record: BuildRecord = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('a'), builtDigest: digestOf('b')},
	verdict: 'pass',
	controls: [{control: 'base-digest-pinned', result: 'fixed', level: 'warn'}],
	findings: [
		{rule: 'pinned-base', control: 'base-digest-pinned', result: 'fixed', level: 'warn', line: 1},
		{rule: 'x-own', result: 'fail', level: 'info', tier: 'T2'},
	],
	repairs: [{rule: 'pinned-base', title: 'pinned to sha256:…', line: 1}],
	bases: [{reference: 'node:24', digest: digestOf('node')}, {reference: 'debian:$V'}],
	proxy: {image: 'sallyport/proxy-nginx:1', configDigest: digestOf('config')},
	inspection: {
		platform: 'linux/amd64',
		files: 6474,
		bytes: 212_374_141,
		unread: 0,
		packages: {dpkg: 88, apk: 0, npm: 144, python: 0},
		setuid: 11,
		worldWritable: 0,
		shells: 4,
		packageManagers: 3,
		compilers: 0,
		credentials: 0,
	},
};

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('what is sealed is read again, and its digest is that of its bytes', t => {
	const {bytes, digest} = sealBuildRecord(record);

	t.deepEqual(readBuildRecord(bytes), record);
	t.is(digest, digestOf(bytes));
	const {proxy: _, inspection: __, ...without} = record;
	t.deepEqual(readBuildRecord(sealBuildRecord(without).bytes), without);
});

const wrong: Readonly<Record<string, readonly [string, unknown]>> = {
	'another version': ['version', {...record, version: 2}],
	'no policy digest': ['policy', {...record, policy: {name: 'baseline'}}],
	'a verdict that is none': ['verdict', {...record, verdict: 'fine'}],
	'a control with a line break': [
		'controls',
		{...record, controls: [{control: 'a\nb', result: 'pass', level: 'warn'}]},
	],
	'a result that is none': ['findings', {...record, findings: [{rule: 'a', result: 'ok', level: 'warn'}]}],
	'a line before the first': [
		'findings',
		{...record, findings: [{rule: 'a', result: 'fail', level: 'warn', line: 0}]},
	],
	'twenty thousand and one findings': [
		'findings',
		{...record, findings: Array.from({length: 20_001}, () => ({rule: 'a', result: 'fail', level: 'warn'}))},
	],
	'a base of another algorithm': ['bases', {...record, bases: [{reference: 'a', digest: 'sha1:00'}]}],
	'a count below zero': ['inspection', {...record, inspection: {...record.inspection, setuid: -1}}],
	'an inspection without its packages': [
		'inspection',
		{...record, inspection: {...record.inspection, packages: {}}},
	],
	'a list': ['version', []],
	nothing: ['version', null],
};

for (const [title, [field, value]] of Object.entries(wrong)) {
	test(`a record with ${title} is refused by its field`, t => {
		t.throws(() => readBuildRecord(encode(value)), {
			code: 'PROTO_BAD_BUILD_RECORD',
			message: new RegExp(` ${field}$`),
		});
	});
}

test('bytes from anywhere are a record or a refusal, and nothing else', t => {
	fc.assert(
		fc.property(
			fc.oneof(
				fc.uint8Array(),
				fc.json().map(text => new TextEncoder().encode(text)),
			),
			bytes => {
				t.throws(() => readBuildRecord(bytes), {code: 'PROTO_BAD_BUILD_RECORD'});
			},
		),
	);
	t.throws(() => readBuildRecord(new Uint8Array(2 * 1024 * 1024 + 1)), {message: /larger than/});
});
