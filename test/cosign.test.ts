import {execFile} from 'node:child_process';
import {createHash, type KeyObject} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {verifyBundle} from '../cli/verify-bundle.ts';
import {type Bundle, type LogEntry, readBundle} from '../proto/bundle.ts';
import {predicateTypes} from '../proto/statement.ts';
import {readTrustedRoot, type TrustedRoot, trustedRootOf} from '../proto/trusted-root.ts';
import {cosign} from './cosign.ts';
import {goodRecord, leftBehind, ociMembers, writeTar} from './helpers/image-archive.ts';
import {folderOf, newSigner, testLog} from './helpers/record.ts';
import {typed} from './helpers/typed.ts';

interface Evidence {
	readonly bundle: Bundle;
	readonly publicKey: KeyObject;
	readonly root: TrustedRoot;
	/** What the statement is about: its sha256 is a subject. */
	readonly blob: Buffer;
}

/** A bundle from the middle of a log of 23 entries, as the daemon would hand it out. */
async function evidence(t: ExecutionContext): Promise<Evidence> {
	const record = testLog(t);
	await record.fill(11);
	const log = await record.open();
	const blob = Buffer.from('{"architecture":"amd64","os":"linux"}');
	const imageDigest = createHash('sha256').update(blob).digest('hex');
	const {id} = await log.append(await record.sealed({imageDigest}));
	await log.close();
	await record.fill(11);
	const again = await record.open();
	const bundle = await again.bundle(id);
	const {publicKey, origin, since} = again;
	return {
		bundle: readBundle(JSON.parse(JSON.stringify(bundle))),
		publicKey: record.attestor.publicKey,
		root: trustedRootOf({publicKey, origin, since}),
		blob,
	};
}

/** Asks the stock cosign, in a network namespace that has nothing in it: whatever it answers, it answers offline. */
async function askCosign(t: ExecutionContext, {bundle, publicKey, root, blob}: Evidence): Promise<string> {
	const folder = folderOf(t);
	const file = (name: string, content: string | Buffer): string => {
		const path = join(folder, name);
		writeFileSync(path, content);
		return path;
	};
	const args = [
		await cosign(),
		'verify-blob-attestation',
		'--key',
		file('key.pub', publicKey.export({type: 'spki', format: 'pem'})),
		'--bundle',
		file('bundle.json', JSON.stringify(bundle)),
		'--trusted-root',
		file('root.json', JSON.stringify(root)),
		'--type',
		predicateTypes.runtimeVerification,
		file('blob', blob),
	];
	const env = {HOME: folder, PATH: process.env['PATH'] ?? ''};
	const {stderr} = await promisify(execFile)('unshare', ['--net', ...args], {env, timeout: 60_000});
	return stderr;
}

function withEntry(bundle: Bundle, change: Partial<LogEntry>): Bundle {
	const {verificationMaterial: material} = bundle;
	const tlogEntries = [{...material.tlogEntries[0], ...change}] as const;
	return {...bundle, verificationMaterial: {...material, tlogEntries}};
}

function withPayload(bundle: Bundle, change: (text: string) => string): Bundle {
	const text = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
	const payload = Buffer.from(change(text)).toString('base64');
	return {...bundle, dsseEnvelope: {...bundle.dsseEnvelope, payload}};
}

const zeros = Buffer.alloc(32).toString('base64');

type Forgery = (evidence: Evidence) => Evidence;

const forgeries: Readonly<Record<string, Forgery>> = {
	'a verdict changed in the payload': evidence => ({
		...evidence,
		bundle: withPayload(evidence.bundle, text => text.replace('"verdict":"pass"', '"verdict":"fail"')),
	}),
	'another attestation key': evidence => ({...evidence, publicKey: newSigner().publicKey}),
	'another blob': evidence => ({...evidence, blob: Buffer.from('{}')}),
	'another log': evidence => ({
		...evidence,
		root: trustedRootOf({publicKey: newSigner().publicKey, origin: 'sallyport.dev/x', since: new Date(0)}),
	}),
	'a wrong hash in the inclusion proof': evidence => {
		const [{inclusionProof}] = evidence.bundle.verificationMaterial.tlogEntries;
		const hashes = inclusionProof.hashes.with(0, zeros);
		return {
			...evidence,
			bundle: withEntry(evidence.bundle, {inclusionProof: {...inclusionProof, hashes}}),
		};
	},
	'a wrong position': evidence => ({...evidence, bundle: withEntry(evidence.bundle, {logIndex: '5'})}),
	'a time moved': evidence => {
		const [{integratedTime}] = evidence.bundle.verificationMaterial.tlogEntries;
		const moved = String(Number(integratedTime) - 1);
		return {...evidence, bundle: withEntry(evidence.bundle, {integratedTime: moved})};
	},
	'a checkpoint with another root': evidence => {
		const [{inclusionProof}] = evidence.bundle.verificationMaterial.tlogEntries;
		const envelope = inclusionProof.checkpoint.envelope.replace(inclusionProof.rootHash, zeros);
		return {
			...evidence,
			bundle: withEntry(evidence.bundle, {inclusionProof: {...inclusionProof, checkpoint: {envelope}}}),
		};
	},
};

test('cosign and our own verification accept a bundle of ours, offline', async t => {
	const real = await evidence(t);

	t.regex(await askCosign(t, real), /Verified OK/);
	const own = ownVerification(real);
	t.true(own.passed, JSON.stringify(own.steps));
	t.deepEqual(
		own.steps.map(({name}) => name),
		['signature', 'predicate type', 'subject', 'log entry', 'log', 'timestamp', 'inclusion', 'checkpoint'],
	);
});

for (const [name, forge] of Object.entries(forgeries)) {
	test(`cosign and our own verification refuse ${name}`, async t => {
		const forged = forge(await evidence(t));

		await t.throwsAsync(askCosign(t, forged), {message: /Command failed/});
		t.false(ownVerification(forged).passed);
	});
}

test('cosign accepts what a release job signed, which is in no log', async t => {
	const folder = folderOf(t);
	const {label, files} = leftBehind(goodRecord);
	const {members, config} = await ociMembers({label, layers: [files]});
	const image = await writeTar(join(folder, 'image.tar'), members);
	const blob = join(folder, 'config.json');
	writeFileSync(blob, members.get(`blobs/${config.replace(':', '/')}`) ?? '');
	const root = join(folder, 'root.json');
	writeFileSync(root, '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}');
	const bundle = join(folder, 'bundle.json');
	await typed(['keys', 'new', '--name', 'ci', '--out', folder]);
	await typed(['policy', 'attest', image, '--key', join(folder, 'ci.key'), '--output', bundle]);
	const ask = async (key: string): Promise<string> => {
		const trust = ['--key', key, '--trusted-root', root, '--insecure-ignore-tlog'];
		const about = ['--bundle', bundle, '--type', predicateTypes.buildGate, blob];
		const args = ['--net', await cosign(), 'verify-blob-attestation', ...trust, ...about];
		const env = {HOME: folder, PATH: process.env['PATH'] ?? ''};
		return (await promisify(execFile)('unshare', args, {env, timeout: 60_000})).stderr;
	};

	t.regex(await ask(join(folder, 'ci.pub')), /Verified OK/);
	await typed(['keys', 'new', '--name', 'other', '--out', folder]);
	await t.throwsAsync(ask(join(folder, 'other.pub')), {message: /Command failed/});
});

test('what cosign 2.5 does not look at, our own verification refuses', async t => {
	const real = await evidence(t);
	const wrongType = verifyBundle(real.bundle, {...trustOf(real), predicateType: predicateTypes.coverage});

	t.false(wrongType.passed);
	t.deepEqual(
		wrongType.steps.filter(({passed}) => !passed).map(({name}) => name),
		['predicate type'],
	);
});

function trustOf({publicKey, root, blob}: Evidence): Parameters<typeof verifyBundle>[1] {
	return {publicKey, logs: readTrustedRoot(JSON.parse(JSON.stringify(root))), blob};
}

function ownVerification(evidence: Evidence): ReturnType<typeof verifyBundle> {
	return verifyBundle(evidence.bundle, trustOf(evidence));
}
