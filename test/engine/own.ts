import {spawn} from 'node:child_process';
import {
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {type Answer, askEngine} from './answer.ts';
import {ensurePrograms} from './apt.ts';
import {EngineError} from './error.ts';
import type {Layout} from './layout.ts';
import {leasesIn, takeLease} from './leases.ts';
import {withLock} from './lock.ts';
import {makeNetwork, type Network, removeNetwork} from './network.ts';
import {boot, endProcess, endProcesses, removeGroups, startOf} from './processes.ts';
import {ensureRoot} from './root.ts';
import {has, type Progress} from './run.ts';

interface State {
	readonly root: string;
	readonly pid: number;
	readonly startedAt: string | undefined;
	readonly boot: string;
	readonly network: Network;
}

/** From SIGTERM to the end dockerd gives each container ten seconds of its own. */
const STOP_MS = 30_000;
/** Opening the build cache of thousands of builds takes a cold disk a minute; one that cannot start ends instead. */
const START_MS = 300_000;
const SILENCE_MS = 30_000;

/** Why no engine of our own can be started here, as the end of a sentence; undefined when one can. */
export async function hindrance(): Promise<string | undefined> {
	const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
	if (!/^ID(?:_LIKE)?=.*\bdebian\b/m.test(release) || !(await has('apt-get'))) {
		return 'this is not a Debian system';
	}

	return process.geteuid?.() === 0 ? undefined : 'that needs root';
}

/**
 * Starts the engine unless it is already up, and notes that this process uses it. Both happen inside the lock:
 * an engine that answers just before its last user stops it would else be handed out while it goes down.
 */
export async function startOwn(
	layout: Layout,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<{answer: Answer; started: boolean; lease: string}> {
	const onWait = () => progress('waiting for another process that starts or stops the engine …');
	return withLock(
		layout.lock,
		async () => {
			const up = await standing(layout, signal);
			const answer = up ?? (await start(layout, progress, signal));
			if (readState(layout)?.root !== layout.root) {
				progress('the engine that is up has an earlier list of packages; stop and start it to renew it');
			}

			return {answer, started: up === undefined, lease: takeLease(layout.leases)};
		},
		{signal, onWait},
	);
}

/**
 * The answer of an engine that is up. A machine under load may take long to answer; as long as its dockerd
 * lives, an engine with other people's containers is not to be taken for dead after one silence.
 */
async function standing(layout: Layout, signal: AbortSignal | undefined): Promise<Answer | undefined> {
	const state = readState(layout);
	const patience = AbortSignal.timeout(SILENCE_MS);
	for (;;) {
		const answer = await askEngine(layout.host, signal);
		if (answer !== undefined || state === undefined || !lives(state) || patience.aborted) {
			return answer;
		}

		await wait(200, undefined, {signal});
	}
}

/** Stops the engine and takes its bridge away, unless `onlyIfUnused` and somebody still uses it. */
export async function stopOwn(layout: Layout, {onlyIfUnused}: {onlyIfUnused: boolean}): Promise<void> {
	await withLock(layout.lock, async () => {
		if (onlyIfUnused && (existsSync(layout.kept) || leasesIn(layout.leases).length > 0)) {
			return;
		}

		await stop(layout);
	});
}

async function start(layout: Layout, progress: Progress, signal: AbortSignal | undefined): Promise<Answer> {
	// What a killed dockerd leaves holds the databases below data/ and would make the next one wait forever.
	await stop(layout);
	await ensurePrograms({ip: ['iproute2']}, progress, signal);
	await ensureRoot(layout.root, layout.suite, progress, signal);
	progress(`starting Docker Engine of Debian ${layout.suite} …`);
	mkdirSync(join(layout.home, 'data'), {recursive: true, mode: 0o710});
	mkdirSync(join(layout.home, 'run'), {recursive: true, mode: 0o700});

	const network = await makeNetwork(layout);
	const pid = launch(layout, network);
	const state: State = {root: layout.root, pid, startedAt: startOf(pid), boot: boot(), network};
	writeFileSync(layout.state, JSON.stringify(state), {mode: 0o600});
	try {
		const answer = await firstAnswer(layout, pid, signal);
		progress(`Docker Engine ${answer.version} answers at ${layout.host}`);
		return answer;
	} catch (error) {
		await stop(layout);
		throw error;
	}
}

function launch(layout: Layout, network: Network): number {
	if (existsSync(layout.log)) {
		renameSync(layout.log, `${layout.log}.1`);
	}

	const log = openSync(layout.log, 'a', 0o600);
	const certificates = process.env['SSL_CERT_FILE'] || '/etc/ssl/certs/ca-certificates.crt';
	const child = spawn(
		'unshare',
		[
			'--mount',
			'--propagation=private',
			'sh',
			join(import.meta.dirname, 'launch.sh'),
			layout.root,
			layout.home,
			certificates,
			String(layout.store === 'containerd'),
			layout.bridge,
			network.pool,
			String(network.mtu),
		],
		{detached: true, stdio: ['ignore', log, log]},
	);
	child.unref();
	closeSync(log);
	return child.pid ?? 0;
}

async function firstAnswer(layout: Layout, pid: number, signal: AbortSignal | undefined): Promise<Answer> {
	const patience = AbortSignal.timeout(START_MS);
	while (!patience.aborted && startOf(pid) !== undefined) {
		const answer = await askEngine(layout.host, signal);
		if (answer !== undefined) {
			return answer;
		}

		await wait(100, undefined, {signal});
	}

	const told = readFileSync(layout.log, 'utf8').trimEnd().split('\n').slice(-5).join('\n  ');
	throw new EngineError(
		'ENGINE_NOT_STARTED',
		`An engine of our own does not start here. Install Docker Engine 24 or newer, or see ${layout.log}, which ends:\n  ${told}`,
	);
}

async function stop(layout: Layout): Promise<void> {
	const state = readState(layout);
	if (state !== undefined && lives(state)) {
		endProcess(state.pid, 'SIGTERM');
		const patience = AbortSignal.timeout(STOP_MS);
		while (lives(state) && !patience.aborted) {
			await wait(50);
		}
	}

	await endProcesses(layout);
	removeGroups(layout);
	for (const file of [layout.socket, layout.kept, layout.state]) {
		rmSync(file, {force: true});
	}

	if (state !== undefined) {
		await removeNetwork(layout.bridge, state.root, state.network);
	}
}

/** The state of the engine that was last started in this boot of the machine; a reboot ends all there was. */
function readState(layout: Layout): State | undefined {
	// We wrote it, but a crash may have cut it off.
	const text = existsSync(layout.state) ? readFileSync(layout.state, 'utf8') : '';
	const state = text.endsWith('}') ? (JSON.parse(text) as State) : undefined;
	return state?.boot === boot() ? state : undefined;
}

function lives({pid, startedAt}: State): boolean {
	return startedAt !== undefined && startOf(pid) === startedAt;
}
