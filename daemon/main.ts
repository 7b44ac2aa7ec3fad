import {join} from 'node:path';
import {alertRecordOf} from './alert-record.ts';
import {startApi} from './api/api.ts';
import {type Clock, openClock} from './clock.ts';
import type {Config} from './config.ts';
import {type Containing, startContaining} from './contain.ts';
import {containersInKernel} from './docker/cgroups.ts';
import {openConfineDoor} from './docker/confine.ts';
import {readEngineInfo} from './docker/engine-info.ts';
import {connectEngines} from './docker/engines.ts';
import {openPasts} from './docker/past-book.ts';
import {openRoster} from './docker/roster.ts';
import {reasonOf} from './error.ts';
import type {Report} from './event-codes.ts';
import {type Outside, outsideIn} from './host/outside.ts';
import {hostViewOf} from './host/view.ts';
import {type Life, startLife} from './life.ts';
import {fileAnchor} from './log/anchor.ts';
import {loadOrCreateKey, signerOf} from './log/keys.ts';
import {type Log, openLog} from './log/log.ts';
import {fileMarks} from './log/mark.ts';
import {openFinder} from './probes/discover.ts';
import {registry} from './probes/index.ts';
import {negativeControls} from './probes/negative.ts';
import {defaultLimits} from './probes/run.ts';
import {worstContainer} from './probes/worst/container.ts';
import {heartbeatFile} from './pulse.ts';
import {appendLogOf, conditionOf, recordViewOf} from './record-view.ts';
import {liveRules} from './reload.ts';
import {openRemembered} from './remembered.ts';
import {policyFactsOf, readRules} from './rules.ts';
import {checkHourly} from './self-check.ts';
import {passedOf} from './short-lived.ts';
import {type StateDir, takeStateDir} from './state-dir.ts';
import {openStore} from './store/index.ts';
import {type LiveTelling, startTelling} from './telling.ts';
import {openUsual} from './usual.ts';

/** How many containers are looked at side by side: most of a short look is waiting, and long ones take many connections. */
const CONCURRENCY = 64;
const MAX_TARGETS = 4096;
const REST_MS = 1000;
const REACH_MS = 2000;
const COVERAGE_MS = 600_000;
const ANCHOR_MS = 3_600_000;
/** What waits to be told when the daemon is asked to stop gets this long. */
const TELL_MS = 3000;

/**
 * Runs the daemon until the signal, and returns when everything it began is in the log and closed.
 * @throws {DaemonError} and `LogError`, `PolicyError` of what it stands on, before anything was watched
 */
export async function watch(
	config: Config,
	report: Report,
	signal: AbortSignal,
	reloads?: Reloads,
): Promise<void> {
	const state = await takeStateDir(config.state);
	try {
		await withLog(config, state, {report, signal, reloads});
	} finally {
		await state.release();
	}
}

async function withLog(
	config: Config,
	state: StateDir,
	parts: Omit<Serving, 'log' | 'signer' | 'clock'>,
): Promise<void> {
	const signer = signerOf(await loadOrCreateKey(join(state.path, 'attestation.key')));
	const clock = openClock();
	const origin = config.origin || `sallyport.dev/log/${state.hostId.slice('urn:uuid:'.length)}`;
	const log = await openLog({
		store: await openStore(config.store ?? `sqlite:${join(state.path, 'log.db')}`, origin),
		logKey: signerOf(await loadOrCreateKey(join(state.path, 'log.key'))),
		origin,
		attestors: [signer.publicKey],
		anchor: fileAnchor(join(state.path, 'anchor')),
		marks: fileMarks(join(state.path, 'checked')),
		now: clock.now,
	});
	try {
		const integrity = log.integrity();
		if (integrity.state === 'broken') {
			// It goes on for readers: what is there can still be looked at, and says that it is broken.
			parts.report('LOG_BROKEN', {reason: integrity.reason});
		}

		await serve(config, state, {...parts, log, signer, clock});
	} finally {
		await log.close();
	}
}

interface Serving {
	readonly clock: Clock;
	readonly log: Log;
	readonly signer: ReturnType<typeof signerOf>;
	readonly report: Report;
	readonly signal: AbortSignal;
	readonly reloads: Reloads | undefined;
}

/** How the daemon is asked to read its files again. */
export interface Reloads {
	readonly reread: () => Config;
	/** Called once, when asking begins to make sense. */
	readonly ready: (reload: () => Promise<void>) => void;
}

/** The API is there before anything is watched: a daemon that cannot be asked does not start. */
async function serve(config: Config, state: StateDir, parts: Serving): Promise<void> {
	const {log, signer, report, signal} = parts;
	let begun: Begun | undefined;
	const record = alertRecordOf(log, signer, state.hostId);
	const telling = startTelling({
		alerts: config.alerts,
		record,
		hostId: state.hostId,
		report,
		book: () => begun?.life.episodes,
	});
	const api = await startApi({
		log,
		targets: () => begun?.life.targets() ?? [],
		people: telling.people,
		socket: config.socket,
		listen: config.listen,
		onDefect: error => report('API_DEFECT', {reason: reasonOf(error)}),
	});
	try {
		begun = await begin(config, state, {...parts, telling, record});
		report('DAEMON_STARTED', {
			origin: log.origin,
			engines: config.engines.map(({name}) => name),
			state: state.path,
			socket: config.socket,
			address: api.address,
			entries: log.checkpoint().size,
		});
		void checkHourly(
			log,
			reason => {
				report('LOG_BROKEN', {reason});
				telling.teller.tell({kind: 'record', at: new Date(), reason});
			},
			signal,
		);
		signal.addEventListener('abort', () => report('DAEMON_STOPPING'), {once: true});
		await begun.life.ended;
		await begun.containing.settle(AbortSignal.timeout(TELL_MS));
	} finally {
		await telling.teller.drain(AbortSignal.timeout(TELL_MS));
		await api.close();
	}
}

interface Told {
	readonly telling: LiveTelling;
	readonly record: ReturnType<typeof alertRecordOf>;
}

interface Begun {
	readonly life: Life;
	readonly containing: Containing;
}

async function begin(
	config: Config,
	{hostId, path}: StateDir,
	{log, signer, clock, report, signal, reloads, telling, record}: Serving & Told,
): Promise<Begun> {
	const outside = config.anchor === undefined ? undefined : outsideIn(config.anchor);
	const engine = connectEngines(config.engines);
	const pasts = openPasts(engine, signal);
	const roster = openRoster({scan: containersInKernel});
	let life: Life | undefined;
	const live = liveRules(await readRules(config, report), config, {
		reread: reloads?.reread ?? (() => config),
		report,
		onChange: next => {
			telling.replace(next.alerts);
			life?.reload();
		},
	});
	const containing = startContaining({
		door: openConfineDoor(config.engines),
		isEnabled: config.containment,
		policy: live.current,
		record,
		teller: telling.teller,
		hostId,
		report,
	});
	life = startLife(
		{
			means: {
				engine,
				pasts,
				people: {...telling.view, ...containing.view},
				finder: openFinder(),
				described: config.containers,
				population: roster.population,
				record: recordViewOf(log, 2 * config.intervalMs),
				get trust() {
					return live.current().trust;
				},
				get releases() {
					return live.current().releases;
				},
				host: hostViewOf({
					engine: (stop, at) => readEngineInfo(engineAt(config.engines, at), stop),
					state: path,
					record: conditionOf(log, () => outside?.keptAt()),
					policy: () => policyFactsOf(live.current()),
				}),
				remembered: await openRemembered(path, report),
				usual: await openUsual(path, report),
				paramsOf: control => live.current().bundle.settings[control].params,
				reachMs: REACH_MS,
			},
			judging: {
				get bundle() {
					return live.current().bundle;
				},
				limits: defaultLimits,
			},
			witness: {
				hostId,
				get policy() {
					return live.current().policy;
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
			teller: {
				tell: notice => {
					containing.hear(notice);
					telling.teller.tell(notice);
				},
			},
			clock,
			heartbeat: heartbeatFile(join(path, 'heartbeat')),
			roster,
			observe: pasts.take,
			passed: id => passedOf(id, pasts.of(id)),
			doubt: negativeControls(registry, {usual: worstContainer}),
		},
		signal,
	);
	reloads?.ready(live.reload);
	if (outside !== undefined) {
		keepOutside(outside, log, report, signal);
	}

	return {life, containing};
}

/** Whose engine is not known is asked about the first: it is the one of this host. */
function engineAt(engines: Config['engines'], wanted: string | undefined): Config['engines'][number] {
	return engines.find(({address}) => address === wanted) ?? engines[0] ?? {name: '', address: ''};
}

/** A checkpoint an hour, beginning now: what lies elsewhere is what this host cannot take back. */
function keepOutside(outside: Outside, log: Log, report: Report, signal: AbortSignal): void {
	const keep = (): void => {
		outside
			.keep(log.checkpoint())
			.catch((error: unknown) => report('ANCHOR_FAILED', {reason: reasonOf(error)}));
	};
	keep();
	const timer = setInterval(keep, ANCHOR_MS);
	timer.unref();
	signal.addEventListener('abort', () => clearInterval(timer), {once: true});
}
