import {rmSync, writeFileSync} from 'node:fs';
import {type Answer, askEngine, DEFAULT_HOST, FLOOR} from './answer.ts';
import {type Client, clientFrom, ownClient} from './client.ts';
import {EngineError} from './error.ts';
import {cacheFolder, type ImageStore, type Layout, layoutOf} from './layout.ts';
import {hindrance, startOwn, stopOwn} from './own.ts';
import type {Suite} from './releases.ts';
import {ensureRoot} from './root.ts';
import type {Progress} from './run.ts';

export interface EngineOptions {
	readonly progress?: Progress;
	readonly signal?: AbortSignal | undefined;
	/** Ask for an engine of our own from this Debian release, whatever engine the machine has. */
	readonly suite?: Suite;
	/** Ask for an engine of our own with this image store. */
	readonly store?: ImageStore;
	/** The engine, if it is one of ours, stays up after its users until somebody says stop. */
	readonly keep?: boolean;
	/** Where `DOCKER_HOST` and the cache are looked up. Default: the process's own. */
	readonly env?: NodeJS.ProcessEnv;
	/** Where an engine is looked for when `DOCKER_HOST` is not set. */
	readonly defaultHost?: string;
}

export interface EngineHandle {
	/** A `DOCKER_HOST` value. */
	readonly host: string;
	/** To be merged into a child's environment: DOCKER_HOST, DOCKER_BUILDKIT, and where needed DOCKER_CONFIG, PATH. */
	readonly env: Readonly<Record<string, string>>;
	/** The docker client: a path, or a name to be found on the PATH in `env`. */
	readonly docker: string;
	readonly version: string;
	/** Whether the engine is one of ours, and not the machine's. */
	readonly own: boolean;
	/** Whether this call started it. */
	readonly started: boolean;
	/** Gives an engine of ours back: it stops when nobody else uses it and nobody asked to keep it. */
	stop(): Promise<void>;
}

/**
 * Finds or starts a Docker Engine of at least {@link FLOOR}. An engine that `DOCKER_HOST` or the default socket
 * leads to comes first; else, on Debian as root, one of our own is started. Cheap when it is already up.
 *
 * @throws EngineError `ENGINE_UNAVAILABLE` or `ENGINE_TOO_OLD` telling what to install,
 * `ENGINE_NOT_STARTED` when an engine of our own fails
 */
export async function ensureEngine(options: EngineOptions = {}): Promise<EngineHandle> {
	const {progress = () => {}, signal, env = process.env, defaultHost = DEFAULT_HOST} = options;
	const layout = layoutOf(cacheFolder(env), options.suite ?? 'forky', options.store ?? 'graph-driver');
	const host = env['DOCKER_HOST'] || defaultHost;
	const found =
		options.suite !== undefined || options.store !== undefined || host === layout.host
			? undefined
			: await askEngine(host, signal);
	if (found !== undefined && found.major >= FLOOR) {
		return foundEngine(host, found, env, progress, signal);
	}

	const hindered = await hindrance();
	if (hindered !== undefined) {
		throw refusal(host, found, hindered);
	}

	if (found !== undefined) {
		progress(`${tooOld(host, found)}; using an engine of our own`);
	} else if (env['DOCKER_HOST'] && host !== layout.host) {
		progress(`no Docker Engine answers at DOCKER_HOST=${host}; using an engine of our own`);
	}

	return ownEngine(layout, options, progress);
}

/** The one sentence for a machine on which there is nothing to test on, and nothing can be started. */
export function refusal(host: string, found: Answer | undefined, hindered: string): EngineError {
	return found === undefined
		? new EngineError(
				'ENGINE_UNAVAILABLE',
				`No Docker Engine answers at ${host}, and none of our own can be started: ${hindered}. ` +
					`Install Docker Engine ${FLOOR} or newer with buildx, or point DOCKER_HOST at one`,
			)
		: new EngineError(
				'ENGINE_TOO_OLD',
				`${tooOld(host, found)}, and none of our own can be started: ${hindered}. ` +
					`Install Docker Engine ${FLOOR} or newer, or point DOCKER_HOST at one`,
			);
}

function tooOld(host: string, {version}: Answer): string {
	return `Docker Engine ${version} at ${host} is older than ${FLOOR}, the oldest that Sallyport works with`;
}

async function foundEngine(
	host: string,
	{version}: Answer,
	env: NodeJS.ProcessEnv,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<EngineHandle> {
	const client = (await ownClient()) ?? (await madeClient(env, progress, signal));
	return handleOf({host, version, own: false, started: false, client, stop: async () => {}});
}

/** For a machine that has an engine but no docker client with buildx, as over `DOCKER_HOST`. */
async function madeClient(
	env: NodeJS.ProcessEnv,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<Client> {
	const hindered = await hindrance();
	if (hindered !== undefined) {
		throw new EngineError(
			'ENGINE_UNAVAILABLE',
			'There is a Docker Engine but no docker client with buildx: install docker-cli and docker-buildx',
		);
	}

	return newestClient(env, progress, signal);
}

async function newestClient(
	env: NodeJS.ProcessEnv,
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<Client> {
	const cache = cacheFolder(env);
	const {root, suite} = layoutOf(cache, 'forky', 'graph-driver');
	await ensureRoot(root, suite, progress, signal);
	return clientFrom(root, cache);
}

async function ownEngine(layout: Layout, options: EngineOptions, progress: Progress): Promise<EngineHandle> {
	const {answer, started, lease} = await startOwn(layout, progress, options.signal);
	const stop = async () => {
		rmSync(lease, {force: true});
		await stopOwn(layout, {onlyIfUnused: true});
	};
	try {
		if (options.keep) {
			writeFileSync(layout.kept, '', {mode: 0o600});
		}

		const client = await newestClient(options.env ?? process.env, progress, options.signal);
		return handleOf({host: layout.host, version: answer.version, own: true, started, client, stop});
	} catch (error) {
		await stop();
		throw error;
	}
}

function handleOf({
	client,
	...engine
}: Omit<EngineHandle, 'env' | 'docker'> & {client: Client}): EngineHandle {
	return {...engine, docker: client.docker, env: {DOCKER_HOST: engine.host, ...client.env}};
}
