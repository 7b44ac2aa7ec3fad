import {DaemonError} from './error.ts';
import {type Lane, lanes, type Next, never} from './paces.ts';
import {rationOf, type Turns, turns} from './turns.ts';

/** When which container is looked at. One look at a time per container, few at a time in all. */
export interface Schedule {
	/**
	 * Asks for a look soon. Requests that come before it are joined with it, never put it off: an enemy who makes events
	 * must not be able to postpone being looked at.
	 * @throws {DaemonError} QUEUE_FULL when more containers are known than the schedule holds
	 */
	touch(id: string, trigger: string): void;
	/** Whether looks at this container are due. */
	has(id: string): boolean;
	/** How many containers have waited for a look far longer than they should. */
	overdue(): number;
	/** Takes nothing new, and resolves when what runs has ended. */
	drain(): Promise<void>;
}

export interface ScheduleOptions {
	readonly debounceMs: number;
	/** What failures are tried again after, at most. */
	readonly intervalMs: number;
	/** Looks side by side: prompt ones; a quarter as many light ones and an eighth as many long ones come on top. */
	readonly concurrency: number;
	/** Within this time every container gets a long look; many at once are spread over it. */
	readonly longRoundMs?: number;
	readonly maxTargets: number;
	/** Between the end of one look and the next at the same container, whatever events say. */
	readonly restMs: number;
}

/** Looks once. `over` when there will be nothing more to look at. MUST NOT hang. */
export type LookOnce = (
	id: string,
	trigger: string,
	lane: Lane,
	/** Others wait: what takes time is left for the next look, which is soon. */
	isHurried: boolean,
) => Promise<Next | 'over'>;

interface Slot {
	trigger: string | undefined;
	timer: NodeJS.Timeout | undefined;
	running: boolean;
	failures: number;
	/** Of a look that failed and has to be made up for. */
	owed: string | undefined;
	/** By the monotonic clock, for each lane: a jump of the wall clock neither hurries nor delays anything. */
	readonly due: Record<Lane, number>;
	restedAt: number;
	/** Looks in a row that events asked for. */
	heat: number;
}

/** Starting and dying are what statements are made of; other events only ask to look again. */
const weight: Readonly<Record<string, number>> = {'event:die': 4, 'event:start': 3, policy: 2, reconcile: 1};

/** Whoever waits longer than this after being due was forgotten, or there is too much to do. */
const OVERDUE_MS = 30_000;

const HOUR_MS = 3_600_000;
const DRIP_MS = 1000;

/** A container that makes events all the time is looked at ever less often for them: each time it rests twice as long, this often. */
const MAX_HEAT = 5;

function heavier(before: string | undefined, trigger: string): string {
	return before === undefined || (weight[trigger] ?? 0) > (weight[before] ?? 0) ? trigger : before;
}

export function startSchedule(look: LookOnce, options: ScheduleOptions): Schedule {
	const {debounceMs, intervalMs, concurrency, longRoundMs, maxTargets, restMs} = options;
	const slots = new Map<string, Slot>();
	const ration = rationOf(() => slots.size, longRoundMs ?? HOUR_MS);
	const places = {
		prompt: concurrency,
		light: Math.max(1, concurrency >> 2),
		long: Math.max(1, concurrency >> 3),
	};
	const queue: Turns = turns(places, ration.take);
	const running = new Set<Promise<void>>();
	let open = true;

	function arm(id: string, slot: Slot): void {
		clearTimeout(slot.timer);
		slot.timer = undefined;
		const at = soonestOf(slot.due);
		if (Number.isFinite(at) && !slot.running && open) {
			slot.timer = setTimeout(() => ring(id, slot), Math.max(0, at - performance.now()));
			slot.timer.unref();
		}
	}

	/** Its time has come; its place may have to be waited for. */
	function ring(id: string, slot: Slot): void {
		slot.timer = undefined;
		// A timer may be a millisecond early.
		const now = performance.now() + 2;
		const lane = lanes.find(each => slot.due[each] <= now) ?? 'prompt';
		queue.add(id, lane === 'prompt' && isEvent(slot) ? 'event' : lane);
		// What is quicker may become due while it waits for its turn.
		const later = soonestOf({...slot.due, [lane]: Number.POSITIVE_INFINITY});
		if (lane !== 'prompt' && Number.isFinite(later)) {
			slot.timer = setTimeout(() => ring(id, slot), Math.max(10, later - now));
			slot.timer.unref();
		}

		if (open) {
			pump();
		}
	}

	/** Long looks that are rationed are let in as their time comes. */
	const drip = setInterval(() => pump(), DRIP_MS);
	drip.unref();

	function pump(): void {
		for (let turn = queue.take(); turn !== undefined; turn = queue.take()) {
			const slot = slots.get(turn.id);
			// A look asked for twice is one look; the second asking finds nothing to do.
			if (slot === undefined || slot.running || slot.due[turn.lane] > performance.now() + 2) {
				queue.done(turn.lane);
			} else {
				follow(run(turn.id, slot, turn.lane), turn.lane);
			}
		}
	}

	function follow(work: Promise<void>, lane: Lane): void {
		running.add(work);
		void work.finally(() => {
			running.delete(work);
			queue.done(lane);
			if (open) {
				pump();
			}
		});
	}

	async function run(id: string, slot: Slot, lane: Lane): Promise<void> {
		const {trigger, due} = begin(slot);
		const next = await attempt(id, slot, {trigger, lane, due});
		slot.running = false;
		slot.restedAt = performance.now() + restMs;
		// It may have been started again while its end was written down.
		if (next === 'over' && slot.trigger === undefined) {
			slots.delete(id);
		} else {
			comeAgain(slot, next === 'over' ? never : next);
			arm(id, slot);
		}
	}

	function begin(slot: Slot): {readonly trigger: string; readonly due: Readonly<Record<Lane, number>>} {
		const trigger = heavier(slot.owed, slot.trigger ?? slot.owed ?? 'schedule');
		const due = {...slot.due};
		clearTimeout(slot.timer);
		slot.timer = undefined;
		slot.heat = trigger.startsWith('event:') ? Math.min(MAX_HEAT, slot.heat + 1) : 0;
		slot.trigger = undefined;
		slot.running = true;
		Object.assign(slot.due, never);
		return {trigger, due};
	}

	async function attempt(
		id: string,
		slot: Slot,
		{trigger, lane, due}: {trigger: string; lane: Lane; due: Readonly<Record<Lane, number>>},
	): Promise<Next | 'over'> {
		try {
			const next = await look(id, trigger, lane, queue.isCrowded());
			slot.failures = 0;
			slot.owed = undefined;
			return next;
		} catch {
			slot.failures += 1;
			slot.owed = trigger;
			const wait = backOffMs(slot.failures, intervalMs);
			const now = performance.now();
			const owed = lanes.map(each => [
				each,
				lane === each ? wait : Math.max(each === 'prompt' ? 0 : wait, due[each] - now),
			]);
			return Object.fromEntries(owed) as Next; // Every lane, once.
		}
	}

	/** Something that happened meanwhile has set a time of its own, which stands, but not before the rest. */
	function comeAgain(slot: Slot, next: Next): void {
		const now = performance.now();
		for (const lane of lanes) {
			slot.due[lane] = Math.max(now + restMs, Math.min(slot.due[lane], now + next[lane]));
		}
	}

	function slotOf(id: string): Slot {
		const known = slots.get(id);
		if (known !== undefined) {
			return known;
		}

		if (slots.size >= maxTargets) {
			throw new DaemonError('QUEUE_FULL', `${maxTargets} containers are watched already, and no more can be`);
		}

		const slot: Slot = {
			trigger: undefined,
			timer: undefined,
			running: false,
			failures: 0,
			owed: undefined,
			due: {...never},
			restedAt: 0,
			heat: 0,
		};
		slots.set(id, slot);
		return slot;
	}

	function soonest(slot: Slot, trigger: string): number {
		const patience = isUrgent(trigger) ? 0 : restMs * (2 ** slot.heat - 1);
		return Math.max(performance.now() + debounceMs, slot.restedAt + patience);
	}

	return {
		touch: (id, trigger) => {
			const slot = open ? slotOf(id) : undefined;
			if (slot === undefined) {
				return;
			}

			slot.trigger = heavier(slot.trigger, trigger);
			const at = soonest(slot, trigger);
			if (at < slot.due.prompt) {
				slot.due.prompt = at;
				if (!slot.running) {
					arm(id, slot);
				}
			}
		},
		has: id => slots.has(id),
		overdue: () => {
			const late = performance.now() - OVERDUE_MS;
			return [...slots.values()].filter(({due, running: runs}) => !runs && soonestOf(due) < late).length;
		},
		drain: async () => {
			open = false;
			clearInterval(drip);
			for (const {timer} of slots.values()) {
				clearTimeout(timer);
			}

			await Promise.all(running);
		},
	};
}

function soonestOf(due: Next): number {
	return Math.min(...lanes.map(lane => due[lane]));
}

function isEvent({trigger, owed}: Slot): boolean {
	return (trigger ?? owed ?? '').startsWith('event:');
}

function isUrgent(trigger: string): boolean {
	return trigger === 'event:start' || trigger === 'event:die';
}

/** Failures wait one second, doubled up to the interval; a fifth of chance keeps those that failed together apart. */
function backOffMs(failures: number, intervalMs: number): number {
	return Math.min(intervalMs, 1000 * 2 ** Math.min(failures - 1, 16)) * (0.9 + Math.random() * 0.2);
}
