import {chmodSync, readFileSync, writeFileSync} from 'node:fs';
import {gzipSync, zstdCompressSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {readBuildGate} from '../../proto/build-gate.ts';
import {readSigned} from '../../proto/bundle.ts';
import {payloadOf} from '../../proto/envelope.ts';
import {paths} from '../../proto/labels.ts';
import {readStatement, type Statement} from '../../proto/statement.ts';
import {
	goodRecord,
	leftBehind,
	ociMembers,
	type Parts,
	savedMembers,
	writeFolder,
	writeTar,
} from '../helpers/image-archive.ts';
import {folderWith, typed} from '../helpers/typed.ts';

// A release job judges an image in an archive and signs the outcome. On an engine: test/attestation.test.ts.

const {label, files} = leftBehind(goodRecord);
const good: Parts = {
	label,
	layers: [{'/bin/app': Buffer.from('app')}, files, {'/etc/motd': Buffer.from('hi')}],
};

interface Job {
	readonly path: (name: string) => string;
	readonly key: string;
	readonly publicKey: string;
	attest(image: string, ...more: readonly string[]): ReturnType<typeof typed>;
}

async function job(t: ExecutionContext): Promise<Job> {
	const path = folderWith(t, {README: ''});
	await typed(['keys', 'new', '--name', 'ci', '--out', path('keys')]);
	const key = path('keys/ci.key');
	return {
		path,
		key,
		publicKey: path('keys/ci.pub'),
		attest: (image, ...more) => typed(['policy', 'attest', image, '--key', key, ...more]),
	};
}

function statementIn(file: string): Statement {
	return readStatement(payloadOf(readSigned(JSON.parse(readFileSync(file, 'utf8'))).dsseEnvelope));
}

function digestsIn(file: string): readonly string[] {
	return statementIn(file).subject.map(({digest}) => `sha256:${digest['sha256']}`);
}

test('an image of an OCI layout is judged, and what is signed verifies with the public key alone', async t => {
	const {path, publicKey, attest} = await job(t);
	const {members, config, manifest} = await ociMembers(good);
	await writeTar(path('image.tar'), members);
	const file = path('out.json');

	const {code, err} = await attest(path('image.tar'), '--output', file, '--name', 'registry.example/app:1.2');

	t.is(code, 0, err);
	t.deepEqual(digestsIn(file), [manifest, config]);
	t.is(statementIn(file).subject[0]?.name, 'registry.example/app:1.2');
	const {verdict, recorded} = readBuildGate(statementIn(file));
	t.is(verdict, 'pass');
	t.deepEqual(recorded, goodRecord);
	const verified = await typed(['log', 'verify', file, '--key', publicKey, '--type', 'build-gate']);
	t.is(verified.code, 0, verified.err);
	t.regex(verified.out, /in no log: when it was signed is its own word\. It says "pass"/);
	writeFileSync(path('other.pub'), (await otherKey(path)).pem);
	t.is((await typed(['log', 'verify', file, '--key', path('other.pub')])).code, 1);
});

async function otherKey(path: Job['path']): Promise<{readonly pem: string}> {
	await typed(['keys', 'new', '--name', 'other', '--out', path('others')]);
	return {pem: readFileSync(path('others/other.pub'), 'utf8')};
}

const shapes: Readonly<Record<string, (path: Job['path']) => Promise<string>>> = {
	'a folder': async path => writeFolder(path('layout'), (await ociMembers(good)).members),
	'layers in gzip': async path =>
		writeTar(path('a.tar'), (await ociMembers({...good, packed: layer => gzipSync(layer)})).members),
	'layers in zstd': async path =>
		writeTar(path('a.tar'), (await ociMembers({...good, packed: layer => zstdCompressSync(layer)})).members),
	'an index with attestations': async path =>
		writeTar(path('a.tar'), (await ociMembers({...good, isNested: true})).members),
	'what old engines save': async path => writeTar(path('a.tar'), await savedMembers(good)),
};

for (const [name, make] of Object.entries(shapes)) {
	test(`an image is read from ${name}`, async t => {
		const {path, attest} = await job(t);

		const {code, err} = await attest(await make(path), '--output', path('out.json'));

		t.is(code, 0, err);
		t.is(readBuildGate(statementIn(path('out.json'))).verdict, 'pass');
	});
}

test('the index above an image is a subject too: that is what a registry calls it by', async t => {
	const {path, attest} = await job(t);
	await writeTar(path('a.tar'), (await ociMembers({...good, isNested: true})).members);

	await attest(path('a.tar'), '--output', path('out.json'));

	const kinds = statementIn(path('out.json')).subject.map(({annotations}) => annotations?.digestKind);
	t.deepEqual(kinds, ['oci-index', 'oci-manifest', 'oci-config']);
});

test("SLSA's summary is signed beside it, and names the attestation that it sums up", async t => {
	const {path, publicKey, attest} = await job(t);
	await writeTar(path('a.tar'), (await ociMembers(good)).members);

	await attest(path('a.tar'), '--output', path('out.json'), '--summary', path('vsa.json'));

	const {predicate, predicateType} = statementIn(path('vsa.json'));
	t.is(predicateType, 'https://slsa.dev/verification_summary/v1');
	t.is(predicate['verificationResult'], 'PASSED');
	t.deepEqual(predicate['verifiedLevels'], ['SLSA_BUILD_LEVEL_UNEVALUATED']);
	t.is((await typed(['log', 'verify', path('vsa.json'), '--key', publicKey])).code, 0);
});

test('what does not pass is not signed, unless that is what is wanted', async t => {
	const {path, attest} = await job(t);
	const failed = leftBehind({
		...goodRecord,
		verdict: 'fail',
		controls: [{control: 'proxy-config-valid', result: 'fail', level: 'error'}],
		findings: [{rule: 'valid-plan', control: 'proxy-config-valid', result: 'fail', level: 'error', line: 2}],
	});
	await writeTar(path('a.tar'), (await ociMembers({label: failed.label, layers: [failed.files]})).members);

	const refused = await attest(path('a.tar'));
	const allowed = await attest(path('a.tar'), '--allow-fail', '--output', path('out.json'));

	t.is(refused.code, 1);
	t.is(refused.out, '');
	t.regex(
		refused.err,
		/did not pass the policy baseline \(fail\); nothing was signed\n {2}fail proxy-config-valid/,
	);
	t.is(allowed.code, 0);
	t.is(readBuildGate(statementIn(path('out.json'))).verdict, 'fail');
});

test('break-glass does not pass under any policy, and its ticket is told', async t => {
	const {path, attest} = await job(t);
	const bypassed = leftBehind({...goodRecord, bypass: {ticket: 'OPS-4711'}});
	await writeTar(
		path('a.tar'),
		(await ociMembers({label: bypassed.label, layers: [bypassed.files]})).members,
	);

	const {code, err} = await attest(path('a.tar'));

	t.is(code, 1);
	t.regex(err, /built by break-glass for OPS-4711/);
});

const other = leftBehind({...goodRecord, verdict: 'fail'});
const blobOf = (members: Map<string, Buffer>, part: string): string =>
	[...members].find(([name, content]) => name.startsWith('blobs/') && content.includes(part))?.[0] ?? '';

const bad: Readonly<Record<string, readonly [Partial<Parts>, RegExp]>> = {
	'an image of another frontend': [{label: undefined, layers: [{}]}, /has not the label .*put "# syntax=/],
	'a label without a contract': [
		{layers: [{'/bin/app': Buffer.from('x')}]},
		/has not the file \/etc\/sallyport/,
	],
	'a contract that is not the one of the label': [
		{layers: [other.files]},
		/contract\.json was changed after/,
	],
	'a record that is not the one of the contract': [
		{layers: [files, {[paths.buildRecord]: Buffer.from('{}')}]},
		/build\.json was changed after the build/,
	],
	'a record that a later layer removed': [
		{layers: [files, {'/etc/sallyport/.wh.build.json': undefined}]},
		/has no record of its build/,
	],
	'a folder that a later layer removed': [
		{layers: [files, {'/etc/.wh.sallyport': undefined}]},
		/has not the file \/etc\/sallyport/,
	],
	'a configuration under the digest of another': [
		{
			forged: members => {
				const name = blobOf(members, 'rootfs');
				members.set(name, Buffer.from(String(members.get(name)).replace('amd64', 'arm64')));
			},
		},
		/is not what its digest says/,
	],
	'a layer under the digest of another': [
		{
			label: other.label,
			layers: [files],
			forged: members => {
				const name = blobOf(members, 'sallyport/contract.json');
				members.set(
					name,
					Buffer.from(String(members.get(name)).replace('"verdict":"pass"', '"verdict":"fail"')),
				);
			},
		},
		/one of its layers is not what the configuration says/,
	],
	'an index that is no JSON': [
		{forged: members => void members.set('index.json', Buffer.from('{'))},
		/not JSON/,
	],
	'an index without an image': [
		{forged: members => void members.set('index.json', Buffer.from('{}'))},
		/it holds no image/,
	],
	'an index that leads out of the folder': [
		{
			forged: members =>
				void members.set(
					'index.json',
					Buffer.from('{"manifests":[{"digest":"sha256:../../../etc/passwd"}]}'),
				),
		},
		/its index names no digest/,
	],
};

for (const [name, [parts, message]] of Object.entries(bad)) {
	test(`nothing is signed about ${name}`, async t => {
		const {path, attest} = await job(t);
		const {members} = await ociMembers({...good, ...parts});

		const {code, out, err} = await attest(await writeTar(path('a.tar'), members));

		t.is(code, 2, err);
		t.is(out, '');
		t.regex(err, message);
		t.is(err.trim().split('\n').length, 1);
	});
}

test('a bad key and a file that is no archive get one sentence each', async t => {
	const {path, key, publicKey, attest} = await job(t);
	writeFileSync(path('a.tar'), 'no tar, but long enough to be read as a header '.repeat(20));
	const cases: readonly (readonly [readonly string[], RegExp])[] = [
		[['policy', 'attest', path('a.tar'), '--key', publicKey], /not an ECDSA P-256 private key/],
		[['policy', 'attest', path('a.tar')], /--key is missing/],
		[['policy', 'attest', path('a.tar'), '--key', key], /neither a tar file nor a folder/],
		[['policy', 'attest', path('none.tar'), '--key', key], /no file or folder/],
		[['policy', 'attest', path('keys'), '--key', key], /has no manifest\.json/],
		[['policy', 'attest', '--key', key], /takes one image/],
	];

	for (const [args, message] of cases) {
		const {code, err} = await typed(args);
		t.is(code, 2, err);
		t.regex(err, message);
		t.notRegex(err, /\n {4}at /);
	}

	chmodSync(key, 0o644);
	t.regex((await attest(path('a.tar'))).err, /may be read by others/);
});
