import {DaemonError} from './error.ts';

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
	/** No more looks at this container, but for one that is running. */
	forget(id: string): void;
	/** Takes nothing new, and resolves when what runs has ended. */
	drain(): Promise<void>;
}

export interface ScheduleOptions {
	readonly debounceMs: number;
	readonly intervalMs: number;
	readonly concurrency: number;
	readonly maxTargets: number;
	/** Between the end of one look and the next at the same container, whatever events say. */
	readonly restMs: number;
}

interface Slot {
	trigger: string | undefined;
	timer: NodeJS.Timeout | undefined;
	running: boolean;
	failures: number;
	/** Of a look that failed and has to be made up for. */
	owed: string | undefined;
	restedAt: number;
}

/** Starting and dying are what statements are made of; other events only ask to look again. */
const weight: Readonly<Record<string, number>> = {'event:die': 3, 'event:start': 2, reconcile: 1};

function heavier(before: string | undefined, trigger: string): string {
	return before === undefined || (weight[trigger] ?? 0) > (weight[before] ?? 0) ? trigger : before;
}

/** @param look MUST not hang; when it rejects, the next look comes sooner than the interval, then ever later up to it */
export function startSchedule(
	look: (id: string, trigger: string) => Promise<void>,
	{debounceMs, intervalMs, concurrency, maxTargets, restMs}: ScheduleOptions,
): Schedule {
	const slots = new Map<string, Slot>();
	const ready: string[] = [];
	const running = new Set<Promise<void>>();
	let open = true;

	function arm(id: string, slot: Slot, delayMs: number): void {
		clearTimeout(slot.timer);
		slot.timer = setTimeout(() => {
			slot.timer = undefined;
			ready.push(id);
			pump();
		}, delayMs);
		slot.timer.unref();
	}

	function pump(): void {
		while (open && running.size < concurrency && ready.length > 0) {
			const id = ready.shift() ?? '';
			const slot = slots.get(id);
			// A look asked for twice is one look; the second asking finds nothing to do.
			if (slot !== undefined && !slot.running) {
				follow(run(id, slot));
			}
		}
	}

	function follow(work: Promise<void>): void {
		running.add(work);
		void work.finally(() => {
			running.delete(work);
			pump();
		});
	}

	async function run(id: string, slot: Slot): Promise<void> {
		const trigger = heavier(slot.owed, slot.trigger ?? slot.owed ?? 'schedule');
		slot.trigger = undefined;
		slot.running = true;
		try {
			await look(id, trigger);
			slot.failures = 0;
			slot.owed = undefined;
		} catch {
			slot.failures += 1;
			slot.owed = trigger;
		}

		slot.running = false;
		slot.restedAt = performance.now() + restMs;
		if (open && slots.get(id) === slot && slot.timer === undefined) {
			arm(id, slot, slot.trigger === undefined ? nextMs(slot.failures, intervalMs) : restMs);
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

		const slot = {
			trigger: undefined,
			timer: undefined,
			running: false,
			failures: 0,
			owed: undefined,
			restedAt: 0,
		};
		slots.set(id, slot);
		return slot;
	}

	return {
		touch: (id, trigger) => {
			const slot = open ? slotOf(id) : undefined;
			if (slot === undefined) {
				return;
			}

			const isFirst = slot.trigger === undefined;
			slot.trigger = heavier(slot.trigger, trigger);
			if (isFirst && !slot.running) {
				arm(id, slot, Math.max(debounceMs, slot.restedAt - performance.now()));
			}
		},
		has: id => slots.has(id),
		forget: id => {
			clearTimeout(slots.get(id)?.timer);
			slots.delete(id);
		},
		drain: async () => {
			open = false;
			for (const {timer} of slots.values()) {
				clearTimeout(timer);
			}

			await Promise.all(running);
		},
	};
}

/** A tenth of chance spreads containers that started together; failures wait one second, doubled up to the interval. */
function nextMs(failures: number, intervalMs: number): number {
	const base = failures === 0 ? intervalMs : Math.min(intervalMs, 1000 * 2 ** Math.min(failures - 1, 16));
	return base * (0.9 + Math.random() * 0.2);
}
