import {readChanges} from './docker/changes.ts';
import type {Engine} from './docker/engine.ts';
import {type ImageConfig, parseImageConfig} from './docker/image-config.ts';
import {kernelOf, type SeenKernel} from './docker/kernel.ts';
import {logFileOf} from './docker/log-file.ts';
import {mountAt} from './docker/mountinfo.ts';
import {pointsReaching} from './docker/reaching.ts';
import {secretFilesOf} from './docker/secret-files.ts';
import {environmentOf} from './docker/settings.ts';
import type {Target} from './docker/target.ts';
import {DaemonError} from './error.ts';
import {once} from './once.ts';
import type {Inside} from './probes/inside.ts';
import type {Remembered} from './probes/remembered.ts';

export interface LookingInside {
	readonly engine: Pick<Engine, 'imageConfig' | 'changes'>;
	readonly target: Target;
	/** The engine's own words, as they were parsed into the target. */
	readonly inspected: unknown;
	readonly proxyConfig: () => Promise<Uint8Array | undefined>;
	readonly remembered: Remembered | undefined;
	readonly signal: AbortSignal;
}

/** All of it is looked at when a probe asks, and not before. */
export function insideOf({
	engine,
	target,
	inspected,
	proxyConfig,
	remembered,
	signal,
}: LookingInside): Inside {
	const kernel = once(() => kernelOf(target));
	return {
		environment: environmentOf(inspected),
		image: once(() => {
			const read = (): Promise<ImageConfig | undefined> => imageOf(engine, target, signal);
			return remembered === undefined ? read() : remembered.image(target.image.digest, read);
		}),
		kernel,
		reaching: files => pointsReaching(target, files),
		changes: once(async () => {
			// The engine walks through all of it to answer, and where nothing can be written there is nothing to find.
			if (cannotChange(target, await kernel())) {
				return {changes: [], isCut: false};
			}

			const answer = await engine.changes(target.id, signal);
			try {
				return await readChanges(answer, signal);
			} finally {
				answer.destroy();
			}
		}),
		secrets: once(() => secretFilesOf(target)),
		logFile: once(() => logFileOf(target.settings.log.path)),
		proxyConfig: async () => {
			const bytes = await proxyConfig();
			return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
		},
		remembered,
	};
}

/** Whoever may mount could have made the root writable for a while; nobody else can, not even through the engine. */
function cannotChange({settings, privileged, capabilities}: Target, seen: SeenKernel): boolean {
	const root = seen.seen && seen.kernel.mounts !== undefined ? mountAt(seen.kernel.mounts, '/') : undefined;
	return settings.readOnlyRoot && root?.readOnly === true && !privileged && capabilities.added.length === 0;
}

async function imageOf(
	engine: Pick<Engine, 'imageConfig'>,
	{image}: Target,
	signal: AbortSignal,
): Promise<ImageConfig | undefined> {
	try {
		return parseImageConfig(await engine.imageConfig(image.digest, signal));
	} catch (error) {
		if (error instanceof DaemonError && error.code === 'TARGET_GONE') {
			return undefined;
		}

		throw error;
	}
}
