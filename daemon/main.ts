import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalJson} from '../proto/canonical-json.ts';
import {digestOf} from '../proto/digest.ts';
import {startApi} from './api/api.ts';
import {setOf} from './attest.ts';
import type {Config} from './config.ts';
import {connectEngine} from './docker/engine.ts';
import {DaemonError, reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import {type Life, startLife} from './life.ts';
import {fileAnchor} from './log/anchor.ts';
import {loadOrCreateKey, signerOf} from './log/keys.ts';
import {type Log, openLog} from './log/log.ts';
import {loadPolicy} from './policy.ts';
import {defaultLimits} from './probes/run.ts';
import {appendLogOf, recordViewOf} from './record-view.ts';
import {releaseViewOf} from './releases.ts';
import {type StateDir, takeStateDir} from './state-dir.ts';
import {openStore} from './store/index.ts';

/** How many containers are looked at side by side; each look opens about a dozen connections. */
const CONCURRENCY = 8;
const MAX_TARGETS = 4096;
const REST_MS = 1000;
const REACH_MS = 3000;
const COVERAGE_MS = 600_000;

/**
 * Runs the daemon until the signal, and returns when everything it began is in the log and closed.
 * @throws {DaemonError} and `LogError`, `PolicyError` of what it stands on, before anything was watched
 */
export async function watch(config: Config, report: Report, signal: AbortSignal): Promise<void> {
	const state = await takeStateDir(config.state);
	try {
		await withLog(config, state, report, signal);
	} finally {
		await state.release();
	}
}

async function withLog(config: Config, state: StateDir, report: Report, signal: AbortSignal): Promise<void> {
	const signer = signerOf(await loadOrCreateKey(join(state.path, 'attestation.key')));
	const log = await openLog({
		store: await openStore(`sqlite:${join(state.path, 'log.db')}`),
		logKey: signerOf(await loadOrCreateKey(join(state.path, 'log.key'))),
		origin: config.origin || `sallyport.dev/log/${state.hostId.slice('urn:uuid:'.length)}`,
		attestors: [signer.publicKey],
		anchor: fileAnchor(join(state.path, 'anchor')),
	});
	try {
		const integrity = log.integrity();
		if (integrity.state === 'broken') {
			// It goes on for readers: what is there can still be looked at, and says that it is broken.
			report('LOG_BROKEN', {reason: integrity.reason});
		}

		await serve(config, state, {log, signer, report, signal});
	} finally {
		await log.close();
	}
}

interface Serving {
	readonly log: Log;
	readonly signer: ReturnType<typeof signerOf>;
	readonly report: Report;
	readonly signal: AbortSignal;
}

/** The API is there before anything is watched: a daemon that cannot be asked does not start. */
async function serve(config: Config, state: StateDir, parts: Serving): Promise<void> {
	const {log, report, signal} = parts;
	let life: Life | undefined;
	const api = await startApi({
		log,
		targets: () => life?.targets() ?? [],
		socket: config.socket,
		listen: config.listen,
		onDefect: error => report('API_DEFECT', {reason: reasonOf(error)}),
	});
	try {
		life = await begin(config, state, parts);
		report('DAEMON_STARTED', {
			origin: log.origin,
			engine: config.dockerHost,
			state: state.path,
			socket: config.socket,
			address: api.address,
			entries: log.checkpoint().size,
		});
		signal.addEventListener('abort', () => report('DAEMON_STOPPING'), {once: true});
		await life.ended;
	} finally {
		await api.close();
	}
}

async function begin(
	config: Config,
	{hostId}: StateDir,
	{log, signer, report, signal}: Serving,
): Promise<Life> {
	const bundle = loadPolicy(config.policy, new Date());
	return startLife(
		{
			means: {
				engine: connectEngine(config.dockerHost),
				record: recordViewOf(log, 2 * config.intervalMs),
				trust: config.trust === undefined ? [] : [await readText(config.trust)],
				releases: releaseViewOf(config.attestations, bundle, report),
				paramsOf: control => bundle.settings[control].params,
				reachMs: REACH_MS,
			},
			judging: {bundle, limits: defaultLimits},
			witness: {
				hostId,
				policy: {
					name: bundle.name,
					version: bundle.version,
					digest: setOf(digestOf(canonicalJson(bundle.document))),
				},
			},
			signer,
			log: appendLogOf(log),
			report,
			schedule: {
				debounceMs: config.debounceMs,
				intervalMs: config.intervalMs,
				concurrency: CONCURRENCY,
				maxTargets: MAX_TARGETS,
				restMs: REST_MS,
			},
			coverageMs: COVERAGE_MS,
		},
		signal,
	);
}

async function readText(path: string | URL): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (cause) {
		throw new DaemonError('CONFIG_INVALID', `${String(path)} cannot be read: ${reasonOf(cause)}`, {cause});
	}
}
