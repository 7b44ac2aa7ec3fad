import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {DaemonError} from '../../daemon/error.ts';
import {type Lane, type Next, never} from '../../daemon/paces.ts';
import {type LookOnce, startSchedule} from '../../daemon/schedule.ts';
import {rationOf} from '../../daemon/turns.ts';
import {eventually} from '../helpers/eventually.ts';

// ---- when a container is looked at

/** Nothing is due for a while. */
const inAMinute: Next = {...never, prompt: 60_000};

const quick = {debounceMs: 30, intervalMs: 60_000, concurrency: 2, maxTargets: 100, restMs: 40};

/** Records looks, and lasts as long as a test says. */
function looking(ms = 0): {
	readonly looks: string[];
	readonly look: LookOnce;
	most: number;
} {
	let now = 0;
	const state = {
		looks: [] as string[],
		most: 0,
		look: async (id: string, trigger: string) => {
			state.looks.push(`${id} ${trigger}`);
			now += 1;
			state.most = Math.max(state.most, now);
			await sleep(ms);
			now -= 1;
			return inAMinute;
		},
	};
	return state;
}

test('events that come together are one look, by the weightiest of them, and never put it off', async t => {
	const state = looking();
	const schedule = startSchedule(state.look, quick);
	const timer = setInterval(() => schedule.touch('a', 'event:update'), 5);
	t.teardown(() => clearInterval(timer));

	schedule.touch('a', 'event:connect');
	schedule.touch('a', 'event:start');
	await sleep(60);

	t.is(state.looks[0], 'a event:start');
	clearInterval(timer);
	await schedule.drain();
});

test('a container rests between two looks, however many events it makes', async t => {
	const state = looking();
	const schedule = startSchedule(state.look, {...quick, debounceMs: 1, restMs: 100});
	const timer = setInterval(() => schedule.touch('a', 'event:health_status'), 2);
	t.teardown(() => clearInterval(timer));

	await sleep(350);
	clearInterval(timer);
	await schedule.drain();

	t.true(state.looks.length >= 2 && state.looks.length <= 5, String(state.looks.length));
});

test('events that come while a container is looked at do not take its rest away', async t => {
	const state = looking(20);
	const schedule = startSchedule(state.look, {...quick, debounceMs: 1, restMs: 150});
	const timer = setInterval(() => schedule.touch('a', 'event:start'), 2);
	t.teardown(() => clearInterval(timer));

	await sleep(400);
	clearInterval(timer);
	await schedule.drain();

	t.true(state.looks.length >= 2 && state.looks.length <= 3, String(state.looks.length));
});

test('never more looks than the limit at once, and one at a time for each container', async t => {
	const state = looking(40);
	const schedule = startSchedule(state.look, {...quick, debounceMs: 0, restMs: 0});
	for (const id of ['a', 'b', 'c', 'd']) {
		schedule.touch(id, 'event:start');
	}

	await sleep(20);
	schedule.touch('a', 'event:die');
	await sleep(200);
	await schedule.drain();

	t.is(state.most, 2);
	t.deepEqual(state.looks.toSorted(), [
		'a event:die',
		'a event:start',
		'b event:start',
		'c event:start',
		'd event:start',
	]);
});

test('one container too many is an error with a name', t => {
	const schedule = startSchedule(looking().look, {...quick, maxTargets: 1});
	schedule.touch('a', 'event:start');
	schedule.touch('a', 'event:update');

	const error = t.throws(() => schedule.touch('b', 'event:start'), {instanceOf: DaemonError});

	t.is(error.code, 'QUEUE_FULL');
});

test('a container is looked at again after the interval, and sooner after a failure', async t => {
	const times: number[] = [];
	const schedule = startSchedule(
		async () => {
			times.push(performance.now());
			if (times.length === 1) {
				throw new Error('not now');
			}

			return {...never, prompt: 100};
		},
		{...quick, debounceMs: 0, intervalMs: 100},
	);

	schedule.touch('a', 'event:start');
	await eventually(() => times.length >= 3, 5000);
	await schedule.drain();

	t.pass();
});

test('a look that failed is made up for under its own trigger, so that a start is never lost', async t => {
	const triggers: string[] = [];
	const schedule = startSchedule(
		async (_, trigger) => {
			triggers.push(trigger);
			if (triggers.length < 3) {
				throw new Error('not now');
			}

			return {...never, prompt: 50};
		},
		{...quick, debounceMs: 0, intervalMs: 50},
	);

	schedule.touch('a', 'event:start');
	await eventually(() => triggers.length > 3, 5000);
	await schedule.drain();

	t.deepEqual(triggers.slice(0, 4), ['event:start', 'event:start', 'event:start', 'schedule']);
});

test('draining waits for the looks that run, and takes no more', async t => {
	const state = looking(50);
	const schedule = startSchedule(state.look, {...quick, debounceMs: 0});
	schedule.touch('a', 'event:start');
	await sleep(20);

	await schedule.drain();
	schedule.touch('b', 'event:start');
	await sleep(30);

	t.deepEqual(state.looks, ['a event:start']);
});

test('a container that is over is forgotten, unless it was started again meanwhile', async t => {
	const seen: string[] = [];
	const schedule = startSchedule(
		async (id, trigger) => {
			seen.push(trigger);
			if (seen.length === 1) {
				schedule.touch(id, 'event:start');
			}

			return 'over';
		},
		{...quick, debounceMs: 0, restMs: 0},
	);

	schedule.touch('a', 'event:die');
	await sleep(60);

	t.deepEqual(seen, ['event:die', 'event:start']);
	t.false(schedule.has('a'));
	await schedule.drain();
});

test('long looks have few places, and a start does not wait behind them', async t => {
	const lanes: string[] = [];
	let long = 0;
	let most = 0;
	const schedule = startSchedule(
		async (id, _, lane: Lane) => {
			lanes.push(`${id} ${lane}`);
			if (lane === 'long') {
				long += 1;
				most = Math.max(most, long);
				await sleep(300);
				long -= 1;
				return inAMinute;
			}

			return {...never, prompt: 60_000, long: 0};
		},
		{...quick, debounceMs: 0, restMs: 0, concurrency: 4},
	);

	for (const id of ['a', 'b', 'c']) {
		schedule.touch(id, 'event:start');
	}

	await sleep(150);
	schedule.touch('late', 'event:start');
	const before = performance.now();
	while (!lanes.includes('late prompt')) {
		await sleep(1);
	}

	t.true(performance.now() - before < 100);
	await sleep(50);
	t.is(most, 1);
	await schedule.drain();
});

test('what is asked by the clock has its turn in the middle of a flood of events', async t => {
	const looks: string[] = [];
	const schedule = startSchedule(
		async (id, trigger) => {
			looks.push(trigger);
			await sleep(1);
			return id === 'quiet' ? {...never, prompt: 20} : inAMinute;
		},
		{...quick, debounceMs: 0, restMs: 0, concurrency: 1, maxTargets: 1000},
	);
	schedule.touch('quiet', 'reconcile');
	await sleep(10);
	for (let i = 0; i < 300; i += 1) {
		schedule.touch(`c${i}`, 'event:start');
	}

	await sleep(250);
	await schedule.drain();

	t.true(looks.filter(trigger => trigger === 'schedule').length >= 2, looks.length.toString());
});

test('in a crowd the looks are told to be quick, and alone they are not', async t => {
	const hurried = new Map<string, boolean>();
	const schedule = startSchedule(
		async (id, _, __, isHurried) => {
			hurried.set(id, isHurried);
			await sleep(5);
			return inAMinute;
		},
		{...quick, debounceMs: 0, concurrency: 1},
	);

	schedule.touch('alone', 'event:start');
	await sleep(40);
	for (let i = 0; i < 20; i += 1) {
		schedule.touch(`c${i}`, 'event:start');
	}

	await sleep(250);
	await schedule.drain();

	t.false(hurried.get('alone'));
	t.true(hurried.get('c5'));
	t.false(hurried.get('c19'), 'the last of them has nobody behind it');
});

test('a thousand long looks are spread over the round, and twenty are not kept waiting', t => {
	const seconds = (count: number, looks: number): number => {
		let now = 0;
		const {take} = rationOf(
			() => count,
			3_600_000,
			() => now,
		);
		for (let made = 0; made < looks; ) {
			made += take() ? 1 : 0;
			now += 100;
		}

		return now / 1000;
	};

	t.true(seconds(20, 20) <= 2);
	const thousand = seconds(1000, 1000);
	t.true(thousand > 1800 && thousand < 2700, String(thousand));
	t.true(seconds(20, 100) < 400, 'containers that come and go get theirs too');
});
