import {setTimeout as sleep} from 'node:timers/promises';
import type {Happening, Stray} from './happening.ts';

/** The same question put to three sources that do not know of each other: what runs on this host? */
export interface Roster {
	readonly take: (happening: Happening) => void;
	/** Compares them every now and then, until the signal, and gives each container that not all of them know. */
	readonly strays: (signal: AbortSignal) => AsyncGenerator<Stray, void, undefined>;
	/** Undefined before the first comparison. */
	readonly population: () => Population | undefined;
}

export interface Population {
	readonly at: Date;
	/** Containers that the engine lists, that its events tell of, and whose control groups the kernel has. */
	readonly listed: number;
	readonly followed: number;
	/** Undefined where the kernel's view is not to be had. */
	readonly groups: number | undefined;
	/** What not all of them know, longer than a start or an end takes. At most 32. */
	readonly strays: readonly {readonly id: string; readonly seenBy: readonly string[]}[];
}

export interface RosterOptions {
	/** Ids of containers that the kernel has groups for. */
	readonly scan: () => Promise<ReadonlySet<string> | undefined>;
	readonly now?: () => Date;
	readonly everyMs?: number;
	/** A start or an end takes less; what differs for longer differs. */
	readonly settleMs?: number;
}

/** What one engine said. */
interface Rolls {
	/** By its list, and when that was asked for. */
	listed: ReadonlySet<string>;
	listedAt: number;
	/** By its events: since when each runs. */
	readonly followed: Map<string, number>;
	/** Those that ended lately: a list may be older than an end. */
	readonly ended: Map<string, number>;
	lost: boolean;
}

const MAX_STRAYS = 32;
const MAX_ENDED = 1024;

export function openRoster({
	scan,
	now = () => new Date(),
	everyMs = 60_000,
	settleMs = 2000,
}: RosterOptions): Roster {
	const engines = new Map<string, Rolls>();
	let population: Population | undefined;
	let told = new Set<string>();

	function rollsOf(engine: string): Rolls {
		const rolls = engines.get(engine) ?? {
			listed: new Set(),
			listedAt: 0,
			followed: new Map(),
			ended: new Map(),
			lost: false,
		};
		engines.set(engine, rolls);
		return rolls;
	}

	function take(happening: Happening): void {
		const rolls = rollsOf(happening.engine);
		switch (happening.kind) {
			case 'connected':
				// What came before cannot be followed up; from here on the events have to tell.
				rolls.followed.clear();
				for (const {id} of happening.running) {
					rolls.followed.set(id, 0);
				}

				listed(rolls, happening.running, happening.at);
				rolls.lost = false;
				break;
			case 'listed':
				listed(rolls, happening.running, happening.at);
				break;
			case 'lost':
				rolls.lost = true;
				break;
			case 'event':
				follow(rolls, happening.id, happening.action, happening.at.getTime());
				break;
		}
	}

	/** Everything that some source knows and another does not, and who knows it. */
	function differing(groups: ReadonlySet<string> | undefined): ReadonlyMap<string, readonly string[]> {
		const all = [...engines.values()];
		const known = new Set(all.flatMap(rolls => [...idsOf(rolls), ...rolls.ended.keys()]));
		return new Map([
			...all.filter(({lost}) => !lost).flatMap(rolls => differingAt(rolls, groups, settleMs)),
			...[...(groups ?? [])].filter(id => !known.has(id)).map(id => [id, ['groups']] as const),
		]);
	}

	async function* strays(signal: AbortSignal): AsyncGenerator<Stray, void, undefined> {
		while (!signal.aborted) {
			await sleep(everyMs, undefined, {signal, ref: false}).catch(() => undefined);
			if (signal.aborted) {
				return;
			}

			const first = differing(await scan());
			if (first.size > 0) {
				await sleep(settleMs, undefined, {signal, ref: false}).catch(() => undefined);
			}

			const groups = await scan();
			const second = first.size === 0 ? first : differing(groups);
			const lasting = [...second].filter(([id]) => first.has(id)).slice(0, MAX_STRAYS);
			population = populationOf(engines, groups, lasting, now());
			yield* newStrays(lasting);
			adopt(engines, lasting);
		}
	}

	/** Each once for as long as it lasts. */
	function* newStrays(lasting: readonly (readonly [string, readonly string[]])[]): Generator<Stray> {
		const before = told;
		told = new Set(lasting.map(([id]) => id));
		for (const [id, seenBy] of lasting) {
			if (!before.has(id)) {
				const engine = [...engines].find(([, {listed, followed}]) => listed.has(id) || followed.has(id))?.[0];
				yield {kind: 'stray', engine: engine ?? '', at: now(), id, reason: reasonOf(seenBy)};
			}
		}
	}

	return {take, strays, population: () => population};
}

function idsOf({listed: list, followed}: Rolls): ReadonlySet<string> {
	return new Set([...list, ...followed.keys()]);
}

/** The kernel's groups are held against an engine only where some of its containers are among them: it may be elsewhere. */
function differingAt(
	rolls: Rolls,
	groups: ReadonlySet<string> | undefined,
	settleMs: number,
): readonly (readonly [string, readonly string[]])[] {
	const isHere = groups !== undefined && [...rolls.followed.keys()].some(id => groups.has(id));
	return [...idsOf(rolls)].flatMap(id => {
		const seenBy = seenOf(id, rolls, isHere ? groups : undefined, settleMs);
		return seenBy === undefined ? [] : [[id, seenBy] as const];
	});
}

function listed(rolls: Rolls, running: readonly {readonly id: string}[], at: Date): void {
	rolls.listed = new Set(running.map(({id}) => id));
	rolls.listedAt = at.getTime();
}

function follow({followed, ended}: Rolls, id: string, action: string, at: number): void {
	if (action === 'start') {
		followed.set(id, at);
		ended.delete(id);
	} else if (action === 'die') {
		followed.delete(id);
		ended.set(id, at);
		if (ended.size > MAX_ENDED) {
			for (const oldest of ended.keys()) {
				ended.delete(oldest);
				break;
			}
		}
	}
}

/** Who knows of it; undefined when nobody who should is missing. A list says nothing of what came after it. */
function seenOf(
	id: string,
	{listed: list, listedAt, followed, ended}: Rolls,
	groups: ReadonlySet<string> | undefined,
	settleMs: number,
): readonly string[] | undefined {
	const since = followed.get(id);
	const isOnlyListed = since === undefined && !ended.has(id) && list.has(id);
	const isUnlisted = since !== undefined && !list.has(id) && since < listedAt - settleMs;
	const isGroupless = since !== undefined && groups !== undefined && !groups.has(id);
	if (!isOnlyListed && !isUnlisted && !isGroupless) {
		return undefined;
	}

	return [
		...(list.has(id) ? ['list'] : []),
		...(since === undefined ? [] : ['events']),
		...(groups?.has(id) === true ? ['groups'] : []),
	];
}

function populationOf(
	engines: ReadonlyMap<string, Rolls>,
	groups: ReadonlySet<string> | undefined,
	lasting: readonly (readonly [string, readonly string[]])[],
	at: Date,
): Population {
	const all = (kind: (rolls: Rolls) => Iterable<string>): number =>
		new Set([...engines.values()].flatMap(rolls => [...kind(rolls)])).size;
	const followed = all(({followed: ids}) => ids.keys());
	// A kernel that knows none of them is not the one they run on.
	const isElsewhere = groups === undefined || (groups.size === 0 && followed > 0);
	return {
		at,
		listed: all(({listed: ids}) => ids),
		followed,
		groups: isElsewhere ? undefined : groups.size,
		strays: lasting.map(([id, seenBy]) => ({id, seenBy})),
	};
}

/** Once it is told, what the list knows counts: an event that was lost does not come any more. */
function adopt(
	engines: ReadonlyMap<string, Rolls>,
	lasting: readonly (readonly [string, readonly string[]])[],
): void {
	for (const [id] of lasting) {
		for (const {listed: list, followed} of engines.values()) {
			if (list.has(id)) {
				followed.set(id, 0);
			} else {
				followed.delete(id);
			}
		}
	}
}

const sources: Readonly<Record<string, string>> = {
	list: "the engine's list",
	events: "the engine's events",
	groups: "the kernel's control groups",
};

function reasonOf(seenBy: readonly string[]): string {
	const known = seenBy.map(each => sources[each]);
	const unknown = Object.keys(sources)
		.filter(each => !seenBy.includes(each))
		.map(each => sources[each]);
	return `sources differ: ${known.join(' and ')} have this container, and ${unknown.join(' and ')} do not`;
}
