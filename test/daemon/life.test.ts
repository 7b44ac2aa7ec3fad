import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type Attending, attendant} from '../../daemon/attend.ts';
import {type Observation, statementOf} from '../../daemon/attest.ts';
import {openCoverage} from '../../daemon/coverage.ts';
import {connectEngine, type Engine} from '../../daemon/docker/engine.ts';
import {DaemonError} from '../../daemon/error.ts';
import type {EventCode} from '../../daemon/event-codes.ts';
import {type AppendLog, type Life, type Parts, startLife} from '../../daemon/life.ts';
import type {Log} from '../../daemon/log/log.ts';
import {glanced, isGlanceDue, type Memory, reasonToSign, remember, signed} from '../../daemon/memory.ts';
import {probes} from '../../daemon/probes/index.ts';
import {appendLogOf, recordViewOf} from '../../daemon/record-view.ts';
import {startSchedule} from '../../daemon/schedule.ts';
import type {ControlId} from '../../policies/catalogue.ts';
import {decide, type Verdict} from '../../policies/decide.ts';
import type {Finding} from '../../policies/finding.ts';
import {digestOf} from '../../proto/digest.ts';
import {envelopeBytes, payloadOf, seal} from '../../proto/envelope.ts';
import {
	type Coverage,
	type RuntimeVerification,
	readStatement,
	type Statement,
} from '../../proto/statement.ts';
import {baselineOf} from '../helpers/bundle.ts';
import {type Docker, openDocker} from '../helpers/docker.ts';
import {type TestLog, testLog} from '../helpers/record.ts';
import {relayTo} from '../helpers/relay.ts';
import {goodHost, target} from '../helpers/subject.ts';
import {buildTarget, startTarget} from '../helpers/target.ts';

const policy = {name: 'baseline', digest: {sha256: '0'.repeat(64)}};
const witness = {hostId: 'urn:uuid:00000000-0000-4000-8000-000000000000', policy};
const controls = [
	'run-no-privileged',
	'avail-memory-limit',
	'health-state',
] as const satisfies readonly ControlId[];

function verdictOf(...results: readonly Finding['result'][]): Verdict {
	const findings = results.map(
		(result, index): Finding => ({control: controls[index] ?? 'health-state', result, message: 'A message'}),
	);
	return decide(findings, controls, baselineOf());
}

const passing = verdictOf('pass', 'pass', 'pass');
const failing = verdictOf('fail', 'pass', 'pass');
const later = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);

// ---- when a statement is made

function remembered(verdict: Verdict, at: Date, before?: Memory): Memory {
	return signed(remember(before, target, verdict, at), digestOf('envelope'), at);
}

const reasons: readonly (readonly [string, Verdict, string, number, string | undefined])[] = [
	['nothing new', passing, 'schedule', 60_000, undefined],
	['another result', failing, 'schedule', 60_000, 'transition'],
	['a start', passing, 'event:start', 60_000, 'event:start'],
	['an end', passing, 'event:die', 60_000, 'event:die'],
	['an hour of nothing new', passing, 'schedule', 3_600_000, 'heartbeat'],
	['almost an hour of nothing new', passing, 'schedule', 3_599_000, undefined],
	['an event that changed nothing', passing, 'event:health_status', 60_000, undefined],
];

for (const [title, verdict, trigger, ms, expected] of reasons) {
	test(`${title} makes ${expected === undefined ? 'no' : 'a'} statement`, t => {
		const before = remembered(passing, later(0));
		const after = remember(before, target, verdict, later(ms));

		t.is(reasonToSign(before, after, trigger, later(ms)), expected);
	});
}

test('the first look always makes a statement, and so does one that could not be logged', t => {
	const first = remember(undefined, target, passing, later(0));
	const again = remember(first, target, passing, later(1000));

	t.is(reasonToSign(undefined, first, 'schedule', later(0)), 'transition');
	t.is(reasonToSign(first, again, 'schedule', later(1000)), 'transition');
});

test('a restart of the same container is a transition although every result is the same', t => {
	const before = remembered(passing, later(0));
	const after = remember(before, {...target, startedAt: later(5000)}, passing, later(6000));

	t.is(reasonToSign(before, after, 'schedule', later(6000)), 'transition');
});

test('an episode opens with the first failure, counts what follows, and closes with a pass', t => {
	const opened = remembered(failing, later(0), remembered(passing, later(-1000)));
	const third = remember(remember(opened, target, failing, later(1000)), target, failing, later(2000));
	const closed = remember(third, target, passing, later(3000));
	const after = remember(signed(closed, digestOf('x'), later(3000)), target, passing, later(4000));

	t.is(opened.episode?.state, 'open');
	t.like(third.episode, {id: opened.episode?.id, observations: 3, firstFailAt: later(0).toISOString()});
	t.like(closed.episode, {
		state: 'closed',
		id: opened.episode?.id,
		lastObservedAt: later(3000).toISOString(),
	});
	t.is(after.episode, undefined);
});

const quiet: readonly (readonly [string, Memory | undefined, string, number, boolean])[] = [
	['a quiet minute', remembered(passing, later(0)), 'schedule', 60_000, true],
	['an event', remembered(passing, later(0)), 'event:update', 60_000, false],
	['a container never seen', undefined, 'schedule', 0, false],
	['one without a statement', remember(undefined, target, passing, later(0)), 'schedule', 60_000, false],
	['ten minutes', remembered(passing, later(0)), 'schedule', 600_000, false],
	[
		'a heartbeat',
		{...remembered(passing, later(0)), lookedAt: later(3_599_000)},
		'schedule',
		3_600_000,
		false,
	],
];

for (const [title, memory, trigger, ms, expected] of quiet) {
	test(`${title} takes ${expected ? 'a glance' : 'a whole look'}`, t => {
		t.is(isGlanceDue(memory, trigger, later(ms)), expected);
	});
}

test('a glance that sees the same counts, and one that sees anything else calls for a whole look', t => {
	const before = remembered(failing, later(0));
	const part = (verdict: Verdict): Verdict => ({...verdict, checks: verdict.checks.slice(0, 1)});

	const same = glanced(before, target, part(failing), later(60_000));

	t.is(same?.episode?.observations, 2);
	t.is(same?.episode?.lastObservedAt, later(60_000).toISOString());
	t.is(same?.state, before.state);
	t.is(glanced(before, target, part(passing), later(60_000)), undefined);
	t.is(glanced(before, {...target, startedAt: later(1)}, part(failing), later(60_000)), undefined);
	t.is(glanced(before, {...target, running: false}, part(failing), later(60_000)), undefined);
});

// ---- what a statement says

const observation: Observation = {
	target,
	promised: {state: 'unread', reason: 'gone'},
	verdict: failing,
	trigger: 'event:start',
	startedOn: later(0),
	finishedOn: later(100),
	validUntil: later(3_600_000),
	previous: digestOf('before'),
	episode: undefined,
};

test('a statement is one that every reader takes, and names image and container apart', t => {
	const statement = statementOf(observation, witness);

	t.notThrows(() => readStatement(Buffer.from(JSON.stringify(statement))));
	t.deepEqual(
		statement.subject.map(({digest, annotations}) => [Object.keys(digest), annotations?.digestKind]),
		[
			[['sha256'], 'oci-config'],
			[['dockerContainerId'], 'container'],
		],
	);
	t.is(statement.predicate.verdict, 'fail');
	t.is(statement.predicate.counts.fail, 1);
	t.deepEqual(statement.predicate.previous, {envelopeDigest: {sha256: digestOf('before').slice(7)}});
	t.is(statement.predicate.checks.length, 3);
});

test("on the containerd store the platform's manifest is a subject too", t => {
	const image = {...target.image, manifest: digestOf('manifest')};

	const {subject} = statementOf({...observation, target: {...target, image}}, witness);

	t.deepEqual(
		subject.map(({annotations}) => annotations?.digestKind),
		['oci-index', 'oci-manifest', 'container'],
	);
	t.is(new Set(subject.map(({name}) => name)).size, 3, 'every subject has a name of its own');
});

test('a control that the bundle switches off is not said to have been judged', t => {
	const {checks, ...rest} = passing;
	const verdict = {...rest, checks: checks.map(check => ({...check, level: 'off' as const}))};

	t.deepEqual(statementOf({...observation, verdict}, witness).predicate.checks, []);
});

// ---- when a container is looked at

const quick = {debounceMs: 30, intervalMs: 60_000, concurrency: 2, maxTargets: 100, restMs: 40};

/** Records looks, and lasts as long as a test says. */
function looking(ms = 0): {
	readonly looks: string[];
	readonly look: (id: string, trigger: string) => Promise<void>;
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
	schedule.forget('a');
	t.notThrows(() => schedule.touch('b', 'event:start'));
	schedule.forget('b');
});

test('a container is looked at again after the interval, and sooner after a failure', async t => {
	const times: number[] = [];
	const schedule = startSchedule(
		async () => {
			times.push(performance.now());
			if (times.length === 1) {
				throw new Error('not now');
			}
		},
		{...quick, debounceMs: 0, intervalMs: 100},
	);

	schedule.touch('a', 'event:start');
	await sleep(500);
	await schedule.drain();

	t.true(times.length >= 3, `${times.length} looks`);
});

test('a look that failed is made up for under its own trigger, so that a start is never lost', async t => {
	const triggers: string[] = [];
	const schedule = startSchedule(
		async (_, trigger) => {
			triggers.push(trigger);
			if (triggers.length < 3) {
				throw new Error('not now');
			}
		},
		{...quick, debounceMs: 0, intervalMs: 50},
	);

	schedule.touch('a', 'event:start');
	await sleep(400);
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

// ---- what events lead to

function attending(changed: Partial<Attending> = {}): {readonly events: string[]; readonly parts: Attending} {
	const events: string[] = [];
	const book = openCoverage(later(0));
	return {
		events,
		parts: {
			schedule: {touch: (id, trigger) => void events.push(`touch ${id} ${trigger}`), has: () => false},
			book: {
				...book,
				gap: (from, to, reason) => void events.push(`gap ${to.getTime() - from.getTime()} ${reason}`),
			},
			report: event => void events.push(event),
			unattested: new Map<string, unknown>(),
			memories: new Map<string, unknown>(),
			notAttested: ({id}) => void events.push(`unattested ${id}`),
			...changed,
		},
	};
}

const listed = (id: string, labels: Record<string, string> = {'dev.sallyport.contract': 'x'}) => ({
	id,
	name: id,
	image: 'i',
	labels,
});

test('at every connection what runs is looked at, what promises nothing is set aside, and what is gone is buried', t => {
	const {events, parts} = attending({
		memories: new Map([
			['gone', 1],
			['a', 1],
		]),
	});

	attendant(parts).attend({kind: 'connected', at: later(0), running: [listed('a'), listed('b', {})]});

	t.deepEqual(events, ['ENGINE_CONNECTED', 'touch a reconcile', 'unattested b', 'touch gone reconcile']);
});

test('only a start brings in a container, and an end matters only to one that was looked at', t => {
	const {events, parts} = attending({memories: new Map([['seen', 1]])});
	const {attend} = attendant(parts);

	for (const [id, action] of [
		['new', 'connect'],
		['new', 'health_status'],
		['new', 'die'],
		['new', 'start'],
		['seen', 'connect'],
		['seen', 'destroy'],
	] as const) {
		attend({kind: 'event', at: later(0), id, action});
	}

	t.deepEqual(events, ['touch new event:start', 'touch seen event:die']);
});

test('the silence between a loss and the return is a gap, and only the first loss is news', t => {
	const {events, parts} = attending();
	const {attend, settle} = attendant(parts);

	attend({kind: 'lost', at: later(0), reason: 'EOF', again: false});
	attend({kind: 'lost', at: later(1000), reason: 'ENOENT', again: true});
	settle(later(1500));
	attend({kind: 'connected', at: later(2000), running: []});
	settle(later(3000));

	t.deepEqual(events, [
		'ENGINE_LOST',
		'ENGINE_STILL_LOST',
		'gap 1500 the engine was not heard: EOF',
		'gap 500 the engine was not heard: EOF',
		'ENGINE_CONNECTED',
	]);
});

test('a container that finds no place is logged and written into the coverage, never dropped in silence', t => {
	const skipped: string[] = [];
	const {events, parts} = attending({
		schedule: {
			touch: () => {
				throw new DaemonError('QUEUE_FULL', 'full');
			},
			has: () => false,
		},
	});
	const book = {
		...parts.book,
		skipped: ({containerId, reason}: {containerId: string; reason: string}) =>
			void skipped.push(`${containerId}: ${reason}`),
	};

	attendant({...parts, book}).attend({kind: 'event', at: later(0), id: 'a', action: 'start'});

	t.deepEqual(events, ['QUEUE_FULL']);
	t.deepEqual(skipped, ['a: queue full: full']);
});

test('a coverage statement counts what was seen, verified and skipped, and begins anew', t => {
	const book = openCoverage(later(0));
	book.saw('a');
	book.verified('b');
	book.skipped({containerId: 'c', name: 'c', image: 'i', reason: 'first'});
	book.skipped({containerId: 'c', name: 'c', image: 'i', reason: 'second'});

	const first = book.close(later(1000), 5, witness);
	const second = book.close(later(2000), 6, witness);

	t.deepEqual(first.predicate.containers, {seen: 3, verified: 1, skipped: 1});
	t.deepEqual(
		first.predicate.skipped.map(({reason}) => reason),
		['first'],
	);
	t.like(second.predicate, {
		startedOn: later(1000).toISOString(),
		containers: {seen: 0, verified: 0, skipped: 0},
	});
	t.notThrows(() => readStatement(Buffer.from(JSON.stringify(first))));
});

// ---- the whole of it, on a real engine

interface Running {
	readonly life: Life;
	readonly log: Log;
	readonly reports: {readonly event: EventCode; readonly data: Readonly<Record<string, unknown>>}[];
	readonly stop: () => Promise<void>;
}

interface Changes {
	readonly engine?: Engine;
	readonly log?: (log: AppendLog) => AppendLog;
	readonly probes?: Parts['judging']['probes'];
	readonly schedule?: Partial<Parts['schedule']>;
}

async function live(
	t: ExecutionContext,
	host: string,
	record: TestLog,
	changes: Changes = {},
): Promise<Running> {
	const log = await record.open();
	const stop = new AbortController();
	const reports: Running['reports'] = [];
	const append = appendLogOf(log);
	const life = startLife(
		{
			means: {
				engine: changes.engine ?? connectEngine(host),
				record: recordViewOf(log, 120_000),
				trust: [],
				host: goodHost,
				paramsOf: () => ({}),
				reachMs: 3000,
			},
			judging: {
				bundle: baselineOf(),
				limits: {probeMs: 7000, totalMs: 10_000},
				...(changes.probes && {probes: changes.probes}),
			},
			witness,
			signer: record.attestor,
			log: changes.log?.(append) ?? append,
			report: (event, data = {}) => void reports.push({event, data}),
			schedule: {
				debounceMs: 50,
				intervalMs: 60_000,
				concurrency: 4,
				maxTargets: 500,
				restMs: 200,
				...changes.schedule,
			},
			coverageMs: 600_000,
		},
		stop.signal,
	);
	const end = async (): Promise<void> => {
		stop.abort();
		await life.ended;
	};
	t.teardown(end);
	return {life, log, reports, stop: end};
}

async function entriesOf(log: Log, container: string): Promise<readonly Statement<RuntimeVerification>[]> {
	const {entries} = await log.list({filter: {container}, order: 'oldest', limit: 50});
	return Promise.all(
		entries.map(async ({id}) => {
			const statement = readStatement(payloadOf((await log.get(id)).envelope));
			return statement as unknown as Statement<RuntimeVerification>;
		}),
	);
}

async function coverages(log: Log): Promise<readonly Coverage[]> {
	const predicateType = 'https://sallyport.dev/attestation/coverage/v1';
	const {entries} = await log.list({filter: {predicateType}, order: 'oldest', limit: 50});
	return Promise.all(
		entries.map(
			async ({id}) => readStatement(payloadOf((await log.get(id)).envelope)).predicate as unknown as Coverage,
		),
	);
}

async function eventually<T>(look: () => Promise<T | undefined> | T | undefined, ms = 15_000): Promise<T> {
	const end = performance.now() + ms;
	while (performance.now() < end) {
		const found = await look();
		if (found !== undefined) {
			return found;
		}

		await sleep(25);
	}

	throw new Error(`Nothing came within ${ms} ms`);
}

async function ready(): Promise<{readonly docker: Docker; readonly tag: string}> {
	const docker = await openDocker();
	const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
	return {docker, tag};
}

/** The controls that baseline asks probes for. */
function asked(): readonly string[] {
	const {settings} = baselineOf();
	return Object.entries(settings)
		.filter(([id, {level}]) => Object.hasOwn(probes, id) && level !== 'off')
		.map(([id]) => id);
}

const connected = ({reports}: Running): Promise<true> =>
	eventually(() => (reports.some(({event}) => event === 'ENGINE_CONNECTED') ? true : undefined));

const atLeast =
	(log: Log, container: string, count: number) =>
	async (): Promise<readonly Statement<RuntimeVerification>[] | undefined> => {
		const all = await entriesOf(log, container);
		return all.length >= count ? all : undefined;
	};

// One after the other: every life sees every container of the engine, and would verify those of its neighbours too.
test.serial(
	'a container that starts is verified, one that ends gets its last statement, and each names the one before',
	async t => {
		const {docker, tag} = await ready();
		const running = await live(t, docker.engine.host, testLog(t));
		await connected(running);

		const container = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', container]));
		const [first] = await eventually(atLeast(running.log, container, 1));
		await docker(['kill', container]);
		const all = await eventually(async () => {
			const found = await entriesOf(running.log, container);
			return found.at(-1)?.predicate.trigger === 'event:die' ? found : undefined;
		});

		t.is(first?.predicate.trigger, 'event:start');
		t.is(first?.predicate.verdict, 'pass');
		t.is(first?.predicate.checks.length, asked().length);
		t.is(
			first?.predicate.checks.find(({control}) => control === 'proxy-tls-cert-valid')?.result,
			'fail',
			'self-signed is never hidden',
		);
		t.is(first?.predicate.previous, undefined);
		const last = all.at(-1);
		t.is(last?.predicate.verdict, 'incomplete');
		t.is(last?.predicate.counts.pass, 0);
		t.is(last?.predicate.counts.notEvaluated, asked().length);
		const {entries} = await running.log.list({filter: {container}, order: 'oldest', limit: 50});
		const beforeLast = await running.log.get(entries.at(-2)?.id ?? '');
		t.is(
			last?.predicate.previous?.envelopeDigest['sha256'],
			digestOf(envelopeBytes(beforeLast.envelope)).slice(7),
		);
		t.false(running.life.targets().some(({id}) => id === container));
	},
);

test.serial(
	'a container that promises nothing is listed as unattested and counted, and nothing is verified',
	async t => {
		const {docker} = await ready();
		const {stdout} = await docker([
			'run',
			'-d',
			'--label',
			'sallyport-test',
			'debian:trixie-slim',
			'sleep',
			'60',
		]);
		const early = stdout.trim();
		t.teardown(() => docker(['rm', '-f', early]));
		const running = await live(t, docker.engine.host, testLog(t));
		await connected(running);
		const late = (
			await docker(['run', '-d', '--label', 'sallyport-test', 'debian:trixie-slim', 'sleep', '60'])
		).stdout.trim();
		t.teardown(() => docker(['rm', '-f', late]));

		const stateOf = (container: string) => running.life.targets().find(({id}) => id === container)?.state;
		await eventually(() =>
			stateOf(early) === 'unattested' && stateOf(late) === 'unattested' ? true : undefined,
		);
		await docker(['rm', '-f', late]);
		await eventually(() => (stateOf(late) === undefined ? true : undefined));
		await running.stop();
		const all = await coverages(running.log);

		t.true(
			all.some(({skipped}) =>
				skipped.some(({containerId, reason}) => containerId === early && /unattested/.test(reason)),
			),
		);
	},
);

test.serial(
	'a container that dies while it is looked at leaves errors in a statement, and no pass that needed it',
	async t => {
		const {docker, tag} = await ready();
		const running = await live(t, docker.engine.host, testLog(t), {
			probes: {
				'proxy-in-path': async (subject, signal) => {
					await docker(['kill', subject.target.id]);
					return probes['proxy-in-path'](subject, signal);
				},
				'hdr-on-errors': async (subject, signal) => {
					await docker(['wait', subject.target.id]);
					return probes['hdr-on-errors'](subject, signal);
				},
			},
		});
		await connected(running);

		const container = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', container]));
		const [first] = await eventually(atLeast(running.log, container, 1));

		t.deepEqual(
			first?.predicate.checks.map(({result}) => ['error', 'not-evaluated'].includes(result)),
			[true, true],
			JSON.stringify(first?.predicate.checks),
		);
		t.is(first?.predicate.counts.pass, 0);
	},
);

test.serial(
	'an engine that vanishes is waited for, and what started meanwhile is verified when it returns',
	async t => {
		const {docker, tag} = await ready();
		await using relay = relayTo(docker.engine.host);
		await relay.appear();
		const running = await live(t, relay.host, testLog(t));
		await connected(running);

		await relay.vanish();
		const container = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', container]));
		await eventually(() => (running.reports.some(({event}) => event === 'ENGINE_LOST') ? true : undefined));
		await sleep(300);
		await relay.appear();
		const [first] = await eventually(atLeast(running.log, container, 1));
		await running.stop();

		t.true(['reconcile', 'event:start'].includes(first?.predicate.trigger ?? ''), first?.predicate.trigger);
		t.is(running.reports.filter(({event}) => event === 'ENGINE_LOST').length, 1);
		const [last] = (await coverages(running.log)).slice(-1);
		t.regex(last?.gaps[0]?.reason ?? '', /engine was not heard/);
	},
);

test.serial('a container removed while nobody listened gets its last statement from memory', async t => {
	const {docker, tag} = await ready();
	await using relay = relayTo(docker.engine.host);
	await relay.appear();
	const running = await live(t, relay.host, testLog(t));
	await connected(running);
	const container = await startTarget(docker, tag);
	await eventually(atLeast(running.log, container, 1));

	await relay.vanish();
	await docker(['rm', '-f', container]);
	await relay.appear();
	const last = await eventually(async () =>
		(await entriesOf(running.log, container)).find(({predicate}) => predicate.verdict === 'incomplete'),
	);

	t.is(last.predicate.counts.notEvaluated, asked().length);
	t.regex(last.predicate.checks[0]?.message ?? '', /container (?:is gone|has stopped)/);
});

for (const [title, refused] of [
	['the first statement', 0],
	['a transition', 1],
] as const) {
	test.serial(`${title} that the log refuses is reported, and made again with the next look`, async t => {
		const {docker, tag} = await ready();
		let statements = 0;
		const running = await live(t, docker.engine.host, testLog(t), {
			schedule: {intervalMs: 300},
			probes: {'health-state': async () => [{result: looks++ === 0 ? 'pass' : 'fail', message: 'x'}]},
			log: log => ({
				...log,
				append: async envelope => {
					if (
						readStatement(payloadOf(envelope)).predicateType.includes('runtime') &&
						statements++ === refused
					) {
						throw new Error('The disk is full');
					}

					return log.append(envelope);
				},
			}),
		});
		let looks = 0;
		await connected(running);

		const container = await startTarget(docker, tag);
		t.teardown(() => docker(['rm', '-f', container]));
		const all = await eventually(atLeast(running.log, container, refused + 1));

		t.true(
			running.reports.some(
				({event, data}) => event === 'RECORD_FAILED' && data['reason'] === 'The disk is full',
			),
		);
		t.is(all[0]?.predicate.previous, undefined);
		t.is(all.at(-1)?.predicate.checks[0]?.result, 'fail');
	});
}

test.serial('after a restart the chain goes on, and the time without a daemon is a gap', async t => {
	const {docker, tag} = await ready();
	const record = testLog(t);
	const one = await live(t, docker.engine.host, record);
	await connected(one);
	const container = await startTarget(docker, tag);
	t.teardown(() => docker(['rm', '-f', container]));
	await eventually(atLeast(one.log, container, 1));
	await one.stop();
	await one.log.close();

	const two = await live(t, docker.engine.host, record);
	const known = (await entriesOf(two.log, container)).length;
	const all = await eventually(atLeast(two.log, container, known + 1));
	const gaps = (await coverages(two.log)).flatMap(coverage => coverage.gaps);

	t.truthy(all.at(-1)?.predicate.previous);
	t.true(gaps.some(({reason}) => reason === 'the daemon was not running'));
});

test.serial('probes ask the log for the build of an image, and get what was signed', async t => {
	const record = testLog(t);
	const log = await record.open();
	const view = recordViewOf(log, 120_000);
	const statement: Statement<unknown> = {
		...statementOf(observation, witness),
		predicateType: 'https://sallyport.dev/attestation/build-gate/v1',
		predicate: {verdict: 'pass', checks: [], counts: statementOf(observation, witness).predicate.counts},
	};

	t.is(await view.buildOf(target.image.digest), undefined);
	t.is(await view.gaps(), undefined);
	await log.append(await seal(statement, record.attestor));

	t.deepEqual(await view.buildOf(target.image.digest), {verdict: 'pass'});
	t.is(await view.buildOf(digestOf('another image')), undefined);
});
