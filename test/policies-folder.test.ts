import {pathToFileURL} from 'node:url';
import test from 'ava';
import {loadPolicy} from '../daemon/policy.ts';
import {waive} from '../daemon/waive.ts';
import {loadBundle} from '../frontend/bundles.ts';
import {reviewNotes} from '../frontend/review-notes.ts';
import type {Finding} from '../policies/finding.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';
import {folderOf} from './helpers/docker.ts';
import {approvalOf, handOf, signedFiles, trustFiles, waiverOf} from './helpers/policy-documents.ts';

// The same folder of policies, read by both gates.

const lee = handOf('lee@example.test');
const dana = handOf('dana@example.test');
const sam = handOf('sam@example.test');
const now = new Date('2027-01-15T12:00:00Z');
const IMAGE = `sha256:${'a'.repeat(64)}` as const;
const text = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  extends: [{name: soc2, digest: "${documentDigest(builtIn('soc2').document)}"}]
  rules: {}
`;

async function policies(policiesOfTrust?: readonly string[]): Promise<string> {
	const approval = approvalOf(bundleFrom(text), {author: lee.person, approver: dana.person});
	const waiver = waiverOf({
		rule: 'run-no-new-privileges',
		scope: {imageDigests: [IMAGE]},
		compensating: [{description: 'It runs as nobody in particular', rule: 'run-user-non-root'}],
	});
	const keys = trustFiles(
		[
			[dana, ['policy-approver']],
			[sam, ['waiver-approver']],
		],
		policiesOfTrust,
	);
	const below = (folder: string, files: Readonly<Record<string, string>>) =>
		Object.entries(files).map(([name, each]) => [`${folder}/${name}`, each] as const);
	return folderOf(
		Object.fromEntries([
			...below('bundles', {'acme.yaml': text, 'other.yaml': text.replace('name: acme', 'name: other')}),
			...below('keys', keys),
			...below('approvals', await signedFiles('acme', approval, dana)),
			...below('waivers', await signedFiles('w', waiver, sam)),
		]),
	);
}

test('the daemon reads a bundle with what it extends and what stands beside it', async t => {
	const {name, standing, settings} = loadPolicy(`${await policies()}/bundles/acme.yaml`, now);

	t.is(name, 'acme');
	t.is(standing?.approval.state, 'approved');
	t.is(standing?.waivers[0]?.state, 'valid');
	t.is(settings['run-user-non-root'].level, builtIn('soc2').settings['run-user-non-root'].level);
	t.is(loadPolicy(undefined, now).name, 'baseline');
});

const failing: readonly Finding[] = [
	{control: 'run-no-new-privileges', result: 'fail', message: 'It may gain privileges.'},
	{control: 'run-user-non-root', result: 'pass', message: 'It does not run as root.'},
	{control: 'gov-waivers-valid', result: 'not-applicable', message: 'No waiver is in force'},
];

test('at run time a waiver means an image by its digest, and ends while the daemon runs', async t => {
	const {standing} = loadPolicy(`${await policies()}/bundles/acme.yaml`, now);
	const waivers = standing?.waivers ?? [];
	const image = {reference: 'web', digest: IMAGE, manifest: undefined};
	const other = {...image, digest: `sha256:${'b'.repeat(64)}` as const};
	const results = (findings: readonly Finding[], of: typeof image, at: Date) =>
		waive(findings, waivers, of, at).map(({control, result, raw}) => [control, result, raw ?? '']);

	t.deepEqual(results(failing, image, now), [
		['run-no-new-privileges', 'waived', 'fail'],
		['run-user-non-root', 'pass', ''],
		['gov-waivers-valid', 'pass', ''],
	]);
	t.deepEqual(waive(failing, waivers, other, now), failing);
	t.deepEqual(results(failing, image, new Date('2027-03-31T00:00:00Z')), [
		['run-no-new-privileges', 'fail', ''],
		['run-user-non-root', 'pass', ''],
		['gov-waivers-valid', 'fail', ''],
	]);
	const rooted = failing.map(each =>
		each.control === 'run-user-non-root' ? {...each, result: 'fail' as const} : each,
	);
	t.deepEqual(
		results(rooted, image, now).map(([, result]) => result),
		['fail', 'fail', 'fail'],
	);
});

test('the frontend judges by the first policy that its image lets a build choose, and by no other', async t => {
	const folder = pathToFileURL(`${await policies(['acme'])}/bundles/`);
	const files = new URL('../policies/bundles/', import.meta.url);
	const {cp} = await import('node:fs/promises');
	await cp(files, folder, {recursive: true});

	const usual = await loadBundle(undefined, folder, now);

	t.is(usual.name, 'acme');
	t.is(usual.standing?.approval.state, 'approved');
	t.is(usual.settings['image-user-non-root'].grace?.until, '2027-01-31T00:00:00.000Z');
	for (const name of ['baseline', 'soc2', 'other', '../acme', 'nowhere']) {
		await t.throwsAsync(loadBundle(name, folder, now), {message: /lets a build choose; it has acme$/});
	}
});

test('thirty days before its review every build says so', async t => {
	const folder = pathToFileURL(`${await policies(['acme'])}/bundles/`);
	const {cp} = await import('node:fs/promises');
	await cp(new URL('../policies/bundles/', import.meta.url), folder, {recursive: true});
	const bundle = await loadBundle('acme', folder, now);

	t.deepEqual(reviewNotes(bundle, '2027-10-31'), []);
	t.deepEqual(reviewNotes(bundle, '2027-11-01'), [
		'The approval of the policy acme ends on 2027-12-01T00:00:00Z: ask its owners to review it within 30 days.',
	]);
	t.deepEqual(reviewNotes(builtIn('soc2'), '2027-11-01'), []);
});

test('where nobody says which policies may be chosen, all may', async t => {
	const folder = pathToFileURL(`${await policies()}/bundles/`);
	const {cp} = await import('node:fs/promises');
	await cp(new URL('../policies/bundles/', import.meta.url), folder, {recursive: true});

	await cp(new URL('acme.yaml', folder), new URL('misnamed.yaml', folder));

	await t.throwsAsync(loadBundle('misnamed', folder, now), {message: /misnamed\.yaml .* is the policy acme/});
	t.is((await loadBundle(undefined, folder, now)).name, 'baseline');
	t.is((await loadBundle('other', folder, now)).standing?.approval.state, 'unapproved');
});
