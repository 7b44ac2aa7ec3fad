import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import {type Drift, openClock} from '../../daemon/clock.ts';
import {heartbeatFile, startPulse} from '../../daemon/pulse.ts';

/** A host whose wall clock a test may push. */
function host(): {wall: number; monotonic: number} {
	return {wall: Date.UTC(2026, 0, 1), monotonic: 1000};
}

const clockOf = (state: ReturnType<typeof host>) =>
	openClock(
		() => state.wall,
		() => state.monotonic,
	);

function pass(state: ReturnType<typeof host>, ms: number): void {
	state.wall += ms;
	state.monotonic += ms;
}

const drifts: readonly (readonly [string, number, Drift['kind'] | undefined, number])[] = [
	['a clock that is corrected by a second has not moved', 1000, undefined, 0],
	['nor has one that is set back by one', -1000, undefined, 0],
	['an hour forward is a jump', 3_600_000, 'clock-jump', 3_600_000],
	['three seconds back is a regression', -3000, 'clock-regression', 3000],
];

for (const [title, ms, kind, lost] of drifts) {
	test(title, t => {
		const state = host();
		const clock = clockOf(state);
		clock.check();
		pass(state, 10_000);
		state.wall += ms;

		const drift = clock.check();
		pass(state, 10_000);

		t.is(drift?.kind, kind);
		t.is((drift?.to.getTime() ?? 0) - (drift?.from.getTime() ?? 0), lost);
		t.is(clock.check(), undefined, 'it is told once');
	});
}

test('property: whatever the host does to its clock, times never go backwards and never stand still', t => {
	const step = fc.record({
		ms: fc.integer({min: 1, max: 100_000}),
		push: fc.oneof(fc.constant(0), fc.integer({min: -10_000_000, max: 10_000_000})),
	});
	fc.assert(
		fc.property(fc.array(step, {minLength: 1, maxLength: 50}), steps => {
			const state = host();
			const clock = clockOf(state);
			let before = clock.now().getTime();
			for (const {ms, push} of steps) {
				pass(state, ms);
				state.wall += push;
				const now = clock.now().getTime();
				t.true(now >= before + Math.floor(ms / 2));
				t.true(now >= state.wall);
				before = now;
			}
		}),
	);
});

test('after a regression the wall clock is met again', t => {
	const state = host();
	const clock = clockOf(state);
	state.wall -= 60_000;
	t.is(clock.now().getTime() - state.wall, 60_000);

	pass(state, 130_000);

	t.is(clock.now().getTime(), state.wall);
});

test('time begins where the log has ended', t => {
	const state = host();
	const clock = clockOf(state);
	const end = new Date(state.wall + 5000);

	clock.notBefore(end);

	t.true(clock.now() >= end);
});

function folder(): {readonly path: string; readonly [Symbol.dispose]: () => void} {
	const path = mkdtempSync(join(tmpdir(), 'sallyport-beat-'));
	return {path, [Symbol.dispose]: () => rmSync(path, {recursive: true})};
}

test('a heartbeat is read back, and a file that holds none says nothing', async t => {
	using at = folder();
	const heartbeat = heartbeatFile(join(at.path, 'heartbeat'));
	t.is(await heartbeat.read(), undefined);

	await heartbeat.write(new Date(1000));
	t.deepEqual(await heartbeat.read(), new Date(1000));
	t.deepEqual(readdirSync(at.path), ['heartbeat']);
	writeFileSync(join(at.path, 'heartbeat'), 'soon');
	t.is(await heartbeat.read(), undefined);
});

test('the pulse beats, says when the clock moved and when this process stood still, and ends with a beat', async t => {
	using at = folder();
	const state = host();
	const heartbeat = heartbeatFile(join(at.path, 'heartbeat'));
	const told: string[] = [];
	const pulse = startPulse({
		clock: clockOf(state),
		heartbeat,
		everyMs: 60,
		onDrift: ({kind}) => void told.push(kind),
		onSilence: () => void told.push('silence'),
		onFailure: () => void told.push('failure'),
	});
	await sleep(30);
	state.wall -= 5000;
	await sleep(30);
	const end = performance.now() + 200;
	while (performance.now() < end) {
		// Nobody else gets a turn.
	}

	await sleep(30);
	state.wall += 100_000;
	await pulse.stop();

	t.deepEqual(told.slice(0, 2), ['clock-regression', 'silence']);
	t.is((await heartbeat.read())?.getTime(), state.wall);
});

test('a heartbeat that cannot be written is said, and nothing else suffers', async t => {
	let failures = 0;
	const pulse = startPulse({
		clock: openClock(),
		heartbeat: heartbeatFile('/nowhere/at/all'),
		everyMs: 20,
		onDrift: () => undefined,
		onSilence: () => undefined,
		onFailure: () => {
			failures += 1;
		},
	});
	await sleep(60);
	await pulse.stop();

	t.true(failures >= 2);
});
