import test, {type ExecutionContext} from 'ava';
import {alertRecordOf} from '../../daemon/alert-record.ts';
import {type Containing, startContaining} from '../../daemon/contain.ts';
import type {ConfineDoor, Confinement} from '../../daemon/docker/confine.ts';
import type {Notice} from '../../daemon/tell/notice.ts';
import type {Bundle} from '../../policies/bundle.ts';
import {documentDigest} from '../../proto/signed-document.ts';
import {builtIn, bundleFrom} from '../helpers/bundle.ts';
import {episodeOf} from '../helpers/episode.ts';
import {testLog} from '../helpers/record.ts';

// What a real engine seldom does: fail for a moment, never show it, be asked too much.

const digest = documentDigest(builtIn('baseline').document);
const ordered = bundleFrom(`apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0}
spec:
  extends: [{name: baseline, digest: "${digest}"}]
  rules:
    inc-containment: {enforcement: warn, params: {action: pause, controls: [run-no-privileged]}}
`);

function approved(bundle: Bundle, reviewBy = '2099-01-01T00:00:00Z'): Bundle {
	const approval = {state: 'approved', message: 'approved', approvers: ['dana'], reviewBy} as const;
	return {...bundle, standing: {approval, waivers: [], builders: [], problems: []}};
}

interface Started {
	readonly containing: Containing;
	readonly told: readonly Notice[];
	readonly events: readonly string[];
	readonly record: ReturnType<typeof alertRecordOf>;
}

async function start(
	t: ExecutionContext,
	door: Partial<ConfineDoor>,
	bundle = approved(ordered),
): Promise<Started> {
	// In a daemon there is always something else to wait for.
	const alive = setInterval(() => undefined, 100);
	t.teardown(() => clearInterval(alive));
	const logged = testLog(t);
	const record = alertRecordOf(await logged.open(), logged.attestor, 'urn:uuid:x');
	const told: Notice[] = [];
	const events: string[] = [];
	const containing = startContaining({
		door: {
			look: async () => ({running: true, paused: false, networks: ['bridge'], networkMode: 'bridge'}),
			pause: async () => undefined,
			disconnect: async () => undefined,
			...door,
		},
		isEnabled: true,
		policy: () => ({bundle, policy: {name: bundle.name, digest: {sha256: 'ab'}}}),
		record,
		teller: {tell: notice => told.push(notice)},
		hostId: 'urn:uuid:x',
		report: (event, {reason} = {}) =>
			events.push(reason === undefined ? event : `${event}: ${String(reason)}`),
		confirmMs: 1500,
	});
	return {containing, told, events, record};
}

const critical = (container: string): Notice => ({
	kind: 'opened',
	at: new Date(),
	episode: episodeOf({container, control: 'run-no-privileged', severity: 'critical'}),
});

/** A container that is paused when it is told to, or does something else first. */
function engine(before: () => void): Partial<ConfineDoor> & {readonly asked: () => number} {
	const state: {-readonly [Key in keyof Confinement]: Confinement[Key]} = {
		running: true,
		paused: false,
		networks: [],
		networkMode: 'bridge',
	};
	let asked = 0;
	return {
		look: async () => ({...state}),
		pause: async () => {
			asked += 1;
			before();
			state.paused = true;
		},
		asked: () => asked,
	};
}

test('an engine that is busy for a moment is asked again', async t => {
	let times = 0;
	const door = engine(() => {
		times += 1;
		if (times < 2) {
			throw new Error('socket hang up');
		}
	});
	const {containing, events} = await start(t, door);
	containing.hear(critical('a'));
	await containing.settle();

	t.deepEqual(events, ['CONTAINMENT_DONE']);
	t.is(door.asked(), 2);
});

test('an engine that says no is asked once, and what it said is on the record', async t => {
	const door = engine(() => {
		throw Object.assign(new Error('authorization denied'), {statusCode: 403});
	});
	const {containing, events, record, told} = await start(t, door);
	const notice = critical('a');
	containing.hear(notice);
	await containing.settle();

	t.deepEqual(events, ['CONTAINMENT_FAILED: authorization denied']);
	t.is(door.asked(), 1);
	const [containment] = await record.containments('episode' in notice ? notice.episode.container.id : '');
	t.like(containment, {confirmed: false, reason: 'authorization denied'});
	t.is(told.length, 1);
});

test('what the engine does not show is not claimed', async t => {
	const {containing, events} = await start(t, {});
	containing.hear(critical('a'));
	await containing.settle();

	t.deepEqual(events, ['CONTAINMENT_FAILED: it was not so within 1.5 seconds']);
});

test('a daemon that is asked to stop waits for no engine', async t => {
	const shown = await start(t, {});
	const begun = performance.now();
	shown.containing.hear(critical('a'));
	await shown.containing.settle(AbortSignal.timeout(50));

	t.true(performance.now() - begun < 1400);
	t.deepEqual(shown.events, ['CONTAINMENT_FAILED: the daemon stopped']);
});

test('a container that is gone is told as such', async t => {
	const look = () => Promise.reject(Object.assign(new Error('No such container'), {statusCode: 404}));
	const {containing, events, told} = await start(t, {look});
	containing.hear(critical('a'));
	await containing.settle();

	t.deepEqual(events, ['CONTAINMENT_FAILED: No such container']);
	t.is(told.length, 1);
});

test('a policy that would contain everything at once is stopped at sixteen', async t => {
	const {containing, events} = await start(
		t,
		engine(() => undefined),
	);
	for (let i = 0; i < 20; i++) {
		containing.hear(critical(`web-${i}`));
	}

	t.deepEqual(events, Array(4).fill('CONTAINMENT_WITHHELD: 16 containers wait for it already'));
	await containing.settle();
	t.is(events.filter(event => event === 'CONTAINMENT_DONE').length, 16);
});

test('an approval whose review is overdue, and none at all, contain nothing', async t => {
	for (const bundle of [approved(ordered, '2026-01-01T00:00:00Z'), ordered]) {
		const door = engine(() => undefined);
		const {containing, events} = await start(t, door, bundle);
		containing.hear(critical('a'));
		await containing.settle();

		t.regex(events[0] ?? '', /^CONTAINMENT_WITHHELD: the policy asks for it, but it is not approved/);
		t.is(door.asked(), 0);
	}
});

test('by default nothing is contained and nothing is said of it', async t => {
	for (const name of ['baseline', 'soc2', 'soc2-strict']) {
		const door = engine(() => undefined);
		const {containing, events} = await start(t, door, approved(builtIn(name)));
		containing.hear(critical('a'));
		await containing.settle();

		t.deepEqual(events, []);
		t.is(door.asked(), 0);
	}
});
