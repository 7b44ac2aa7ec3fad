import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {run} from '../../cli/main.ts';
import {startApi} from '../../daemon/api/api.ts';
import {nobody} from '../helpers/episode.ts';
import {testLog} from '../helpers/record.ts';

interface Ran {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

interface Served {
	readonly folder: string;
	readonly ids: readonly string[];
	readonly ask: (...argv: readonly string[]) => Promise<Ran>;
}

/** A daemon's API with six entries on a socket, and the command line that asks it. */
async function serve(t: ExecutionContext, isBroken = false): Promise<Served> {
	const record = testLog(t);
	const filled = await record.open();
	const ids: string[] = [];
	for (let i = 0; i < 6; i++) {
		const verdict = i % 3 === 0 ? 'fail' : 'pass';
		const name = i === 5 ? 'evil\u001B[2J\nname' : `web-${i}`;
		const envelope = await record.sealed({name, verdict, checks: {'run-no-privileged': verdict}});
		ids.push((await filled.append(envelope)).id);
	}

	await filled.close();
	const log = await record.open(isBroken ? {logKey: testLog(t).logKey} : {});
	const socket = join(record.folder, 'api.sock');
	const api = await startApi({
		log,
		targets: () => [],
		people: nobody,
		socket,
		listen: '127.0.0.1:0',
		onDefect: error => t.fail(String(error)),
	});
	t.teardown(() => api.close());
	const ask = (...argv: readonly string[]): Promise<Ran> => ran(argv, {SALLYPORT_SERVER: `unix:${socket}`});
	return {folder: record.folder, ids, ask};
}

async function ran(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
	let out = '';
	let err = '';
	const code = await run(['log', ...argv], {
		env,
		stdout: {
			write: text => {
				out += text;
			},
		},
		stderr: {
			write: text => {
				err += text;
			},
		},
	});
	return {code, out, err};
}

test('log list shows entries, newest first, and what the list is worth', async t => {
	const {ask, ids} = await serve(t);
	const {code, out} = await ask('list');

	t.is(code, 0);
	const [head, first] = out.split('\n');
	t.regex(String(head), /^TIME +ENTRY +VERDICT +CONTAINER +IMAGE +KIND$/);
	t.regex(String(first), new RegExp(String(ids[5])));
	t.regex(out, /6 entries, in a signed tree of 6\. The log is whole\./);
	t.regex((await ask('list', '--verdict', 'fail', '--limit', '1')).out, /1 of 2 entries/);
	t.is(JSON.parse((await ask('list', '--json', '--container', 'web-1')).out).total, 1);
});

test('what a container calls itself never reaches the terminal as an escape', async t => {
	const {ask, ids} = await serve(t);

	for (const {out} of [await ask('list'), await ask('get', String(ids[5]))]) {
		t.false(out.includes('\u001B'));
		t.regex(out, /evil\uFFFD\[2J\uFFFDname/);
	}
});

test('log get shows one entry, control by control', async t => {
	const {ask, ids} = await serve(t);
	const {code, out} = await ask('get', String(ids[3]));

	t.is(code, 0);
	t.regex(out, /verdict +fail/);
	t.regex(out, /fail +run-no-privileged +CC6\.7/);
	t.is(JSON.parse((await ask('get', String(ids[3]), '--json')).out).entry.position, 3);
});

test('a bundle and keys taken from the daemon verify on a machine without it', async t => {
	const {ask, ids, folder} = await serve(t);
	const trust = join(folder, 'trust');
	t.is((await ask('keys', '--dir', trust)).code, 0);
	const file = join(folder, 'bundle.json');
	writeFileSync(file, (await ask('bundle', String(ids[3]))).out);
	const trusted = [
		'--key',
		join(trust, 'attestation.pub'),
		'--trusted-root',
		join(trust, 'trusted-root.json'),
	];

	const {code, out} = await ran(['verify', file, ...trusted, '--type', 'runtime-verification']);

	t.is(code, 0, out);
	t.is(out.match(/✓/g)?.length, 7);
	t.false(out.includes('✗'));
	t.regex(out, /The record is authentic: .* It says "fail"\.\n$/);
	t.is((await ask('verify', String(ids[3]), ...trusted)).code, 0);
	t.true(JSON.parse((await ran(['verify', file, ...trusted, '--json'])).out).passed);
});

test('a bundle that was changed, of another type or from another signer is not authentic', async t => {
	const {ask, ids, folder} = await serve(t);
	const other = await serve(t);
	for (const [served, name] of [
		[{ask}, 'trust'],
		[other, 'other'],
	] as const) {
		await served.ask('keys', '--dir', join(folder, name));
	}

	const good = JSON.parse((await ask('bundle', String(ids[1]))).out);
	const text = Buffer.from(good.dsseEnvelope.payload, 'base64').toString().replace('"pass":2', '"pass":3');
	good.dsseEnvelope.payload = Buffer.from(text).toString('base64');
	const forged = join(folder, 'forged.json');
	writeFileSync(forged, JSON.stringify(good));
	const key = join(folder, 'trust', 'attestation.pub');
	const root = join(folder, 'trust', 'trusted-root.json');
	const entry = String(ids[1]);
	const otherKey = join(folder, 'other', 'attestation.pub');
	const otherRoot = join(folder, 'other', 'trusted-root.json');
	const cases: readonly (readonly [readonly string[], RegExp])[] = [
		[[forged, '--key', key, '--trusted-root', root], /✗ signature/],
		[[entry, '--key', otherKey, '--trusted-root', root], /✗ signature +the bundle names another key/],
		[[entry, '--key', key, '--trusted-root', otherRoot], /✗ log +the trusted root does not know the log/],
		[[entry, '--key', key, '--trusted-root', root, '--type', 'coverage'], /✗ predicate type/],
		[[entry, '--key', key, '--trusted-root', root, '--blob', root], /✗ subject/],
	];

	for (const [argv, mark] of cases) {
		const {code, out} = await ask('verify', ...argv);
		t.is(code, 1, argv.join(' '));
		t.regex(out, mark);
		t.regex(out, /NOT authentic/);
	}
});

test('a broken log is told on every page, and in the exit code', async t => {
	const {ask} = await serve(t, true);
	const {code, out} = await ask('list');

	t.is(code, 1);
	t.regex(out, /THE LOG IS BROKEN: .*not signed by this log's key/);
});

test('log checkpoint prints the signed note', async t => {
	const {ask} = await serve(t);

	t.regex(
		(await ask('checkpoint')).out,
		/^sallyport\.dev\/log\/test\n6\n\S+\n\n— sallyport\.dev\/log\/test \S+\n$/,
	);
});

test('a wrong command line gets one sentence that says what to type', async t => {
	const {ask, folder} = await serve(t);
	const file = join(folder, 'x');
	writeFileSync(file, 'x');
	const cases: readonly (readonly [readonly string[], RegExp])[] = [
		[['lst'], /log has list, get, bundle/],
		[['list', '--colour'], /colour/],
		[['list', '--key', 'x'], /log list has no option --key/],
		[['list', '--verdict', 'maybe'], /verdict is one of pass, fail, incomplete/],
		[['list', '--limit', 'many'], /page_size is a whole number/],
		[['get'], /takes the id of an entry/],
		[['get', '../x'], /takes the id of an entry/],
		[['get', '01J00000000000000000000000'], /no entry/],
		[['keys'], /--dir/],
		[['verify', 'x'], /whom to trust/],
		[['verify', file, '--key', file, '--trusted-root', file], /not a public key/],
		[['list', '--server', 'ftp://x'], /neither unix:/],
		[['list', '--server', `unix:${folder}/none.sock`], /No daemon answers at .*start "sallyport daemon"/],
	];

	for (const [argv, message] of cases) {
		const {code, out, err} = await ask(...argv);
		t.is(code, 2, argv.join(' '));
		t.is(out, '');
		t.regex(err, message);
		t.notRegex(err, /\n {4}at /);
	}

	t.is((await ask('--help')).code, 0);
	t.is((await ask()).code, 2);
});
