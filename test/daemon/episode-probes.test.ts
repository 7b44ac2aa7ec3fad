import test from 'ava';
import type {Population} from '../../daemon/docker/roster.ts';
import type {Episode} from '../../daemon/episode.ts';
import {evCollectorAlive} from '../../daemon/probes/change/ev-collector-alive.ts';
import {evPopulationComplete} from '../../daemon/probes/change/ev-population-complete.ts';
import {incFindingTriaged, workingMs} from '../../daemon/probes/logging/inc-finding-triaged.ts';
import {incRecoveryRecorded} from '../../daemon/probes/logging/inc-recovery-recorded.ts';
import type {Probe, RecordView, Subject} from '../../daemon/probes/probe.ts';
import {worstContainer} from '../../daemon/probes/worst/container.ts';
import {subjectWith, target} from '../helpers/subject.ts';

const HOUR = 3_600_000;
/** A Thursday. */
const now = new Date('2026-01-08T12:00:00Z');
const before = (hours: number): string => new Date(now.getTime() - hours * HOUR).toISOString();

const episode: Episode = {
	id: 'e',
	container: {id: target.id, name: target.name, image: 'i'},
	control: 'run-no-privileged',
	severity: 'high',
	level: 'error',
	result: 'fail',
	message: 'x',
	openedAt: before(1),
	lastSeenAt: before(0),
	observations: 2,
};
const acknowledged = {at: before(1), by: 'ada', reason: 'mine'};
const ended = {closedAt: before(0), closedBy: 'recovered'} as const;
const population: Population = {at: now, listed: 3, followed: 3, groups: 3, strays: []};
const gapsOf = (...gaps: readonly (readonly [number, number])[]): RecordView => ({
	buildOf: async () => undefined,
	gaps: async () => gaps.map(([from, to]) => ({from: before(from), to: before(to), reason: 'r'})),
});

type Row = readonly [string, Partial<Omit<Subject, 'target'>> & {target?: Partial<typeof target>}, string];

const tables: readonly (readonly [string, Probe, readonly Row[]])[] = [
	[
		'inc-finding-triaged',
		incFindingTriaged,
		[
			['nothing open', {episodes: []}, 'pass'],
			['a fresh failure', {episodes: [episode]}, 'pass'],
			['one that nobody took on for two days', {episodes: [{...episode, openedAt: before(49)}]}, 'fail'],
			['the same, taken on', {episodes: [{...episode, openedAt: before(49), acknowledged}]}, 'pass'],
			[
				'one of Friday evening, on Monday morning',
				{
					episodes: [{...episode, openedAt: '2026-01-02T20:00:00Z'}],
					now: new Date('2026-01-05T10:00:00Z'),
				},
				'pass',
			],
			[
				'a critical one of yesterday, taken on',
				{episodes: [{...episode, severity: 'critical', openedAt: before(25), acknowledged}]},
				'fail',
			],
			[
				'a high one of eight days ago',
				{episodes: [{...episode, openedAt: before(193), acknowledged}]},
				'fail',
			],
			['an old one that is over', {episodes: [{...episode, openedAt: before(999), ...ended}]}, 'pass'],
			['its own', {episodes: [{...episode, control: 'inc-finding-triaged', openedAt: before(999)}]}, 'pass'],
			[
				'a policy that wants an answer within the hour',
				{episodes: [{...episode, openedAt: before(2)}], paramsOf: () => ({acknowledgeHours: 1})},
				'fail',
			],
			['nobody keeps episodes', {episodes: undefined}, 'not-evaluated'],
		],
	],
	[
		'inc-recovery-recorded',
		incRecoveryRecorded,
		[
			['nothing ended yet', {episodes: [episode]}, 'not-applicable'],
			['one that ended', {episodes: [{...episode, ...ended}]}, 'pass'],
			['one without a reason', {episodes: [{...episode, closedAt: before(0)}]}, 'fail'],
			['one that ended before it began', {episodes: [{...episode, ...ended, closedAt: before(2)}]}, 'fail'],
			['one whose time cannot be read', {episodes: [{...episode, ...ended, closedAt: 'soon'}]}, 'fail'],
			['nobody keeps episodes', {episodes: undefined}, 'not-evaluated'],
		],
	],
	[
		'ev-population-complete',
		evPopulationComplete,
		[
			['three that agree', {population}, 'pass'],
			[
				'one that only the kernel knows',
				{population: {...population, groups: 4, strays: [{id: 'a'.repeat(64), seenBy: ['groups']}]}},
				'fail',
			],
			['no view of the kernel', {population: {...population, groups: undefined}}, 'not-evaluated'],
			[
				'no view of the kernel, and a stray',
				{population: {...population, groups: undefined, strays: [{id: 'a', seenBy: ['list']}]}},
				'fail',
			],
			['an old comparison', {population: {...population, at: new Date(0)}}, 'not-evaluated'],
			['nobody compares', {population: undefined}, 'not-evaluated'],
		],
	],
	[
		'ev-collector-alive',
		evCollectorAlive,
		[
			['no gap', {record: gapsOf()}, 'pass'],
			['ten minutes of a day', {record: gapsOf([5, 4.9])}, 'pass'],
			['an hour of a day', {record: gapsOf([5, 4])}, 'fail'],
			[
				'ten minutes of an hour',
				{record: gapsOf([0.9, 0.7]), target: {startedAt: new Date(before(1))}},
				'fail',
			],
			[
				'a gap before it was started',
				{record: gapsOf([5, 4]), target: {startedAt: new Date(before(3))}},
				'pass',
			],
			[
				'ten minutes, told twenty times',
				{record: gapsOf(...Array.from({length: 20}, () => [5, 4.9] as const))},
				'pass',
			],
			[
				'many short ones',
				{record: gapsOf(...Array.from({length: 20}, (_, i) => [i + 1, i + 0.9] as const))},
				'fail',
			],
			['a policy that takes no gap', {record: gapsOf([5, 4.9]), paramsOf: () => ({minimum: 1})}, 'fail'],
		],
	],
];

for (const [name, probe, rows] of tables) {
	for (const [title, changed, expected] of rows) {
		test(`${name}: ${title}: ${expected}`, async t => {
			const {target: changedTarget, ...rest} = changed;
			const subject = subjectWith({
				now,
				...rest,
				...(changedTarget && {target: changedTarget}),
			});

			const [finding] = await probe(subject, AbortSignal.timeout(1000));

			t.is<string | undefined, string>(finding?.result, expected, finding?.message);
		});
	}

	test(`${name} fails the worst container there can be`, async t => {
		const {subject, close} = await worstContainer(AbortSignal.timeout(1000));

		const findings = await probe(subject, AbortSignal.timeout(1000));

		t.true(findings.some(({result}) => result === 'fail'));
		await close();
	});
}

test('working time leaves out weekends and nothing else', t => {
	const monday = Date.UTC(2026, 0, 5);
	t.is(workingMs(monday, monday + 7 * 24 * HOUR), 5 * 24 * HOUR);
	t.is(workingMs(monday + 1.5 * HOUR, monday + 3 * HOUR), 1.5 * HOUR);
	t.is(workingMs(monday - 2 * HOUR, monday + HOUR), HOUR);
	t.is(workingMs(monday, monday), 0);
	t.true(workingMs(0, monday) <= 400 * 24 * HOUR, 'however old it is, the work is bounded');
});
