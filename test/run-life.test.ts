import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import type {Coverage, RuntimeVerification} from '../proto/statement.ts';
import {at, type DaemonProcess, startDaemon} from './helpers/daemon-process.ts';
import {openDocker} from './helpers/docker.ts';
import {eventually} from './helpers/eventually.ts';

// A daemon that is killed in the middle of everything, and the one after it.

interface Running extends DaemonProcess {
	readonly url: string;
}

const main = new URL('../cli/sallyport.mjs', import.meta.url).pathname;

function folderOf(t: ExecutionContext): string {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-life-'));
	t.teardown(() => rmSync(path, {recursive: true, force: true}));
	return path;
}

async function start(t: ExecutionContext, folder: string, host: string): Promise<Running> {
	const daemon = startDaemon(t, host, [...at(folder), '--interval', '2']);
	const {address} = await daemon.event('DAEMON_STARTED');
	return {...daemon, url: `http://${String(address)}`};
}

/** Oldest first. */
async function statements<P>(
	{url}: Running,
	filter: Readonly<Record<string, string>>,
): Promise<readonly P[]> {
	const query = new URLSearchParams({...filter, order: 'oldest', page_size: '100'});
	const {entries} = await json<{entries: readonly {id: string}[]}>(`${url}/v1/entries?${query}`);
	return Promise.all(
		entries.map(async ({id}) => {
			const {statement} = await json<{statement: {predicate: P}}>(`${url}/v1/entries/${id}`);
			return statement.predicate;
		}),
	);
}

async function json<T>(url: string): Promise<T> {
	const answer = await fetch(url);
	if (!answer.ok) {
		throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
	}

	return (await answer.json()) as T; // Our own API's.
}

const CONTROL = 'run-no-privileged';
const episodeIn = (predicate: RuntimeVerification | undefined) =>
	predicate?.checks.find(({control}) => control === CONTROL)?.episode;

test('kill -9 loses no verdict and no episode: the next daemon goes on with it, closes what ended meanwhile, and says how long nobody looked', async t => {
	t.timeout(120_000);
	const docker = await openDocker();
	const folder = folderOf(t);
	const run = async (): Promise<string> => {
		const {stdout} = await docker([
			'run',
			'-d',
			'--privileged',
			'--label',
			'sallyport-test',
			'debian:trixie-slim',
			'sleep',
			'600',
		]);
		const id = stdout.trim();
		t.teardown(() => docker(['rm', '-f', id]));
		return id;
	};
	const first = await start(t, folder, docker.engine.host);
	const stays = await run();
	const goes = await run();
	const seen = (daemon: Running, container: string) =>
		statements<RuntimeVerification>(daemon, {
			container,
			predicate_type: 'runtime-verification',
		});
	const opened = await eventually(async () => (await seen(first, stays)).find(each => episodeIn(each)));
	await eventually(async () => (await seen(first, goes)).find(each => episodeIn(each)));
	const episode = episodeIn(opened);
	const acknowledged = (await seen(first, stays)).length;

	const ids = await json<{entries: readonly {id: string}[]}>(
		`${first.url}/v1/entries?container=${stays}&predicate_type=runtime-verification`,
	);
	const replayed = spawnSync(
		process.execPath,
		[main, 'log', 'replay', ids.entries[0]?.id ?? '', '--server', first.url],
		{encoding: 'utf8'},
	);
	t.is(replayed.status, 0, replayed.stdout + replayed.stderr);
	t.regex(replayed.stdout, /^The same findings under baseline are fail again/);

	first.process.kill('SIGKILL');
	await first.exit;
	await docker(['rm', '-f', goes]);
	await sleep(6000);
	const second = await start(t, folder, docker.engine.host);

	const next = await eventually(async () => {
		const all = await seen(second, stays);
		return all.length > acknowledged ? all : undefined;
	});
	const [last] = await eventually(async () => {
		const all = await seen(second, goes);
		return all.at(-1)?.trigger === 'event:die' ? all.slice(-1) : undefined;
	});
	const blind = await eventually(async () => {
		const all = await statements<Coverage>(second, {predicate_type: 'coverage'});
		return all.flatMap(({gaps}) => gaps).find(({reason}) => reason === 'the daemon was not running');
	});

	t.truthy(episode?.id);
	t.true(next.length > acknowledged);
	t.is(episodeIn(next.at(-1))?.id, episode?.id, 'the same episode, not another one');
	t.is(episodeIn(next.at(-1))?.openedAt, episode?.openedAt);
	t.truthy(next.at(-1)?.previous, 'the chain goes on');
	t.is(episodeIn(last)?.closedBy, 'stopped');
	t.true((episodeIn(last)?.durationMs ?? 0) > 0);
	t.true(Date.parse(blind.to) - Date.parse(blind.from) >= 6000, JSON.stringify(blind));

	// What ends while somebody looks ends at once, and everything is in the log when the daemon is.
	await docker(['rm', '-f', stays]);
	const end = await eventually(async () =>
		(await seen(second, stays)).find(({trigger}) => trigger === 'event:die'),
	);
	t.is(episodeIn(end)?.id, episode?.id);
	t.is(episodeIn(end)?.closedBy, 'stopped');
	second.process.kill('SIGTERM');
	t.is(await second.exit, 0);
	t.false(second.lines().some(({event}) => event === 'RECORD_FAILED'));
});
