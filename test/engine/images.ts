import {join} from 'node:path';
import type {EngineHandle} from './engine.ts';
import {EngineError} from './error.ts';
import {cacheFolder} from './layout.ts';
import {withLock} from './lock.ts';
import {LABEL, MARK} from './recipe.ts';
import {type Progress, run} from './run.ts';
import {recipes} from './stand-ins.ts';

export interface ImageOptions {
	readonly progress?: Progress;
	readonly signal?: AbortSignal | undefined;
	/** Where the cache and proxies are looked up. Default: the process's own. */
	readonly env?: NodeJS.ProcessEnv;
}

/** The public images that we can make from packages where no registry is reached. */
export const standIns: readonly string[] = Object.keys(recipes);

const [STAND_IN = ''] = LABEL.split('=');

/** A registry that is there says a first line well within this; a missing one costs this much once. */
const FIRST_LINE_MS = 15_000;

/**
 * Sees to it that the named images are on the engine: as they are, else pulled, else made from packages
 * under the public name and with the label `dev.sallyport.stand-in=true`.
 *
 * @throws EngineError `IMAGE_UNAVAILABLE` for a name that can neither be pulled nor made
 */
export async function ensureImages(
	engine: EngineHandle,
	names: readonly string[],
	options: ImageOptions = {},
): Promise<void> {
	const silent: string[] = [];
	for (const name of names) {
		await ensureImage(engine, name, silent, options);
	}
}

async function ensureImage(
	engine: EngineHandle,
	name: string,
	silent: string[],
	options: ImageOptions,
): Promise<void> {
	if (await isThere(engine, name, options.signal)) {
		return;
	}

	const {progress = () => {}, signal, env = process.env} = options;
	const lock = join(cacheFolder(env), 'images', `${name.replaceAll(/[^a-z0-9.]+/g, '-')}.lock`);
	const onWait = () => progress(`waiting for another process that gets ${name} …`);
	await withLock(
		lock,
		async () => {
			if ((await isThere(engine, name, signal)) || (await pulled(engine, name, silent, progress, signal))) {
				return;
			}

			await make(engine, name, silent, options);
		},
		{signal, onWait},
	);
}

async function make(
	engine: EngineHandle,
	name: string,
	silent: string[],
	options: ImageOptions,
): Promise<void> {
	const recipe = recipes[name];
	if (recipe === undefined) {
		throw new EngineError(
			'IMAGE_UNAVAILABLE',
			`${name} cannot be pulled from ${registryOf(name)}, and there is no recipe to make it from packages; ` +
				`those that can be made are ${standIns.join(', ')}`,
		);
	}

	const {progress = () => {}, signal, env = process.env} = options;
	for (const base of recipe.needs) {
		await ensureImage(engine, base, silent, options);
	}

	progress(`making ${name} from packages (about ${recipe.seconds} s, once) …`);
	const begun = performance.now();
	await recipe.make(engine, {cache: cacheFolder(env), env, progress, signal});
	progress(`made ${name} in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
}

async function isThere(
	engine: EngineHandle,
	name: string,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const mark = recipes[name]?.mark;
	return run(engine.docker, ['image', 'inspect', '--format', '{{json .Config.Labels}}', name], {
		env: engine.env,
		signal,
	}).then(
		text => {
			const labels = (JSON.parse(text) ?? {}) as Readonly<Record<string, string>>;
			// One that was pulled is what it is; one that an older recipe has made is none any more.
			return labels[STAND_IN] !== 'true' || mark === undefined || labels[MARK] === mark;
		},
		() => {
			signal?.throwIfAborted();
			return false;
		},
	);
}

/** @param silent registries that failed before in this run; they are not asked again */
async function pulled(
	engine: EngineHandle,
	name: string,
	silent: string[],
	progress: Progress,
	signal: AbortSignal | undefined,
): Promise<boolean> {
	const registry = registryOf(name);
	if (silent.includes(registry)) {
		return false;
	}

	progress(`pulling ${name} …`);
	const patience = new AbortController();
	const timer = setTimeout(() => patience.abort(new Error(`${registry} says nothing`)), FIRST_LINE_MS);
	const bounded = signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
	try {
		const onLine = () => clearTimeout(timer);
		await run(engine.docker, ['pull', name], {env: engine.env, signal: bounded, timeoutMs: 300_000, onLine});
		return true;
	} catch {
		signal?.throwIfAborted();
		progress(`${name} cannot be pulled from ${registry} here`);
		silent.push(registry);
		return false;
	} finally {
		clearTimeout(timer);
	}
}

/** The first part of a name is a registry when it looks like a host (distribution's reference grammar). */
function registryOf(name: string): string {
	const [first = '', ...rest] = name.split('/');
	return rest.length > 0 && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
}
