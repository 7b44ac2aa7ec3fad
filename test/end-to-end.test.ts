import {mkdtemp, readdir} from 'node:fs/promises';
import type {IncomingMessage} from 'node:http';
import {get} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {buildExample} from '../examples/demo/build.ts';
import {runContainer, stopContainer} from '../examples/demo/container.ts';
import {fetchRecord, waitForEntry} from '../examples/demo/record.ts';
import {startDaemon, stopDaemon} from '../examples/demo/watch.ts';
import {cosign} from './cosign.ts';
import {run} from './engine/run.ts';
import {openDocker} from './helpers/docker.ts';

// The whole path, as the demo goes it, and what a stranger with cosign makes of the result.

const docker = openDocker();
const mustPass: readonly string[] = [
	...[
		'hdr-on-errors',
		'proxy-tls-min-version',
		'proxy-http-redirect',
		'proxy-in-path',
		'log-access-complete',
	],
	...[
		'run-user-non-root',
		'run-no-privileged',
		'run-no-new-privileges',
		'run-cap-minimal',
		'avail-memory-limit',
	],
];
const quiet = (): void => undefined;

test('one line in a Dockerfile ends in a record that cosign accepts without a network', async t => {
	const {engine} = await docker;
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
	const name = `sallyport-e2e-${process.pid}`;
	t.teardown(async () => {
		await stopDaemon(folder);
		await stopContainer(engine, name);
	});

	const built = await buildExample(engine, quiet);
	const daemon = await startDaemon(folder, engine, quiet, ['--interval', '3']);
	const container = await runContainer(engine, built.image, name, quiet);
	// On a busy machine the first look may find things that it could not see in time, and says so. Those are looked at
	// again, and what changed is recorded again.
	const record = await eventually(async () => {
		const entry = await waitForEntry(daemon, container, quiet);
		const latest = await fetchRecord(daemon, engine, folder, built.image, entry);
		const missing = latest.checks.filter(
			({control, result}) => mustPass.includes(control) && result !== 'pass',
		);
		if (missing.length > 0 || latest.checks.length === 0) {
			throw new Error(
				missing.map(({control, result, message}) => `${control} ${result}: ${message}`).join('\n'),
			);
		}

		return latest;
	});

	t.regex(built.findings, /fixed +Dockerfile:\d+ +health-check-set +health-check-defined/);
	const build = record.checks.find(({control}) => control === 'chg-digest-attested');
	t.is(build?.result, 'pass', build?.message);
	const certificate = record.checks.find(({control}) => control === 'proxy-tls-cert-valid');
	t.is(certificate?.result, 'fail');
	t.regex(certificate?.message ?? '', /self-signed, made when the container started/);
	t.true(record.verification.passed, record.verification.text);

	const {bundle, key, trustedRoot, blob} = record.files;
	const args = [
		'--key',
		key,
		'--bundle',
		bundle,
		'--trusted-root',
		trustedRoot,
		'--type',
		record.predicateType,
		blob,
	];
	await t.notThrowsAsync(run('unshare', ['-n', await cosign(), 'verify-blob-attestation', ...args]));
});

test('the demo puts a broken record of an earlier run aside, says so, and begins a new one', async t => {
	const {engine} = await docker;
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-e2e-'));
	const told: string[] = [];
	t.teardown(() => stopDaemon(folder));
	await startDaemon(folder, engine, quiet);
	await stopDaemon(folder);
	const database = new DatabaseSync(join(folder, 'state', 'log.db'));
	database.exec('CREATE TABLE added_by_hand (x)');
	database.close();

	const daemon = await startDaemon(folder, engine, line => told.push(line));

	t.true((await fetch(`${daemon.url}/readyz`)).ok);
	t.regex(told.join('\n'), /cannot be continued, it is kept in .*state-broken-\d+: .*changed by hand/);
	t.is((await readdir(folder)).filter(name => name.startsWith('state-broken-')).length, 1);
});

test('a static program in an empty image runs behind the proxy, read-only and without capabilities', async t => {
	const {engine} = await docker;
	const example = fileURLToPath(new URL('../examples/static-binary/', import.meta.url));
	const name = `sallyport-static-${process.pid}`;
	t.teardown(() => stopContainer(engine, name));
	await run(engine.docker, ['build', '-q', '-t', 'sallyport-test/static-binary', example], {env: engine.env});
	const ports = await run(
		engine.docker,
		['image', 'inspect', '-f', '{{json .Config.ExposedPorts}}', 'sallyport-test/static-binary'],
		{
			env: engine.env,
		},
	);
	// The program listens on 8080 itself, so the redirect has moved.
	t.deepEqual(Object.keys(JSON.parse(ports)).toSorted(), ['8443/tcp', '9080/tcp']);

	const container = await runContainer(engine, 'sallyport-test/static-binary', name, quiet);
	const answer = await eventually(() => ask(container.https));
	const started = Date.now();
	await run(engine.docker, ['stop', name], {env: engine.env});

	t.is(answer.status, 200);
	t.is(answer.body, 'hello\n');
	t.truthy(answer.headers['strict-transport-security']);
	t.is(await run(engine.docker, ['inspect', '-f', '{{.State.ExitCode}}', name], {env: engine.env}), '0\n');
	t.true(Date.now() - started < 9000, 'it stopped by itself, before Docker would have killed it');
});

interface Answer {
	readonly status: number | undefined;
	readonly headers: IncomingMessage['headers'];
	readonly body: string;
}

function ask(port: number): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const request = get(
			{host: '127.0.0.1', port, path: '/', rejectUnauthorized: false, timeout: 2000},
			response => {
				text(response).then(
					body => resolve({status: response.statusCode, headers: response.headers, body}),
					reject,
				);
			},
		);
		request.on('timeout', () => request.destroy(new Error('no answer')));
		request.on('error', reject);
	});
}

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
	const until = Date.now() + 60_000;
	for (;;) {
		try {
			return await attempt();
		} catch (error) {
			if (Date.now() > until) {
				throw error;
			}

			await new Promise(resolve => setTimeout(resolve, 500));
		}
	}
}
