import test from 'ava';
import fc from 'fast-check';
import type {Episode} from '../../daemon/episode.ts';
import {openEpisodes} from '../../daemon/episode-book.ts';
import {type Followed, follow, isUnsure, noTracks, stopAll, type Tracks} from '../../daemon/episodes.ts';
import type {Notice} from '../../daemon/tell/notice.ts';
import type {Check} from '../../policies/decide.ts';
import type {Outcome} from '../../policies/finding.ts';
import type {Acknowledgement} from '../../proto/acknowledgement.ts';
import {readStatement, type Statement} from '../../proto/statement.ts';

const later = (s: number): Date => new Date(Date.UTC(2026, 0, 1) + s * 1000);
const container = {id: 'c'.repeat(64), name: 'web-1', image: 'example/app:1'};
const control = 'run-no-privileged';

function check(result: Outcome, level: Check['level'] = 'error'): Check {
	const finding = {control, result, message: `It is ${result}`} as const;
	return {control, result, level, findings: [finding]};
}

interface Step {
	readonly result: Outcome;
	readonly level?: Check['level'];
	/** Not asked at this look: what was seen before still stands. */
	readonly isOld?: boolean;
}

/** One look a second. */
function through(steps: readonly Step[], needed = 1, from: Tracks = noTracks): readonly Followed[] {
	let ids = 0;
	let tracks = from;
	return steps.map(({result, level, isOld = false}, i) => {
		const followed = follow(tracks, {
			container,
			checks: [check(result, level)],
			isObserved: () => !isOld,
			needed: () => needed,
			now: later(i),
			newId: () => `e${ids++}`,
		});
		tracks = followed.tracks;
		return followed;
	});
}

/** `+` an episode opened, `-` it recovered, `w` it was waived, `.` neither. */
function story(steps: readonly Step[], needed = 1): string {
	return through(steps, needed)
		.map(({opened, closed}) => {
			const ends = closed.map(({closedBy}) => (closedBy === 'waived' ? 'w' : '-')).join('');
			return `${opened.length > 0 ? '+' : ''}${ends}` || '.';
		})
		.join('');
}

const fail: Step = {result: 'fail'};
const pass: Step = {result: 'pass'};
const old: Step = {result: 'fail', isOld: true};
const oldPass: Step = {result: 'pass', isOld: true};
const waived: Step = {result: 'waived'};
const error: Step = {result: 'error'};

const stories: readonly (readonly [string, readonly Step[], number, string])[] = [
	['the first failure opens, and the first pass closes', [pass, fail, fail, pass], 1, '.+.-'],
	[
		'over the network two in a row open, and two close',
		[fail, pass, fail, fail, pass, fail, pass, pass],
		2,
		'...+...-',
	],
	['what flaps at every look opens nothing', [fail, pass, fail, pass, fail, pass], 2, '......'],
	['what was seen once counts once, however often it is told', [fail, old, old, old, fail], 2, '....+'],
	['what held once holds once, however often it is told', [fail, fail, pass, oldPass, pass], 2, '.+..-'],
	['a look that failed once is no episode', [error, pass], 1, '..'],
	['looks that fail twice are', [error, error], 1, '.+'],
	['a failure below a warning is not told', [{result: 'fail', level: 'info'}], 1, '.'],
	['a warning is', [{result: 'fail', level: 'warn'}], 1, '+'],
	[
		'what the policy does not demand may be impossible to see',
		[
			{result: 'not-evaluated', level: 'warn'},
			{result: 'not-evaluated', level: 'warn'},
		],
		1,
		'..',
	],
	['not having looked closes nothing', [fail, {result: 'not-evaluated', level: 'warn'}, pass], 1, '+.-'],
	['a waiver closes, and its end opens anew without another look', [fail, waived, waived, old], 1, '+w.+'],
	['what was waived from the beginning opens when the waiver ends', [waived, old], 1, '.+'],
	['what recovers under a waiver stays closed', [fail, waived, pass, old], 1, '+w..'],
];

for (const [title, steps, needed, expected] of stories) {
	test(title, t => {
		t.is(story(steps, needed), expected);
	});
}

test('an episode begins with the first failing observation, counts them, and keeps what was said last', t => {
	const all = through([fail, old, fail, {result: 'fail', level: 'warn'}, pass, pass], 2);

	t.like(all[2]?.opened[0], {id: 'e0', openedAt: later(0).toISOString(), observations: 2, level: 'error'});
	t.like(all[3]?.tracks.get(control)?.episode, {
		observations: 3,
		level: 'warn',
		lastSeenAt: later(3).toISOString(),
	});
	t.like(all[5]?.closed[0], {
		id: 'e0',
		closedAt: later(5).toISOString(),
		closedBy: 'recovered',
		lastSeenAt: later(3).toISOString(),
	});
	t.is(all[5]?.tracks.size, 0, 'nothing is remembered of what holds');
});

test('a container that stops ends its episodes; a control that is no longer asked ends its own', t => {
	const [open] = through([fail]);
	const tracks = open?.tracks ?? noTracks;
	const without = follow(tracks, {
		container,
		checks: [],
		isObserved: () => true,
		needed: () => 1,
		now: later(9),
		newId: () => 'x',
	});

	t.like(stopAll(tracks, later(5))[0], {closedBy: 'stopped', closedAt: later(5).toISOString()});
	t.like(without.closed[0], {closedBy: 'waived', closedAt: later(9).toISOString()});
});

test('the look that decides should not wait: one failure of two, one pass of two', t => {
	const after = (steps: readonly Step[]) => isUnsure(through(steps, 2).at(-1)?.tracks.get(control), 2);

	t.true(after([fail]));
	t.false(after([fail, fail]));
	t.true(after([fail, fail, pass]));
	t.false(after([fail, fail, pass, pass]));
	t.false(after([pass]));
});

test('property: episodes of a control never overlap, none opens or closes twice, and each has as many failures as it says', t => {
	const anyStep = fc.record({
		result: fc.constantFrom<Outcome>(
			'pass',
			'fail',
			'waived',
			'error',
			'not-evaluated',
			'not-applicable',
			'fixed',
		),
		level: fc.constantFrom<Check['level']>('info', 'warn', 'error'),
		isOld: fc.boolean(),
	});
	fc.assert(
		fc.property(fc.array(anyStep, {maxLength: 60}), fc.integer({min: 1, max: 4}), (steps, needed) => {
			const all = through(steps, needed);
			let open: Episode | undefined;
			const seen = new Set<string>();
			for (const [i, {opened, closed, tracks}] of all.entries()) {
				for (const episode of closed) {
					t.true(episode.id === open?.id);
					t.true(Date.parse(episode.closedAt ?? '') >= Date.parse(episode.openedAt));
					open = undefined;
				}

				for (const episode of opened) {
					t.is(open, undefined);
					t.false(seen.has(episode.id));
					seen.add(episode.id);
					t.true(['fail', 'error', 'not-evaluated'].includes(steps[i]?.result ?? ''));
					t.true(episode.observations >= needed);
					open = episode;
				}

				const now = tracks.get(control)?.episode;
				t.is(now?.id, open?.id);
				open = now;
			}
		}),
	);
});

// ---- the book

function book(record: (statement: Statement<unknown>) => Promise<unknown> = async () => undefined) {
	const told: Notice[] = [];
	const episodes = openEpisodes({
		hostId: 'urn:uuid:00000000-0000-4000-8000-000000000000',
		record,
		teller: {tell: notice => void told.push(notice)},
		now: () => later(100),
	});
	return {episodes, told};
}

const episode: Episode = {
	id: 'one',
	container,
	control,
	severity: 'critical',
	level: 'error',
	result: 'fail',
	message: 'It is privileged',
	openedAt: later(0).toISOString(),
	lastSeenAt: later(0).toISOString(),
	observations: 1,
};
const over: Episode = {...episode, closedAt: later(50).toISOString(), closedBy: 'recovered'};

test('an episode is told when it opens and when it closes, and its container knows it', t => {
	const {episodes, told} = book();

	episodes.settle({open: [episode], opened: [episode], closed: []});
	episodes.settle({open: [{...episode, observations: 2}], opened: [], closed: []});
	t.is(episodes.get('one')?.observations, 2);
	t.is(episodes.of(container.id).length, 1);
	episodes.settle({open: [], opened: [], closed: [over]});

	t.deepEqual(
		told.map(({kind}) => kind),
		['opened', 'closed'],
	);
	t.is(episodes.get('one')?.closedBy, 'recovered');
	t.deepEqual(episodes.of('another'), []);
});

test('what was open before a restart is known and not told again', t => {
	const {episodes, told} = book();

	episodes.recall([episode]);

	t.is(episodes.list().length, 1);
	t.deepEqual(told, []);
});

test('an acknowledgement is in the log before it counts, and stays with the episode to its end', async t => {
	const statements: Statement<unknown>[] = [];
	const {episodes, told} = book(async statement => void statements.push(statement));
	episodes.settle({open: [episode], opened: [episode], closed: []});

	const taken = await episodes.acknowledge('one', 'ada', 'I look into it \ud800');
	episodes.settle({open: [{...episode, observations: 5}], opened: [], closed: []});
	episodes.settle({open: [], opened: [], closed: [over]});

	t.like(taken.acknowledged, {by: 'ada', at: later(100).toISOString()});
	t.is(episodes.get('one')?.acknowledged?.by, 'ada');
	t.deepEqual(
		told.map(({kind}) => kind),
		['opened', 'acknowledged', 'closed'],
	);
	const [statement] = statements;
	const bytes = Buffer.from(JSON.stringify(statement));
	t.notThrows(() => readStatement(bytes));
	const {episode: named, target, by} = readStatement(bytes).predicate as unknown as Acknowledgement;
	t.deepEqual([named.id, named.control, target.containerId, by], ['one', control, container.id, 'ada']);
	t.true(statement?.subject.some(({digest}) => digest['sha256'] !== undefined));
});

test('an acknowledgement that the log refuses did not happen, and one of nothing is an error with a name', async t => {
	const {episodes, told} = book(() => Promise.reject(new Error('The disk is full')));
	episodes.recall([episode]);

	await t.throwsAsync(episodes.acknowledge('one', 'ada', 'x'), {message: 'The disk is full'});
	await t.throwsAsync(episodes.acknowledge('two', 'ada', 'x'), {code: 'EPISODE_UNKNOWN'});

	t.is(episodes.get('one')?.acknowledged, undefined);
	t.deepEqual(told, []);
});

test('closed episodes are forgotten after a thousand; open ones never', t => {
	const {episodes} = book();
	episodes.recall([{...episode, id: 'open'}]);
	for (let i = 0; i < 1500; i += 1) {
		episodes.settle({open: [], opened: [], closed: [{...over, id: `e${i}`}]});
	}

	t.is(episodes.list().length, 1001);
	t.truthy(episodes.get('open'));
	t.is(episodes.get('e0'), undefined);
	t.is(episodes.of(container.id).length, 1001);
});
