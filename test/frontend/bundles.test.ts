import {copyFile, readFile, writeFile} from 'node:fs/promises';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import {loadBundle, prepareBundles} from '../../frontend/bundles.ts';
import {rehearse} from '../../frontend/rehearse.ts';
import {folderOf} from '../helpers/docker.ts';

const baseline = new URL('../../policies/bundles/baseline.yaml', import.meta.url);

const now = new Date('2027-01-15T12:00:00Z');

async function bundlesFolder(): Promise<URL> {
	const folder = pathToFileURL(`${await folderOf({})}/`);
	await copyFile(baseline, new URL('baseline.yaml', folder));
	return folder;
}

test('a bundle that was prepared is the bundle that was written', async t => {
	const folder = await bundlesFolder();
	const written = await loadBundle('baseline', folder, now);
	const withVersion = JSON.parse(JSON.stringify(written.document).replace('0.1.0', '0.1.1'));

	// Another text of the same meaning: the same one would be remembered.
	await writeFile(new URL('baseline.yaml', folder), `${await readFile(baseline, 'utf8')}# again\n`);
	await prepareBundles(folder);
	const prepared = new URL('baseline.json', folder);
	await writeFile(prepared, (await readFile(prepared, 'utf8')).replace('0.1.0', '0.1.1'));

	t.deepEqual(await loadBundle('baseline', folder, now), {
		...written,
		version: '0.1.1',
		document: withVersion,
	});
});

test('a bundle that was changed after it was prepared is read anew', async t => {
	const folder = await bundlesFolder();
	await prepareBundles(folder);
	const text = await readFile(baseline, 'utf8');
	await writeFile(new URL('baseline.yaml', folder), text.replace('version: 0.1.0', 'version: 9.9.9'));

	t.is((await loadBundle('baseline', folder, now)).version, '9.9.9');
});

test('what is no bundle name is no path either', async t => {
	const folder = await bundlesFolder();

	for (const name of ['../baseline', 'baseline.yaml', '', 'Baseline', 'other']) {
		await t.throwsAsync(loadBundle(name, folder, now), {message: /is not a policy.*it has baseline/});
	}
});

test('an ordinary build can be rehearsed without a builder, which is how an image gets its compiled code', async t => {
	await t.notThrowsAsync(rehearse(await bundlesFolder()));
});
