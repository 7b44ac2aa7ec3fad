import test from 'ava';
import fc from 'fast-check';
import {statementOf} from '../../daemon/attest.ts';
import {noTracks} from '../../daemon/episodes.ts';
import {verdictOf} from '../../daemon/judge.ts';
import {
	heartbeatInMs,
	isSpent,
	type Memory,
	memoryOf,
	reasonToSign,
	renewed,
	spend,
	stateOf,
} from '../../daemon/memory.ts';
import {askedOf, jitterOf, type Lane, pacesOf, reachOf} from '../../daemon/paces.ts';
import type {Pace} from '../../daemon/probes/probe.ts';
import {recalled} from '../../daemon/recall.ts';
import {replay} from '../../daemon/replay.ts';
import {
	type Asking,
	chosen,
	merged,
	nextOf,
	noSights,
	type Sights,
	sharing,
	standing,
	tallyOf,
} from '../../daemon/sights.ts';
import type {ControlId} from '../../policies/catalogue.ts';
import type {Verdict} from '../../policies/decide.ts';
import type {Finding} from '../../policies/finding.ts';
import type {Waiver} from '../../policies/waiver.ts';
import {canonicalJson} from '../../proto/canonical-json.ts';
import {digestOf} from '../../proto/digest.ts';
import {type RuntimeVerification, readStatement, type Statement} from '../../proto/statement.ts';
import {VERSION} from '../../proto/version.ts';
import {baselineOf, builtIn} from '../helpers/bundle.ts';
import {target} from '../helpers/subject.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const later = (ms: number): Date => new Date(Date.UTC(2026, 0, 1) + ms);
const start = later(0).getTime();

const pacing: Readonly<Record<string, Pace>> = {
	'run-no-privileged': 'configuration',
	'health-state': 'light',
	'proxy-tls-min-version': 'thorough',
	'proxy-rate-limit': 'rare',
};
const controls = Object.keys(pacing) as ControlId[];
const asked = new Map(
	Object.entries(pacing).map(([control, pace]) => [
		control as ControlId,
		{pace, probe: async () => [{result: 'pass' as const, message: 'x'}]},
	]),
);
const paces = pacesOf(MINUTE);
const asking: Asking = {asked, paces, jitter: 0, isUnsure: () => false, renewedAt: 0, isSpent: false};

function seenAt(at: number, result: Finding['result'] = 'pass', of: readonly ControlId[] = controls): Sights {
	return new Map(of.map(control => [control, {at, findings: [{control, result, message: 'A message'}]}]));
}

const due = (sights: Sights, ms: number, changed: Partial<Asking> = {}, lane: Lane = 'long') =>
	chosen(sights, {...asking, ...changed}, {lane, reach: 'due', now: start + ms});

// ---- what is asked when

test('at the usual interval the paces are five and fifteen minutes, an hour and a day', t => {
	t.deepEqual(paces, {configuration: 5 * MINUTE, light: 15 * MINUTE, thorough: HOUR, rare: 24 * HOUR});
});

test('a start asks at once what is quick, and what takes long right afterwards in a lane of its own', t => {
	const quick = chosen(noSights, asking, {lane: 'prompt', reach: 'all', now: start});
	const seen = merged(noSights, seenAt(start, 'pass', quick));

	t.deepEqual(quick, ['run-no-privileged', 'health-state']);
	t.deepEqual(nextOf(seen, asking, start), {prompt: 5 * MINUTE, light: 15 * MINUTE, long: 0});
	t.deepEqual(due(seen, 0), ['proxy-tls-min-version', 'proxy-rate-limit']);
});

test('between due times nothing is asked, and each control when its own time has come', t => {
	const seen = seenAt(start);

	t.deepEqual(due(seen, 4 * MINUTE), []);
	t.deepEqual(due(seen, 5 * MINUTE), ['run-no-privileged']);
	t.deepEqual(due(seen, 15 * MINUTE), ['run-no-privileged', 'health-state']);
	t.deepEqual(due(seen, HOUR), ['run-no-privileged', 'health-state', 'proxy-tls-min-version']);
	t.deepEqual(due(seen, 24 * HOUR), controls);
	t.deepEqual(due(seen, 24 * HOUR, {}, 'light'), ['run-no-privileged', 'health-state']);
});

test('an event asks what it can have changed, and a new policy everything', t => {
	const seen = seenAt(start);
	const by = (trigger: string): readonly ControlId[] =>
		chosen(seen, asking, {lane: 'prompt', reach: reachOf(trigger), now: start + 1000});

	t.deepEqual(by('event:update'), ['run-no-privileged']);
	t.deepEqual(by('event:exec_create'), ['run-no-privileged']);
	t.deepEqual(by('reconcile'), []);
	t.deepEqual(by('event:start'), ['run-no-privileged', 'health-state']);
	t.deepEqual(
		due(seen, 1000, {renewedAt: start + 500}),
		controls,
		'what was seen under another policy is due',
	);
});

test('what decides about an episode is asked again after half a minute, and rudeness after five', t => {
	const isUnsure = (): boolean => true;
	const next = nextOf(seenAt(start), {...asking, isUnsure}, start);

	t.deepEqual(next, {prompt: 30_000, light: 30_000, long: 30_000});
	const rude = new Map([...seenAt(start)].filter(([control]) => control === 'proxy-rate-limit'));
	const only = new Map([...asked].filter(([control]) => control === 'proxy-rate-limit'));
	t.is(nextOf(rude, {...asking, asked: only, isUnsure}, start).long, 5 * MINUTE);
});

test('a container that has cost its share of an hour is asked for its configuration alone', t => {
	t.deepEqual(due(noSights, 0, {isSpent: true}), ['run-no-privileged']);
	t.is(nextOf(noSights, {...asking, isSpent: true}, start).long, Number.POSITIVE_INFINITY);
	const spent = spend({since: start, ms: 299_000}, 2000, later(MINUTE));
	t.true(isSpent(spent, 300_000, later(MINUTE)));
	t.false(isSpent(spent, 300_000, later(HOUR)), 'an hour later it has another');
	t.is(spend(spent, 5, later(HOUR)).ms, 5);
});

test('what the policy switches off is not asked', t => {
	const {settings} = baselineOf();
	const off = {...settings, 'health-state': {...settings['health-state'], level: 'off' as const, tiers: {}}};
	const registry = Object.fromEntries(asked);

	t.false(askedOf(registry, off).has('health-state'));
	t.true(askedOf(registry, settings).has('run-no-privileged'));
});

test('jitter spreads containers over a tenth of a pace, and is the same each time', t => {
	const ids = Array.from({length: 1000}, (_, i) => digestOf(String(i)).slice(7));
	const jitters = ids.map(jitterOf);
	const tenths = jitters.map(each => Math.floor(each * 10));

	t.deepEqual(jitters, ids.map(jitterOf));
	t.true(Math.min(...jitters) >= 0 && Math.max(...jitters) < 1);
	for (let tenth = 0; tenth < 10; tenth += 1) {
		t.true(tenths.filter(each => each === tenth).length > 50, `tenth ${tenth}`);
	}
});

test('property: whatever was seen when, a control is asked by the end of its pace, and next says when', t => {
	fc.assert(
		fc.property(
			fc.array(fc.option(fc.integer({min: 0, max: 30 * HOUR}), {nil: undefined}), {
				minLength: 4,
				maxLength: 4,
			}),
			fc.integer({min: 0, max: 30 * HOUR}),
			fc.double({min: 0, max: 0.999, noNaN: true}),
			(ages, elapsed, jitter) => {
				const sights: Sights = new Map(
					controls.flatMap((control, i) => {
						const age = ages[i];
						return age === undefined ? [] : [[control, {at: start - age, findings: []}] as const];
					}),
				);
				const now = start + elapsed;
				const mine = {...asking, jitter};
				const now1 = chosen(sights, mine, {lane: 'long', reach: 'due', now});
				for (const [control, {pace}] of asked) {
					const at = sights.get(control)?.at;
					const isOld = at === undefined || now - at >= paces[pace];
					const isYoung = at !== undefined && now - at < paces[pace] * 0.79;
					t.false(isOld && !now1.includes(control), `${control} was left out`);
					t.false(isYoung && now1.includes(control), `${control} was asked too soon`);
				}

				const next = nextOf(sights, mine, now);
				const then = now + Math.min(next.prompt, next.light, next.long);
				t.true(chosen(sights, mine, {lane: 'long', reach: 'due', now: then}).length > 0);
			},
		),
	);
});

// ---- what counts

test('an answer counts for two paces; after that nobody has looked', t => {
	const seen = seenAt(start);
	const results = (ms: number): readonly string[] =>
		standing(seen, {asked, paces}, start + ms).map(({result}) => result);

	t.deepEqual(results(10 * MINUTE), ['pass', 'pass', 'pass', 'pass']);
	t.deepEqual(results(10 * MINUTE + 1), ['not-evaluated', 'pass', 'pass', 'pass']);
	t.deepEqual(results(HOUR), ['not-evaluated', 'not-evaluated', 'pass', 'pass']);
	t.regex(
		standing(seen, {asked, paces}, start + HOUR)[0]?.message ?? '',
		/stale: nobody has looked since 2026-01-01T00:00:00/,
	);
	t.deepEqual(tallyOf([seen], {asked, paces}, start + HOUR), {evaluated: 2, stale: 2, doubted: 0});
});

test('property: no look that did not happen makes a control pass', t => {
	fc.assert(
		fc.property(
			fc.array(
				fc.record({
					control: fc.constantFrom(...controls),
					at: fc.integer({min: 0, max: 50 * HOUR}),
					result: fc.constantFrom('pass' as const, 'fail' as const),
				}),
				{maxLength: 20},
			),
			fc.integer({min: 0, max: 50 * HOUR}),
			(looks, elapsed) => {
				const past = looks.filter(({at}) => at <= elapsed).toSorted((a, b) => a.at - b.at);
				const sights = past.reduce<Sights>(
					(before, {control, at, result}) => merged(before, seenAt(start + at, result, [control])),
					noSights,
				);
				for (const {control, result} of standing(sights, {asked, paces}, start + elapsed)) {
					const last = past.findLast(look => look.control === control);
					const pace = pacing[control] ?? 'rare';
					const isFresh = last !== undefined && elapsed - last.at <= 2 * paces[pace];
					t.is(result, isFresh ? last.result : 'not-evaluated');
				}
			},
		),
	);
});

test('findings that many containers share are kept once', t => {
	const share = sharing();
	const one = share([{control: 'health-state', result: 'pass', message: 'healthy'}]);

	t.is(share([{control: 'health-state', result: 'pass', message: 'healthy'}]), one);
	t.not(share([{control: 'health-state', result: 'pass', message: 'Healthy'}]), one);
});

// ---- when a statement is made

function verdictFrom(...results: readonly Finding['result'][]): Verdict {
	const findings = results.map(
		(result, index): Finding => ({
			control: controls[index] ?? 'health-state',
			result,
			message: 'A message',
		}),
	);
	return verdictOf(findings, controls, target.image, baselineOf(), later(0));
}

const passing = verdictFrom('pass', 'pass', 'pass', 'pass');
const failing = verdictFrom('fail', 'pass', 'pass', 'pass');

function signedMemory(verdict: Verdict): Memory {
	const memory = memoryOf(target, undefined, later(0));
	return {...memory, state: stateOf(target, verdict, noTracks), signedAt: later(0)};
}

const reasons: readonly (readonly [string, Verdict, string, number, string | undefined])[] = [
	['nothing new', passing, 'schedule', MINUTE, undefined],
	['another result', failing, 'schedule', MINUTE, 'transition'],
	['a start', passing, 'event:start', MINUTE, 'event:start'],
	['an end', passing, 'event:die', MINUTE, 'event:die'],
	['an hour of nothing new', passing, 'schedule', HOUR, 'heartbeat'],
	['almost an hour of nothing new', passing, 'schedule', HOUR - 1000, undefined],
	['an event that changed nothing', passing, 'event:health_status', MINUTE, undefined],
];

for (const [title, verdict, trigger, ms, expected] of reasons) {
	test(`${title} makes ${expected === undefined ? 'no' : 'a'} statement`, t => {
		const memory = signedMemory(passing);

		t.is(reasonToSign(memory, stateOf(target, verdict, noTracks), trigger, later(ms)), expected);
	});
}

test('what was never signed is signed, and an hour after that the next statement is due', t => {
	const memory = memoryOf(target, undefined, later(0));

	t.is(reasonToSign(memory, stateOf(target, passing, noTracks), 'schedule', later(0)), 'transition');
	t.is(heartbeatInMs(signedMemory(passing), later(MINUTE)), HOUR - MINUTE);
});

test('an episode that opens or closes makes a statement although every result is the same', t => {
	const memory = signedMemory(failing);
	const episode = {id: 'e'} as never;
	const open = new Map([['run-no-privileged' as const, {bad: 1, good: 0, episode}]]);

	t.is(reasonToSign(memory, stateOf(target, failing, open), 'schedule', later(1000)), 'transition');
});

test('a container that is started anew is another one to what was seen of it', t => {
	const memory = {...signedMemory(passing), sights: seenAt(start)};

	t.is(renewed(memory, target).sights.size, 4);
	const again = renewed(memory, {...target, startedAt: later(5000)});
	t.is(again.sights.size, 0);
	t.is(reasonToSign(memory, stateOf(again.target, passing, noTracks), 'schedule', later(6000)), 'transition');
});

// ---- the same inputs, the same verdict

const strict = builtIn('soc2-strict');
const policyOf = (bundle: typeof strict) => ({
	name: bundle.name,
	digest: {sha256: digestOf(canonicalJson(bundle.document)).slice(7)},
});

const anyFinding = fc.record({
	control: fc.constantFrom(...(Object.keys(strict.settings) as ControlId[])),
	result: fc.constantFrom(
		'pass' as const,
		'fail' as const,
		'not-applicable' as const,
		'not-evaluated' as const,
		'error' as const,
	),
	message: fc.string({maxLength: 20}),
	tier: fc.constantFrom('T1', 'T2', undefined),
	level: fc.constantFrom('warn' as const, 'info' as const, undefined),
});

function statementFrom(
	findings: readonly Finding[],
	bundle: typeof strict,
	at: Date,
): Statement<RuntimeVerification> {
	const judged = Object.keys(bundle.settings) as ControlId[];
	const verdict = verdictOf(findings, judged, target.image, bundle, at);
	const statement = statementOf(
		{
			target,
			promised: {state: 'unread', reason: 'x'},
			verdict,
			trigger: 'schedule',
			startedOn: at,
			finishedOn: at,
			validUntil: at,
			previous: undefined,
		},
		{hostId: 'urn:uuid:00000000-0000-4000-8000-000000000000', policy: policyOf(bundle)},
	);
	// As it is read out of a log.
	return readStatement(Buffer.from(JSON.stringify(statement))) as unknown as Statement<RuntimeVerification>;
}

function clean({
	tier,
	level,
	...rest
}: {tier: string | undefined; level: 'warn' | 'info' | undefined} & Finding): Finding {
	return {...rest, ...(tier !== undefined && {tier}), ...(level !== undefined && {level})};
}

test('property: a statement replays to the same verdict, counts and levels under the policy it names', t => {
	const bundles = ['baseline', 'soc2', 'soc2-strict'].map(builtIn);
	fc.assert(
		fc.property(fc.array(anyFinding, {maxLength: 40}), fc.constantFrom(...bundles), (found, bundle) => {
			const statement = statementFrom(
				found.map(each => clean(each as never)),
				bundle,
				later(0),
			);

			const {verdict, differences} = replay(statement, bundle);

			t.deepEqual(differences, []);
			t.is(verdict.outcome, statement.predicate.verdict);
		}),
		{numRuns: 150},
	);
});

test('property: what a bundle judges by tiers replays too', t => {
	const bundle = baselineOf();
	const tiered = Object.entries(bundle.settings).flatMap(([control, {tiers}]) =>
		Object.keys(tiers).map(tier => ({control: control as ControlId, tier})),
	);
	t.true(tiered.length > 0);
	for (const {control, tier} of tiered) {
		const other = tiered.find(each => each.control === control && each.tier !== tier)?.tier;
		const findings: readonly Finding[] = [
			{control, result: 'fail', message: 'x', tier},
			...(other === undefined ? [] : [{control, result: 'pass' as const, message: 'x', tier: other}]),
		];
		t.deepEqual(
			replay(statementFrom(findings, bundle, later(0)), bundle).differences,
			[],
			`${control} ${tier}`,
		);
	}
});

test('a waiver is laid over what was found anew: with it the statement replays, without it not', t => {
	const waiver: Waiver = {
		id: 'W-2026-001',
		title: 'A waiver',
		rule: 'run-no-privileged',
		scope: {imageDigests: [target.image.digest]},
		reason: 'A reason',
		compensating: [],
		requestedBy: {id: 'a@example.com', name: 'A'},
		approvedBy: {id: 'b@example.com', name: 'B'},
		effectiveFrom: later(-HOUR).toISOString(),
		expiresAt: later(HOUR).toISOString(),
	};
	const standing = {
		approval: {state: 'none', message: 'x'},
		waivers: [{file: 'w.yaml', waiver, state: 'valid', message: 'It holds.'}],
	} as unknown as NonNullable<typeof strict.standing>;
	const waived = {...strict, standing};
	const findings: readonly Finding[] = [{control: 'run-no-privileged', result: 'fail', message: 'x'}];

	const during = statementFrom(findings, waived, later(0));
	const after = statementFrom(findings, waived, later(2 * HOUR));

	t.is(during.predicate.counts.waived, 1);
	t.is(after.predicate.counts.waived, 0, 'it has run out');
	t.deepEqual(replay(during, waived).differences, []);
	t.deepEqual(replay(after, waived).differences, []);
	t.not(replay(during, strict).differences.length, 0);
});

test('a statement that was given another verdict, result, level or policy does not replay', t => {
	const statement = statementFrom(
		[{control: 'run-no-privileged', result: 'fail', message: 'x'}],
		strict,
		later(0),
	);
	const {predicate} = statement;
	const [check, ...rest] = predicate.checks.toSorted(({result}) => (result === 'fail' ? -1 : 1));
	const changes: readonly Partial<RuntimeVerification>[] = [
		{verdict: 'pass'},
		{counts: {...predicate.counts, fail: 0}},
		{policy: policyOf(baselineOf())},
		{checks: [{...check, result: 'pass'} as never, ...rest]},
		{checks: [{...check, level: 'info'} as never, ...rest]},
	];

	t.deepEqual(replay(statement, strict).differences, []);
	for (const change of changes) {
		const other = {...statement, predicate: {...predicate, ...change}};
		t.not(replay(other, strict).differences.length, 0, JSON.stringify(change).slice(0, 60));
	}
});

// ---- what the next daemon knows

test('a newest statement gives back what was seen, by the same version and policy, and no more', t => {
	const findings: readonly Finding[] = [
		{control: 'run-no-privileged', result: 'fail', message: 'It is privileged'},
		{control: 'health-state', result: 'not-evaluated', message: 'x'},
	];
	const statement = statementFrom(findings, strict, later(0));
	const sha = statement.predicate.policy.digest['sha256'] ?? '';
	const word = {statement, envelope: digestOf('e')};

	const memory = recalled(word, sha, later(MINUTE));
	const other = recalled(word, 'another', later(MINUTE));

	t.is(memory?.sights.get('run-no-privileged')?.findings[0]?.result, 'fail');
	t.is(memory?.sights.get('run-no-privileged')?.at, start);
	t.false(memory?.sights.has('health-state'), 'what could not be seen is looked at anew');
	t.is(memory?.envelope, digestOf('e'));
	t.is(memory?.target.image.digest, target.image.digest);
	t.is(other?.sights.size, 0);
	const older = {...statement.predicate, verifier: {...statement.predicate.verifier, version: '0.0.1'}};
	const byOlder = recalled({...word, statement: {...statement, predicate: older}}, sha, later(MINUTE));
	t.is(byOlder?.sights.size, 0, 'another version may have seen otherwise');
	t.is(statement.predicate.verifier.version, VERSION);
	const ended = {...statement, predicate: {...statement.predicate, trigger: 'event:die'}};
	t.is(recalled({...word, statement: ended}, sha, later(0)), undefined);
});
