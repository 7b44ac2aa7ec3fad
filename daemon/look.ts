import {digestOf} from '../proto/digest.ts';
import {type Described, describe} from './docker/describe.ts';
import type {Engine} from './docker/engine.ts';
import {fileFactsOf} from './docker/file-inside.ts';
import {seenFromHere} from './docker/here.ts';
import type {PastBook} from './docker/past-book.ts';
import {listeningOf, processesOf} from './docker/processes.ts';
import {type Promised, readPromised} from './docker/promise.ts';
import {remotesOf} from './docker/remotes.ts';
import {replicasOf} from './docker/replicas.ts';
import type {Population} from './docker/roster.ts';
import {parseTarget, type Target} from './docker/target.ts';
import {DaemonError} from './error.ts';
import type {PeopleView} from './host/people.ts';
import type {HostView} from './host/view.ts';
import {insideOf} from './look-inside.ts';
import {once} from './once.ts';
import {ask} from './probes/ask.ts';
import {type Finder, unknown} from './probes/discover.ts';
import {reachEndpoints} from './probes/endpoints.ts';
import {linesOfLog} from './probes/log-lines.ts';
import {pagesOnce} from './probes/pages.ts';
import type {RecordView, Subject} from './probes/probe.ts';
import type {Remembered} from './probes/remembered.ts';
import {openRude} from './probes/rude.ts';
import {openScans} from './probes/tls/scan.ts';
import type {Usual} from './probes/usual.ts';
import {visitsOnce} from './probes/visit.ts';
import {openWires} from './probes/wires.ts';
import type {ReleaseView} from './releases.ts';

/** What looking needs, besides a container. */
export interface Means {
	readonly engine: Engine;
	readonly record: RecordView | undefined;
	/** PEM certificates to trust besides Node's. */
	readonly trust: readonly string[];
	/** Signatures of release jobs for an image, by any of its digests; undefined where no key is trusted to make any. */
	readonly releases?: ReleaseView | undefined;
	readonly host: HostView;
	readonly people?: PeopleView | undefined;
	readonly population?: (() => Population | undefined) | undefined;
	/** What events told of containers; undefined where nobody listens to them. */
	readonly pasts?: Pick<PastBook, 'of' | 'know'> | undefined;
	/** Finds what containers without a contract serve; undefined where only contracts are looked at. */
	readonly finder?: Finder | undefined;
	/** What the daemon's own file says of containers without a contract. */
	readonly described?: readonly Described[] | undefined;
	/** What outlives a look on this host; undefined where nothing does. */
	readonly remembered?: Remembered | undefined;
	/** What images did on their first day; undefined where nothing outlives a look. */
	readonly usual?: Usual | undefined;
	/** What the policy tells a probe. */
	readonly paramsOf: Subject['paramsOf'];
	/** How long listeners of a container that has just started are waited for. */
	readonly reachMs: number;
}

/** How closely to look. */
export interface Manner {
	/** Only the configuration is of interest: no listener is reached, and asking for one is an error. */
	readonly isQuiet?: boolean;
	/** What was read of the promise a while ago, where that is good enough. */
	readonly promisedTo?: (target: Target) => Promised | undefined;
	readonly episodesOf?: (id: string) => Subject['episodes'];
}

/** A configuration larger than this was not written by the build gate. */
const MAX_CONFIG_BYTES = 1024 * 1024;

/**
 * Reads a container's own description and promise, and reaches its listeners: all that probes then look at.
 * @throws {DaemonError} `TARGET_GONE`, `TARGET_MALFORMED`, `DOCKER_…`
 */
export async function subjectOf(
	id: string,
	means: Means,
	signal: AbortSignal,
	{isQuiet = false, promisedTo, episodesOf}: Manner = {},
): Promise<Subject> {
	const {engine, record, trust, releases, host, paramsOf, reachMs} = means;
	const inspected = await engine.inspect(id, signal);
	const target = parseTarget(inspected);
	const promised =
		promisedTo?.(target) ??
		(await readPromised(engine, target, signal, describe(target, means.described ?? [])));
	means.pasts?.know(target);
	const proxy = promised.state === 'kept' ? promised.contract.proxy : undefined;
	const proxyConfig = once(async () =>
		proxy === undefined ? undefined : configOf(engine, target, proxy.configPath, signal),
	);
	const wires = openWires();
	const scans = openScans(trust, signal);
	const asking: Subject['ask'] = (endpoint, asked, stop) => ask(endpoint, asked, stop, wires);
	const rude = openRude(wires.secureContext);
	const lines: Subject['lines'] = (since, stop) => linesOf(engine, target, since, stop);
	const reach = AbortSignal.any([signal, AbortSignal.timeout(reachMs)]);
	const endpoints =
		target.running && !isQuiet
			? await endpointsOf(await seenFromHere(target, engine), promised, means.finder, reach)
			: [];
	return {
		target,
		promised,
		get endpoints() {
			return isQuiet ? notReached() : endpoints;
		},
		now: new Date(),
		engineSockets: engine.sockets,
		processes: once(() => processesOf(target)),
		listening: once(() => listeningOf(target)),
		configDigest: async () => {
			const bytes = await proxyConfig();
			return bytes === undefined ? undefined : digestOf(bytes);
		},
		inside: insideOf({engine, target, inspected, proxyConfig, remembered: means.remembered, signal}),
		ask: asking,
		pages: pagesOnce({ask: asking, promised}, signal),
		scan: scans.scan,
		fileFacts: path =>
			fileFactsOf({target, open: each => engine.archive(target.id, each, signal)}, path, signal),
		close: () => {
			wires.close();
			scans.close();
		},
		rude,
		visit: visitsOnce({ask: asking, rude, lines, promised}, signal),
		remotes: once(() => remotesOf(target)),
		usual: means.usual,
		lines,
		record,
		trust,
		host: {...host, engine: () => host.engine(engine.homeOf?.(target.id))},
		paramsOf,
		episodes: episodesOf?.(target.id),
		people: means.people,
		population: means.population?.(),
		past: means.pasts?.of(target.id),
		replicas: once(() => replicasOf(engine, target, signal)),
		releases: releases === undefined ? undefined : once(() => releases(target.image)),
	};
}

/** Nobody may take what was not tried for what is not there. */
function notReached(): never {
	throw new DaemonError('LOOK_CUT_SHORT', 'Listeners are not reached by a look at the configuration alone');
}

/** What was promised, or else what is found. A promise that cannot be believed says nothing about what is served. */
async function endpointsOf(
	target: Target,
	promised: Promised,
	finder: Finder | undefined,
	reach: AbortSignal,
): Promise<Subject['endpoints']> {
	if (promised.state === 'kept') {
		const {proxy} = promised.contract;
		return proxy === undefined ? [] : reachEndpoints(target, proxy, reach);
	}

	const isUnpromised = promised.state === 'none' || promised.state === 'described';
	if (!isUnpromised) {
		return [];
	}

	if (finder === undefined) {
		return [unknown];
	}

	const description = promised.state === 'described' ? promised.description : undefined;
	return finder.find(target, () => listeningOf(target), description, reach);
}

async function configOf(
	engine: Engine,
	{id}: Target,
	path: string,
	signal: AbortSignal,
): Promise<Uint8Array | undefined> {
	try {
		return await engine.readFile(id, path, MAX_CONFIG_BYTES, signal);
	} catch (error) {
		// Absent or no file: that is something seen. Anything else is a look that failed, and stays one.
		if (error instanceof DaemonError && ['FILE_ABSENT', 'FILE_REFUSED'].includes(error.code)) {
			return undefined;
		}

		throw error;
	}
}

async function* linesOf(
	engine: Engine,
	{id, tty}: Target,
	since: Date,
	stop: AbortSignal,
): AsyncGenerator<string, void, undefined> {
	try {
		yield* linesOfLog(await engine.logs(id, since, stop), tty, stop);
	} catch (error) {
		if (!stop.aborted) {
			throw error;
		}
	}
}
