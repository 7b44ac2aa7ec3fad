import type {Engine} from './engine.ts';
import {type WatchOptions, watchEngine} from './events.ts';
import type {Happening} from './happening.ts';
import type {Roster} from './roster.ts';

export interface WatchAllOptions extends WatchOptions {
	readonly roster?: Roster | undefined;
	/** Is told of everything before whoever watches is; what it answers with false goes no further. */
	readonly observe?: ((happening: Happening) => boolean) | undefined;
}

/** Enough for what two sockets of one engine can be apart. */
const MAX_KEYS = 4096;

/** Follows every engine that this one stands for, side by side, until the signal. What two of them tell alike is told once. */
export async function* watchContainers(
	engine: Engine,
	signal: AbortSignal,
	{roster, observe, ...options}: WatchAllOptions = {},
): AsyncGenerator<Happening, void, undefined> {
	const own = new AbortController();
	const either = AbortSignal.any([signal, own.signal]);
	const parts = engine.parts ?? [engine];
	const sources: AsyncGenerator<Happening, void, undefined>[] = [
		...parts.map(part => watchEngine(part, either, options)),
		...(roster === undefined ? [] : [roster.strays(either)]),
	];
	const isNew = parts.length > 1 ? firstOfTwins() : () => true;
	try {
		for await (const happening of merged(sources)) {
			// Each way to an engine is held against itself, whatever another told before.
			roster?.take(happening);
			if (isNew(happening)) {
				if (observe?.(happening) !== false) {
					yield happening;
				}
			}
		}
	} finally {
		own.abort();
	}
}

/** Each source is asked for its next only after its last was taken, so that nothing piles up here. */
async function* merged(
	sources: readonly AsyncGenerator<Happening, void, undefined>[],
): AsyncGenerator<Happening, void, undefined> {
	const step = async (source: (typeof sources)[number]) => ({source, result: await source.next()});
	const waiting = new Map(sources.map(source => [source, step(source)]));
	while (waiting.size > 0) {
		const {source, result} = await Promise.race(waiting.values());
		if (result.done === true) {
			waiting.delete(source);
		} else {
			waiting.set(source, step(source));
			yield result.value;
		}
	}
}

/** Two sockets may lead to one engine, and each tells everything. */
function firstOfTwins(): (happening: Happening) => boolean {
	const keys = new Map<string, string>();
	return happening => {
		if (happening.kind !== 'event' && happening.kind !== 'image') {
			return true;
		}

		const {at, id, action, engine} = happening;
		const exec = happening.kind === 'event' ? (happening.exec?.id ?? '') : happening.name;
		const key = `${at.getTime()} ${id} ${action} ${exec}`;
		const first = keys.get(key) ?? engine;
		keys.set(key, first);
		if (keys.size > MAX_KEYS) {
			for (const oldest of keys.keys()) {
				keys.delete(oldest);
				break;
			}
		}

		return first === engine;
	};
}
