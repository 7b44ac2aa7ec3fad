import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test, {type ExecutionContext} from 'ava';
import {DaemonError} from '../../daemon/error.ts';
import {takeStateDir} from '../../daemon/state-dir.ts';
import {openStore} from '../../daemon/store/index.ts';
import {at, startDaemon} from '../helpers/daemon-process.ts';

function folder(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-reload-'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

const BASELINE = readFileSync(new URL('../../policies/bundles/baseline.yaml', import.meta.url), 'utf8');

/** The bundle that comes with us, under another name. */
function bundleNamed(name: string): string {
	return BASELINE.replace(/^ {2}name: baseline$/m, `  name: ${name}`);
}

test('a hangup reads policy and trust again; what cannot be used changes nothing and is said', async t => {
	const path = folder(t);
	const file = join(path, 'policy.yaml');
	const config = join(path, 'daemon.yaml');
	writeFileSync(file, bundleNamed('first'));
	writeFileSync(config, `policy: ${file}\ninterval: 60\n`);
	const child = startDaemon(t, `unix://${path}/no.sock`, [...at(path), '--config', config]);
	await child.event('DAEMON_STARTED');

	writeFileSync(file, bundleNamed('second'));
	child.process.kill('SIGHUP');
	t.like(await child.event('CONFIG_RELOADED'), {policy: 'second'});

	writeFileSync(file, 'kind: Nonsense\n');
	child.process.kill('SIGHUP');
	t.like(await child.event('CONFIG_KEPT'), {code: 'POLICY_BAD_SHAPE'});

	writeFileSync(file, bundleNamed('third'));
	writeFileSync(config, `policy: ${file}\ninterval: 30\n`);
	child.process.kill('SIGHUP');
	t.like(await child.event('CONFIG_RELOADED', 2), {policy: 'third'});
	t.deepEqual((await child.event('CONFIG_NEEDS_RESTART'))['options'], ['intervalMs']);

	writeFileSync(config, 'polcy: x\n');
	child.process.kill('SIGHUP');
	t.regex(String((await child.event('CONFIG_KEPT', 2))['reason']), /unknown key "polcy"/);

	child.process.kill('SIGTERM');
	t.is(await child.exit, 0);
});

test('a folder that a newer version kept is refused in one sentence, and left as it was', async t => {
	const path = folder(t);
	const first = await takeStateDir(path);
	await first.release();
	t.is(readFileSync(join(path, 'version'), 'utf8'), '1\n');
	t.is(statSync(join(path, 'version')).mode & 0o777, 0o600);

	for (const version of ['2\n', 'x\n']) {
		writeFileSync(join(path, 'version'), version);
		const error = await t.throwsAsync(takeStateDir(path), {instanceOf: DaemonError});
		t.is(error.code, 'STATE_TOO_NEW');
		t.regex(error.message, /a newer version of Sallyport kept this folder .*; start that version again/);
		t.throws(() => statSync(join(path, 'lock')), {code: 'ENOENT'});
		t.is(readFileSync(join(path, 'version'), 'utf8'), version);
	}
});

test('a folder from before versions were written, or cut off while one was, is taken and keeps its host', async t => {
	const path = folder(t);
	const first = await takeStateDir(path);
	await first.release();
	rmSync(join(path, 'version'));
	const old = await takeStateDir(path);
	await old.release();
	writeFileSync(join(path, 'version'), '');

	const again = await takeStateDir(path);
	await again.release();

	t.deepEqual([old.hostId, again.hostId], [first.hostId, first.hostId]);
	t.is(readFileSync(join(path, 'version'), 'utf8'), '1\n');
});

test('a log that a newer version wrote is refused, and not called damaged', async t => {
	const path = join(folder(t), 'log.db');
	const store = await openStore(`sqlite:${path}`);
	await store.close();
	const db = new DatabaseSync(path);
	db.exec('PRAGMA user_version = 2');
	db.close();

	await t.throwsAsync(openStore(`sqlite:${path}`), {
		code: 'STORE_TOO_NEW',
		message: /newer version of Sallyport \(schema 2, and this one knows 1\); start that version again/,
	});
});
