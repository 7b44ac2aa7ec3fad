import {chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {run} from '../../cli/main.ts';
import {configHelp, options, readConfig} from '../../daemon/config.ts';
import {DaemonError} from '../../daemon/error.ts';
import {eventCodes} from '../../daemon/event-codes.ts';
import {takeStateDir} from '../../daemon/state-dir.ts';
import {at, startDaemon} from '../helpers/daemon-process.ts';
import {openDocker} from '../helpers/docker.ts';
import {engineProxy} from '../helpers/engine-proxy.ts';
import {eventually} from '../helpers/eventually.ts';
import {buildTarget, startTarget} from '../helpers/target.ts';

function folder(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-daemon-'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

// ---- configuration

test('without a word the daemon takes its documented defaults', t => {
	t.deepEqual(readConfig([], {}), {
		state: '/var/lib/sallyport',
		socket: '/run/sallyport/api.sock',
		listen: '127.0.0.1:7443',
		policy: undefined,
		engines: [{name: 'unix:///var/run/docker.sock', address: 'unix:///var/run/docker.sock'}],
		containers: [],
		origin: '',
		debounceMs: 250,
		intervalMs: 60_000,
		trust: undefined,
		attestations: undefined,
		alerts: undefined,
		anchor: undefined,
		containment: false,
		store: undefined,
		logLevel: 'info',
	});
});

test('flags come before the environment, the environment before the file', t => {
	const file = join(folder(t), 'daemon.yaml');
	writeFileSync(file, 'state: /from/file\ninterval: 10\norigin: from.file\nlisten: 127.0.0.1:1\n');

	const config = readConfig(['--config', file, '--state', '/from/flag'], {
		SALLYPORT_STATE: '/from/env',
		SALLYPORT_INTERVAL: '20',
		SALLYPORT_LISTEN: '',
	});

	t.like(config, {state: '/from/flag', intervalMs: 20_000, origin: 'from.file', listen: '127.0.0.1:1'});
});

const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
	['an unknown flag', ['--sate', '/x'], /Unknown option '--sate'/],
	['a relative folder', ['--state', 'x'], /--state "x" is not an absolute path/],
	['an address without a port', ['--listen', 'localhost'], /--listen "localhost" is not host:port/],
	['a port beyond the last', ['--listen', 'localhost:70000'], /is not host:port/],
	['no number', ['--interval', 'soon'], /--interval "soon" is not a number from 1 to 86400/],
	['a number with a tail', ['--debounce-ms', '5s'], /not a number/],
	['an origin with a scheme', ['--origin', 'https://x'], /has a scheme/],
	['an unknown level', ['--log-level', 'loud'], /--log-level is one of/],
	['a file that is not there', ['--config', '/nowhere.yaml'], /\/nowhere\.yaml cannot be read/],
];

for (const [title, argv, message] of refusals) {
	test(`${title} is refused in words`, t => {
		const error = t.throws(() => readConfig(argv, {}), {instanceOf: DaemonError, message});
		t.is(error.code, 'CONFIG_INVALID');
	});
}

const files: readonly (readonly [string, string, RegExp])[] = [
	['an unknown key', 'stat: /x\n', /has the unknown key "stat"/],
	['a list', '- a\n', /is not a YAML mapping/],
	['broken YAML', 'a: [\n', /is not a YAML mapping/],
	['a mapping as a value', 'state: {a: b}\n', /state is neither text nor a number/],
	['aliases without end', 'state: &a x\norigin: *a\n', /alias/i],
];

for (const [title, text, message] of files) {
	test(`a configuration file with ${title} is refused by its name`, t => {
		const file = join(folder(t), 'daemon.yaml');
		writeFileSync(file, text);

		t.throws(() => readConfig(['--config', file], {}), {instanceOf: DaemonError, message});
	});
}

test('the help names every option and its variable', t => {
	for (const [key, {env}] of Object.entries(options)) {
		t.true(configHelp().includes(`--${key} `) && configHelp().includes(env), key);
	}
});

// ---- the diary

test('every code of the diary is spelled alike and has a message of its own', t => {
	const codes = Object.keys(eventCodes);
	const messages = Object.values(eventCodes).map(({message}) => message);

	t.true(codes.every(code => /^[A-Z]+(?:_[A-Z]+)+$/.test(code)));
	t.is(new Set(messages).size, codes.length);
});

test('every code of the diary is reported somewhere', t => {
	const sources = [...sourcesIn('daemon'), ...sourcesIn('cli')].filter(
		path => !path.endsWith('event-codes.ts'),
	);
	const text = sources.map(path => readFileSync(path, 'utf8')).join('\n');

	t.deepEqual(
		Object.keys(eventCodes).filter(code => !text.includes(`'${code}'`)),
		[],
	);
});

function sourcesIn(room: string): readonly string[] {
	const root = new URL(`../../${room}/`, import.meta.url).pathname;
	return readdirSync(root, {recursive: true, encoding: 'utf8'})
		.filter(path => path.endsWith('.ts'))
		.map(path => join(root, path));
}

// ---- the state folder

test('a state folder is private, and keeps the name of its host', async t => {
	const path = join(folder(t), 'state');

	const first = await takeStateDir(path);
	await first.release();
	const second = await takeStateDir(path);
	await second.release();

	t.is(statSync(path).mode & 0o777, 0o700);
	t.is(statSync(join(path, 'host-id')).mode & 0o777, 0o600);
	t.regex(first.hostId, /^urn:uuid:/);
	t.is(second.hostId, first.hostId);
});

test('a state folder that others could read is closed to them', async t => {
	const path = folder(t);
	chmodSync(path, 0o755);

	const state = await takeStateDir(path);

	t.is(statSync(path).mode & 0o777, 0o700);
	await state.release();
});

test('two daemons cannot have one state folder, and a dead one does not keep it', async t => {
	const path = folder(t);
	const state = await takeStateDir(path);
	const error = await t.throwsAsync(takeStateDir(path), {
		instanceOf: DaemonError,
		message: /stop it, or give this one its own --state/,
	});
	t.is(error.code, 'STATE_LOCKED');
	await state.release();

	// A process that no longer is, and one whose PID was given to somebody else.
	for (const holder of ['999999999 12345', `${process.pid} 1`]) {
		writeFileSync(join(path, 'lock'), `${holder}\n`);
		const taken = await takeStateDir(path);
		await taken.release();
	}
});

test('a state folder that cannot be made is told with its path', async t => {
	const path = join(folder(t), 'file');
	writeFileSync(path, '');

	const error = await t.throwsAsync(takeStateDir(join(path, 'state')), {instanceOf: DaemonError});

	t.is(error.code, 'CONFIG_INVALID');
	t.true(error.message.includes(path));
});

// ---- a real process

test.serial(
	'a daemon writes JSON lines with codes, stops on SIGTERM with 0, and leaves a closed log',
	async t => {
		const docker = await openDocker();
		const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
		const path = folder(t);
		const child = startDaemon(t, docker.engine.host, at(path));
		await child.event('ENGINE_CONNECTED');
		const container = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', container]));
		await child.event('TARGET_VERIFIED');

		child.process.kill('SIGTERM');
		const code = await child.exit;

		t.is(code, 0);
		const events = child.lines().map(({event}) => event);
		t.true(events.includes('DAEMON_STOPPING'));
		t.is(events.at(-1), 'DAEMON_STOPPED');
		t.true(
			child
				.lines()
				.every(line => typeof line['timestamp'] === 'string' && String(line['event']) in eventCodes),
		);
		for (const file of readdirSync(path)) {
			t.is(statSync(join(path, file)).mode & 0o077, 0, file);
		}

		t.false(readdirSync(path).includes('lock'));
	},
);

test.serial('a daemon without an engine says so once, waits, and still stops at once', async t => {
	const path = folder(t);
	const child = startDaemon(t, `unix://${path}/no.sock`, at(path));
	const lost = await child.event('ENGINE_LOST');
	await sleep(800);

	child.process.kill('SIGTERM');
	const code = await child.exit;

	t.is(code, 0);
	t.regex(String(lost['reason']), /No Docker Engine answers at unix:/);
	t.is(child.lines().filter(({event}) => event === 'ENGINE_LOST').length, 1);
});

test.serial('a second signal ends a daemon that takes its time', async t => {
	const docker = await openDocker();
	const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
	const path = folder(t);
	const container = await startTarget(docker, tag);
	t.teardown(() => docker(['rm', '-f', container]));
	// An engine that neither answers nor refuses: the look goes on until it is cut short.
	await using proxy = await engineProxy(docker.engine.host);
	proxy.hang('/containers/ID/json');
	const child = startDaemon(t, proxy.host, [...at(path), '--debounce-ms', '0']);
	await eventually(() => proxy.hung.size > 0);

	child.process.kill('SIGTERM');
	await child.event('DAEMON_STOPPING');
	const asked = performance.now();
	child.process.kill('SIGTERM');
	const code = await child.exit;

	t.is(code, 1);
	t.true(performance.now() - asked < 2000);
});

test.serial('a second daemon on the same folder is refused, and the first goes on', async t => {
	const path = folder(t);
	const host = `unix://${path}/no.sock`;
	const first = startDaemon(t, host, at(path));
	await first.event('ENGINE_LOST');

	const second = startDaemon(t, host, at(path));
	const code = await second.exit;

	t.is(code, 1);
	t.is(first.process.exitCode, null);
	const [failed] = second.lines();
	t.like(failed, {event: 'DAEMON_FAILED', code: 'STATE_LOCKED'});
});

// ---- the command line

async function typed(
	argv: readonly string[],
	env: Readonly<Record<string, string>> = {},
): Promise<{code: number; out: string; err: string}> {
	let out = '';
	let err = '';
	const write = (into: 'out' | 'err') => (text: string) => {
		if (into === 'out') {
			out += text;
		} else {
			err += text;
		}
	};
	const code = await run(argv, {env, stdout: {write: write('out')}, stderr: {write: write('err')}});
	return {code, out, err};
}

test('a wrong configuration ends with 2 and one sentence', async t => {
	const {code, out, err} = await typed(['daemon', '--state', 'relative']);

	t.deepEqual(
		{code, out, err},
		{code: 2, out: '', err: 'sallyport daemon: --state "relative" is not an absolute path\n'},
	);
});

test('a policy that cannot be used ends the daemon before it watches', async t => {
	const path = folder(t);
	writeFileSync(join(path, 'policy.yaml'), 'kind: Nonsense\n');
	const child = startDaemon(t, `unix://${path}/no.sock`, [
		...at(path),
		'--policy',
		join(path, 'policy.yaml'),
	]);

	const code = await child.exit;

	t.is(code, 1);
	t.deepEqual(
		child.lines().map(({event}) => event),
		['DAEMON_FAILED'],
	);
	t.like(child.lines()[0], {code: 'POLICY_BAD_SHAPE'});
	t.false(readdirSync(path).includes('lock'), 'the folder is given back');
});
