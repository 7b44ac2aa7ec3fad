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
import type {Registry} from '../../daemon/paces.ts';
import {registry} from '../../daemon/probes/index.ts';
import type {Probe} from '../../daemon/probes/probe.ts';
import {appendLogOf, recordViewOf} from '../../daemon/record-view.ts';
import type {ControlId, ControlIdAt} from '../../policies/catalogue.ts';
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
import {eventually} from '../helpers/eventually.ts';
import {type TestLog, testLog} from '../helpers/record.ts';
import {relayTo} from '../helpers/relay.ts';
import {goodHost, target} from '../helpers/subject.ts';
import {buildTarget, careful, startTarget} from '../helpers/target.ts';

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
			memories: new Map<string, unknown>(),
			...changed,
		},
	};
}

const listed = (id: string, labels: Record<string, string> = {'dev.sallyport.contract': 'x'}) => ({
	id,
	name: id,
	image: 'i',
	labels,
	engine: 'e',
	health: undefined,
});

test('at every connection what runs is looked at, with or without a contract, and what is gone is buried', t => {
	const {events, parts} = attending({
		memories: new Map([
			['gone', 1],
			['a', 1],
		]),
	});

	attendant(parts).attend({
		kind: 'connected',
		engine: 'e',
		at: later(0),
		running: [listed('a'), listed('b', {})],
	});

	t.deepEqual(events, ['ENGINE_CONNECTED', 'touch a reconcile', 'touch b reconcile', 'touch gone reconcile']);
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
		attend({kind: 'event', engine: 'e', at: later(0), id, action, name: '', image: ''});
	}

	t.deepEqual(events, ['touch new event:start', 'touch seen event:die']);
});

test('the silence between a loss and the return is a gap, and only the first loss is news', t => {
	const {events, parts} = attending();
	const {attend, settle} = attendant(parts);

	attend({kind: 'lost', engine: 'e', at: later(0), reason: 'EOF', again: false});
	attend({kind: 'lost', engine: 'e', at: later(1000), reason: 'ENOENT', again: true});
	settle(later(1500));
	attend({kind: 'connected', engine: 'e', at: later(2000), running: []});
	settle(later(3000));

	t.deepEqual(events, [
		'ENGINE_LOST',
		'ENGINE_STILL_LOST',
		'gap 1500 the engine was not heard: e: EOF',
		'gap 500 the engine was not heard: e: EOF',
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

	attendant({...parts, book}).attend({
		kind: 'event',
		engine: 'e',
		at: later(0),
		id: 'a',
		action: 'start',
		name: '',
		image: '',
	});

	t.deepEqual(events, ['QUEUE_FULL']);
	t.deepEqual(skipped, ['a: queue full: full']);
});
test('a coverage statement counts what was seen, verified and skipped, and begins anew', t => {
	const book = openCoverage(later(0));
	book.saw('a');
	book.verified('b');
	book.skipped({containerId: 'c', name: 'c', image: 'i', reason: 'first'});
	book.skipped({containerId: 'c', name: 'c', image: 'i', reason: 'second'});

	const standing = {overdue: 3, controls: {evaluated: 10, stale: 2, doubted: 1}};
	const first = book.close(later(1000), 5, witness, standing);
	const second = book.close(later(2000), 6, witness);

	t.deepEqual(first.predicate.containers, {seen: 3, verified: 1, skipped: 1});
	t.deepEqual(first.predicate.looks, {due: 6, made: 1}, 'one made, two that failed, three overdue');
	t.deepEqual(first.predicate.controls, standing.controls);
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
	readonly probes?: Readonly<Partial<Record<ControlIdAt<'run'>, Probe>>>;
	readonly parts?: Partial<Parts>;
	readonly schedule?: Partial<Parts['schedule']>;
}

/** Every answer is due as often as the configuration's. */
function registryOf(given: NonNullable<Changes['probes']>): Registry {
	const entries = Object.entries(given).map(([id, probe]) => [id, {probe, pace: 'configuration'}]);
	return Object.fromEntries(entries);
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
				...(changes.probes && {registry: registryOf(changes.probes)}),
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
			...changes.parts,
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

async function ready(): Promise<{readonly docker: Docker; readonly tag: string}> {
	const docker = await openDocker();
	const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
	return {docker, tag};
}

/** The controls that baseline asks probes for. */
function asked(): readonly string[] {
	const {settings} = baselineOf();
	return Object.entries(settings)
		.filter(([id, {level}]) => Object.hasOwn(registry, id) && level !== 'off')
		.map(([id]) => id);
}

function isUnasked({message = ''}: {readonly message?: string}): boolean {
	return message.includes('not looked at yet');
}

/** How often a control is looked at. */
function paceOf({control}: {readonly control: string}): string {
	const found = Object.entries(registry).find(([id]) => id === control);
	return found?.[1].pace ?? 'none';
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
		const whole = await eventually(async () =>
			(await entriesOf(running.log, container)).find(({predicate}) => !predicate.checks.some(isUnasked)),
		);
		await docker(['kill', container]);
		const all = await eventually(async () => {
			const found = await entriesOf(running.log, container);
			return found.at(-1)?.predicate.trigger === 'event:die' ? found : undefined;
		});

		t.is(first?.predicate.trigger, 'event:start');
		t.is(first?.predicate.checks.length, asked().length);
		t.deepEqual(
			first?.predicate.checks.filter(isUnasked).map(paceOf),
			first?.predicate.checks.map(paceOf).filter(pace => pace === 'thorough' || pace === 'rare'),
			'what takes long is looked at right afterwards, and nothing is said of it before',
		);
		t.is(
			whole.predicate.checks.find(({control}) => control === 'proxy-tls-cert-valid')?.result,
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
	'a container that promises nothing is judged on its configuration, and is no part of the list once it is gone',
	async t => {
		const {docker} = await ready();
		const running = await live(t, docker.engine.host, testLog(t));
		await connected(running);
		const {stdout} = await docker([
			'run',
			'-d',
			'--privileged',
			'--label',
			'sallyport-test',
			'debian:trixie-slim',
			'sleep',
			'60',
		]);
		const id = stdout.trim();
		t.teardown(() => docker(['rm', '-f', id]));

		const [first] = await eventually(atLeast(running.log, id, 1));
		const view = () => running.life.targets().find(each => each.id === id);

		t.is(view()?.state, 'unattested');
		t.is(first?.predicate.target.contract, undefined);
		t.is(
			first?.predicate.checks.find(({control}) => control === 'run-no-privileged')?.result,
			'fail',
			JSON.stringify(first?.predicate.checks.map(({control, result}) => `${control} ${result}`)),
		);
		await docker(['rm', '-f', id]);
		await eventually(() => (view() === undefined ? true : undefined));
	},
);

test.serial('a restart is another start, and nothing that was seen before it counts any more', async t => {
	const {docker} = await ready();
	const asked: string[] = [];
	const mine = (
		await docker(['create', '--label', 'sallyport-test', 'debian:trixie-slim', 'sleep', '60'])
	).stdout.trim();
	t.teardown(() => docker(['rm', '-f', mine]));
	const running = await live(t, docker.engine.host, testLog(t), {
		probes: {
			'health-state': async ({target}) => {
				asked.push(...(target.id === mine ? [target.startedAt.toISOString()] : []));
				return [{result: 'pass', message: 'x'}];
			},
		},
	});
	await connected(running);
	await docker(['start', mine]);
	const [first] = await eventually(atLeast(running.log, mine, 1));

	await docker(['restart', '-t', '0', mine]);
	const again = await eventually(async () =>
		(await entriesOf(running.log, mine)).find(
			({predicate}) =>
				predicate.target.startedAt !== first?.predicate.target.startedAt && predicate.counts.pass === 1,
		),
	);

	t.is(again.predicate.trigger, 'event:start');
	t.is(new Set(asked).size, 2);
});

test.serial(
	'a container that dies while it is looked at leaves errors in a statement, and no pass that needed it',
	async t => {
		const {docker, tag} = await ready();
		const running = await live(t, docker.engine.host, testLog(t), {
			probes: {
				'proxy-in-path': async (subject, signal) => {
					await docker(['kill', subject.target.id]);
					return registry['proxy-in-path'].probe(subject, signal);
				},
				'hdr-on-errors': async (subject, signal) => {
					await docker(['wait', subject.target.id]);
					return registry['hdr-on-errors'].probe(subject, signal);
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
		(await entriesOf(running.log, container)).find(({predicate}) => predicate.trigger === 'event:die'),
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
		const mine = (await docker(['create', '--label', 'sallyport-test', ...careful, tag])).stdout.trim();
		t.teardown(() => docker(['rm', '-f', mine]));
		let statements = 0;
		let looks = 0;
		const running = await live(t, docker.engine.host, testLog(t), {
			schedule: {intervalMs: 300},
			probes: {
				'health-state': async ({target: {id}}) => [
					{result: id === mine && looks++ === 0 ? 'pass' : 'fail', message: 'x'},
				],
			},
			log: log => ({
				...log,
				append: async envelope => {
					const {predicate} = readStatement(payloadOf(envelope)) as Statement<Partial<RuntimeVerification>>;
					if (predicate.target?.containerId === mine && statements++ === refused) {
						throw new Error('The disk is full');
					}

					return log.append(envelope);
				},
			}),
		});
		await connected(running);

		await docker(['start', mine]);
		const all = await eventually(atLeast(running.log, mine, refused + 1));

		t.true(
			running.reports.some(
				({event, data}) => event === 'RECORD_FAILED' && data['reason'] === 'The disk is full',
			),
		);
		t.is(all[0]?.predicate.previous, undefined);
		t.is(all[refused]?.predicate.checks[0]?.result === 'fail' || refused === 0, true);
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
