import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {buildStatementOf} from '../../daemon/build-gate.ts';
import {releasesIn} from '../../daemon/releases.ts';
import type {BuildRecord} from '../../proto/build-record.ts';
import {sealBuildRecord} from '../../proto/build-record.ts';
import {signedBundleOf} from '../../proto/bundle.ts';
import {type Digest, digestOf} from '../../proto/digest.ts';
import {type Signer, seal} from '../../proto/envelope.ts';
import {fingerprintOf} from '../../proto/signed-document.ts';
import {summaryOf} from '../../proto/verification-summary.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {folderOf, newSigner} from '../helpers/record.ts';

const image = digestOf('image');
const record: BuildRecord = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('a'), builtDigest: digestOf('b')},
	verdict: 'pass',
	controls: [],
	findings: [],
	repairs: [],
	bases: [],
};
const policy = {name: 'baseline', digest: {sha256: '0'.repeat(64)}};

function builderOf({publicKey}: Signer): Parameters<typeof releasesIn>[1][number] {
	const pem = publicKey.export({type: 'spki', format: 'pem'}).toString();
	return {name: 'ci', person: 'ci@example.com', pem, fingerprint: fingerprintOf(pem) ?? ''};
}

function statementAbout(digest: Digest, built: BuildRecord = record): ReturnType<typeof buildStatementOf> {
	const documents = {
		record: built,
		recordDigest: sealBuildRecord(built).digest,
		contractDigest: digestOf('c'),
	};
	const subjects = [{name: 'app', digest: {sha256: digest.slice('sha256:'.length)}}];
	return buildStatementOf({subjects, documents}, baselineOf(), {policy}, new Date());
}

async function bundleOf(statement: unknown, signer: Signer): Promise<string> {
	const envelope = await seal(statement as Parameters<typeof seal>[0], signer);
	return JSON.stringify(signedBundleOf(envelope, signer.publicKey));
}

interface Trial {
	readonly folder: string;
	readonly signer: Signer;
	readonly refused: unknown[];
	readonly view: ReturnType<typeof releasesIn>;
}

function trial(t: ExecutionContext): Trial {
	const signer = newSigner();
	const folder = folderOf(t);
	const refused: unknown[] = [];
	const view = releasesIn(folder, [builderOf(signer)], (_event, data) => void refused.push(data?.['reason']));
	return {folder, signer, refused, view};
}

test('what a trusted key signed about an image is found by any digest of it', async t => {
	const {folder, signer, refused, view} = trial(t);
	writeFileSync(join(folder, 'a.json'), await bundleOf(statementAbout(image), signer));

	t.like((await view({digest: image, manifest: undefined}))[0], {
		key: 'ci',
		person: 'ci@example.com',
		verdict: 'pass',
	});
	t.is((await view({digest: digestOf('index'), manifest: image})).length, 1);
	t.is((await view({digest: digestOf('another'), manifest: undefined})).length, 0);
	t.deepEqual(refused, []);
});

test('break-glass is told of a signature too', async t => {
	const {folder, signer, view} = trial(t);
	const statement = statementAbout(image, {...record, bypass: {ticket: 'OPS-1'}});
	writeFileSync(join(folder, 'a.json'), await bundleOf(statement, signer));

	t.like((await view({digest: image, manifest: undefined}))[0], {verdict: 'fail', ticket: 'OPS-1'});
});

test('what nobody trusted signed, or is no attestation, counts for nothing and is told', async t => {
	const {folder, signer, refused, view} = trial(t);
	const statement = statementAbout(image);
	const altered = JSON.parse(await bundleOf(statement, signer)) as {dsseEnvelope: {payload: string}};
	altered.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
	writeFileSync(join(folder, 'a.json'), await bundleOf(statement, newSigner()));
	writeFileSync(join(folder, 'b.json'), JSON.stringify({...altered, x: 1}).replace('"eyJ', '"eyK'));
	writeFileSync(join(folder, 'c.json'), '{');
	writeFileSync(join(folder, 'd.json'), 'x'.repeat(3 * 1024 * 1024));
	writeFileSync(join(folder, 'e.json'), await bundleOf({...statement, predicate: {}}, signer));
	writeFileSync(join(folder, 'f.txt'), 'not looked at');

	t.deepEqual(await view({digest: image, manifest: undefined}), []);
	t.is(refused.length, 5);
	t.regex(String(refused[0]), /role builder/);
});

test('a summary beside an attestation is no attestation, and no mistake either', async t => {
	const {folder, signer, refused, view} = trial(t);
	const summary = summaryOf(statementAbout(image), {envelope: digestOf('e'), image: 'app', at: new Date()});
	writeFileSync(join(folder, 'a.vsa.json'), await bundleOf(summary, signer));

	t.deepEqual(await view({digest: image, manifest: undefined}), []);
	t.deepEqual(refused, []);
});

test('a folder that is gone is an error and not an answer', async t => {
	const view = releasesIn('/nonexistent/sallyport', [builderOf(newSigner())], () => undefined);

	await t.throwsAsync(view({digest: image, manifest: undefined}), {message: /cannot be read/});
});
