import type {ExecutionContext} from 'ava';
import type {Engine} from '../../daemon/docker/engine.ts';
import type {ContainerEvent, Happening} from '../../daemon/docker/happening.ts';
import {openPasts, type PastBook} from '../../daemon/docker/past-book.ts';
import {type WatchAllOptions, watchContainers} from '../../daemon/docker/watch.ts';

/** Everything that was told since the watch began. */
export interface Watching {
	readonly all: readonly Happening[];
	readonly pasts: PastBook;
	/** What was told of one container, in order. */
	readonly of: (id: string) => readonly ContainerEvent[];
	readonly actionsOf: (id: string) => readonly string[];
	readonly kind: <K extends Happening['kind']>(kind: K) => readonly Extract<Happening, {readonly kind: K}>[];
	readonly stop: () => void;
}

/** Watches until the test ends. */
export function startWatching(t: ExecutionContext, engine: Engine, options: WatchAllOptions = {}): Watching {
	const stop = new AbortController();
	const all: Happening[] = [];
	const pasts = openPasts(engine, stop.signal);
	const watch = async (): Promise<void> => {
		const quick = {firstWaitMs: 20, maxWaitMs: 200, observe: pasts.take, ...options};
		for await (const happening of watchContainers(engine, stop.signal, quick)) {
			all.push(happening);
		}
	};
	const ended = watch();
	t.teardown(async () => {
		stop.abort();
		await ended;
	});
	const of = (id: string): readonly ContainerEvent[] =>
		all.filter((each): each is ContainerEvent => each.kind === 'event' && each.id === id);
	return {
		all,
		pasts,
		of,
		actionsOf: id => of(id).map(({action}) => action),
		kind: kind => all.filter((each): each is Extract<Happening, {kind: typeof kind}> => each.kind === kind),
		stop: () => stop.abort(),
	};
}
