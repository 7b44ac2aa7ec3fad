import test from 'ava';
import type {PeopleView} from '../../daemon/host/people.ts';
import {incContainment} from '../../daemon/probes/logging/inc-containment.ts';
import {monAlertTested} from '../../daemon/probes/logging/mon-alert-tested.ts';
import type {ProbeFinding} from '../../daemon/probes/probe.ts';
import type {Containment} from '../../proto/containment.ts';
import type {AlertTest} from '../../proto/delivery.ts';
import {episodeOf} from '../helpers/episode.ts';
import {subjectWith, target} from '../helpers/subject.ts';

const now = new Date('2026-11-22T12:00:00Z');
const verifier = {id: 'https://sallyport.dev/verifier/v1', version: '0.1.0'} as const;

function people(given: Partial<PeopleView> = {}): PeopleView {
	return {
		channels: () => ['chat', 'siem'],
		tests: async () => [],
		mayContain: true,
		order: () => ({action: 'pause', controls: ['run-no-privileged'], by: ['dana']}),
		containments: async () => [],
		...given,
	};
}

function testOf(
	daysAgo: number,
	states: Readonly<Record<string, 'accepted' | 'sent' | 'refused'>>,
	hours?: number,
): AlertTest {
	const at = new Date(now.getTime() - daysAgo * 86_400_000);
	const deliveries = Object.entries(states).map(([channel, state]) => ({
		kind: 'test',
		channel,
		type: 'webhook',
		state,
		at: at.toISOString(),
		attempts: 1,
	}));
	const acknowledgedAt = new Date(at.getTime() + (hours ?? 0) * 3_600_000).toISOString();
	return {
		verifier,
		test: {sha256: 'ab'},
		by: 'Dana',
		at: at.toISOString(),
		deliveries,
		...(hours === undefined ? {} : {acknowledged: {at: acknowledgedAt, by: 'Eli', reason: 'it arrived'}}),
	};
}

const both = {chat: 'accepted', siem: 'sent'} as const;
const alertRows: Readonly<
	Record<string, readonly [tests: readonly AlertTest[], result: ProbeFinding['result'], said: RegExp]>
> = {
	'every channel took a test that somebody acknowledged': [
		[testOf(29, both, 1)],
		'pass',
		/Each channel took/,
	],
	'each channel by a test of its own': [
		[testOf(1, {chat: 'accepted'}, 1), testOf(9, {siem: 'sent'}, 1)],
		'pass',
		/Each/,
	],
	'no test': [
		[],
		'fail',
		/^chat: it took no test in the last 30 days, and 1 more; run "sallyport daemon alert-test"/,
	],
	'an old test': [[testOf(31, both, 1)], 'fail', /took no test/],
	'a test that was refused': [
		[testOf(1, {chat: 'refused', siem: 'sent'}, 1)],
		'fail',
		/^chat: .*, the last one was refused;/,
	],
	'a test that nobody acknowledged': [
		[testOf(1, both)],
		'fail',
		/nobody acknowledged its test within 24 hours/,
	],
	'a test that was acknowledged too late': [[testOf(5, both, 25)], 'fail', /within 24 hours/],
};
for (const [title, [tests, result, said]] of Object.entries(alertRows)) {
	test(`mon-alert-tested: ${title}: ${result}`, async t => {
		const subject = subjectWith({now, people: people({tests: async () => tests})});
		const [finding] = await monAlertTested(subject, AbortSignal.timeout(1000));

		t.is(finding?.result, result);
		t.regex(finding?.message ?? '', said);
	});
}

test("mon-alert-tested: days and hours are the policy's, and without a channel nothing is known", async t => {
	const view = people({tests: async () => [testOf(5, both, 25)]});
	const results = await Promise.all(
		[
			subjectWith({now, people: view, paramsOf: () => ({ack: 48})}),
			subjectWith({now, people: view, paramsOf: () => ({ack: 48, days: 4})}),
			subjectWith({now, people: people({channels: () => []})}),
			subjectWith({now, people: undefined}),
		].map(async subject => (await monAlertTested(subject, AbortSignal.timeout(1000)))[0]?.result),
	);

	t.deepEqual(results, ['pass', 'fail', 'not-evaluated', 'not-evaluated']);
});

function containment(given: Partial<Containment> = {}): Containment {
	return {
		verifier,
		policy: {name: 'acme', digest: {sha256: 'ab'}},
		target: {containerId: target.id, name: target.name, image: 'x'},
		rule: 'run-no-privileged',
		episode: 'e',
		actor: 'daemon',
		approval: {by: ['dana']},
		action: 'pause',
		confirmed: true,
		undo: [],
		startedOn: '2026-11-22T11:00:00Z',
		finishedOn: '2026-11-22T11:00:01Z',
		...given,
	};
}

const critical = episodeOf({
	control: 'run-no-privileged',
	severity: 'critical',
	openedAt: '2026-11-22T11:58:00Z',
});
const containmentRows: Readonly<
	Record<
		string,
		readonly [given: Parameters<typeof subjectWith>[0], result: ProbeFinding['result'], said: RegExp]
	>
> = {
	'no order': [{people: people({order: () => undefined})}, 'not-applicable', /asks for no containment/],
	'nothing to contain': [{people: people(), episodes: []}, 'pass', /the order \(pause\) is approved/],
	'it was contained': [
		{people: people({containments: async () => [containment()]})},
		'pass',
		/was contained \(pause\)/,
	],
	'an order that is not approved': [
		{people: people({order: () => 'it is not approved: why'})},
		'fail',
		/but it is not approved/,
	],
	'a daemon that may not': [{people: people({mayContain: false})}, 'fail', /without --containment on/],
	'it was tried and is not confirmed': [
		{
			people: people({
				containments: async () => [containment({confirmed: false, reason: 'the engine says no'})],
			}),
		},
		'fail',
		/not confirmed: the engine says no/,
	],
	'it took too long': [
		{people: people({containments: async () => [containment({finishedOn: '2026-11-22T11:02:00Z'})]})},
		'fail',
		/it took too long/,
	],
	'it should have been': [{people: people(), episodes: [critical]}, 'fail', /the record has no containment/],
	'it is only due': [
		{people: people(), episodes: [{...critical, openedAt: '2026-11-22T11:59:30Z'}]},
		'pass',
		/Nothing was/,
	],
	'nobody who could': [{people: undefined}, 'not-evaluated', /the daemon does that/],
};
for (const [title, [given, result, said]] of Object.entries(containmentRows)) {
	test(`inc-containment: ${title}: ${result}`, async t => {
		const [finding] = await incContainment(subjectWith({now, ...given}), AbortSignal.timeout(1000));

		t.is(finding?.result, result);
		t.regex(finding?.message ?? '', said);
	});
}
