import test from 'ava';
import fc from 'fast-check';
import type {Episode} from '../../daemon/episode.ts';
import {type Desk, type DeskParts, openDesk} from '../../daemon/tell/desk.ts';
import {linesOf, type Message, titleOf} from '../../daemon/tell/message.ts';
import type {Notice} from '../../daemon/tell/notice.ts';
import type {Silence} from '../../daemon/tell/silence.ts';
import type {ControlId} from '../../policies/catalogue.ts';
import {closedOf, episodeOf} from '../helpers/episode.ts';

const BEGIN = Date.parse('2026-11-22T10:00:00Z');
const pacing = {waitMs: 10_000, pauseMs: 60_000, remindMs: 3_600_000, most: 5000};

function deskWith(parts: Partial<DeskParts> = {}): Desk {
	let next = 0;
	return openDesk({
		pacing,
		silences: [],
		isWanted: ({level}) => level !== 'info',
		newId: () => `m${next++}`,
		...parts,
	});
}

function at(seconds: number): Date {
	return new Date(BEGIN + seconds * 1000);
}

function opened(episode: Episode): Exclude<Notice, {kind: 'test'}> {
	return {kind: 'opened', at: at(0), episode};
}

function closed(episode: Episode): Exclude<Notice, {kind: 'test'}> {
	return {kind: 'closed', at: at(0), episode: closedOf(episode)};
}

test('a thousand containers that fail at once are one message, of which twenty are named', t => {
	const desk = deskWith();
	for (let i = 0; i < 1000; i++) {
		desk.take(opened(episodeOf({container: `web-${i}`})), at(i / 200));
	}

	t.deepEqual(desk.due(at(9)), []);
	const messages = desk.due(at(11));

	t.is(messages.length, 1);
	const [message] = messages as [Message];
	t.is(titleOf(message), 'hdr-on-errors fails at 1000 containers');
	const lines = linesOf(message);
	t.is(lines.length, 21);
	t.true(lines[0]?.startsWith('web-0: hdr-on-errors (high): A header is missing'));
	t.is(lines.at(-1), 'and 980 more');
	t.is(message.episodes.length, 1000);
	t.like(desk.counts(), {taken: 1000, told: 1000});
});

test('what a container fails at is one message, and what has nothing in common with it is another', t => {
	const desk = deskWith();
	for (const control of ['hdr-on-errors', 'run-no-privileged', 'health-state'] as const) {
		desk.take(opened(episodeOf({container: 'web', control})), at(0));
	}

	desk.take(opened(episodeOf({container: 'other', control: 'avail-pids-limit'})), at(1));

	const titles = desk.due(at(20)).map(titleOf);
	t.deepEqual(titles, ['3 controls fail at web', 'avail-pids-limit fails at other']);
});

test('an episode is told once, however often it is opened', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf()), at(0));
	desk.take(opened(episodeOf()), at(1));
	t.is(desk.due(at(10)).length, 1);
	desk.take(opened(episodeOf()), at(30));

	t.deepEqual(desk.due(at(60)), []);
	t.like(desk.counts(), {taken: 3, told: 1, repeated: 2});
});

test('between two messages about the same container or control there is a pause', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf({container: 'a'})), at(0));
	t.is(desk.due(at(10)).length, 1);
	desk.take(opened(episodeOf({container: 'b'})), at(12));
	desk.take(opened(episodeOf({container: 'z', control: 'health-state'})), at(12));

	// What has nothing to do with the first message does not wait for it.
	t.deepEqual(desk.due(at(25)).map(titleOf), ['health-state fails at z']);
	t.deepEqual(desk.due(at(69)), []);
	t.deepEqual(desk.due(at(71)).map(titleOf), ['hdr-on-errors fails at b']);
});

test('an open episode that nobody acknowledged is told again, one that somebody did is not', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf({container: 'a'})), at(0));
	desk.take(opened(episodeOf({container: 'b'})), at(0));
	desk.due(at(10));
	const acknowledged = {at: at(20).toISOString(), by: 'Dana', reason: 'on it'};
	const taken = {...episodeOf({container: 'b'}), acknowledged};
	desk.take({kind: 'acknowledged', at: at(20), episode: taken}, at(20));
	const [acknowledgement] = desk.due(at(100)) as [Message];
	t.true(linesOf(acknowledgement)[0]?.includes('by Dana: on it'));

	t.deepEqual(desk.due(at(3599)), []);
	t.deepEqual(desk.due(at(3611)).map(titleOf), ['hdr-on-errors still fails at a']);
	t.deepEqual(desk.due(at(3700)), []);
	t.is(desk.due(at(7300)).length, 1);
});

test('recovery is told with its duration, under the name that its beginning had', t => {
	const desk = deskWith();
	const episode = episodeOf();
	desk.take(opened(episode), at(0));
	desk.due(at(10));
	const renamed = {...episode, container: {...episode.container, name: 'renamed'}};
	desk.take({kind: 'closed', at: at(100), episode: closedOf(renamed)}, at(100));

	const [message] = desk.due(at(120)) as [Message];
	t.is(titleOf(message), 'hdr-on-errors recovered at web-1');
	t.true(linesOf(message)[0]?.includes('holds again after 5 min'));
	t.deepEqual(desk.open(), []);
});

test('what ends before it was told is told once, as what became of it', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf()), at(0));
	desk.take(closed(episodeOf()), at(5));

	t.deepEqual(
		desk.due(at(20)).map(({kind}) => kind),
		['closed'],
	);
	t.like(desk.counts(), {taken: 2, told: 2});
});

test('a clock that is set back keeps nothing back', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf({container: 'a'})), at(7200));
	desk.take({kind: 'record', at: at(7200), reason: 'the disk is full'}, at(7200));
	t.deepEqual(desk.due(at(7201)), []);
	t.deepEqual(desk.due(at(0)).map(titleOf), ['The record needs attention']);

	t.deepEqual(desk.due(at(10)).map(titleOf), ['hdr-on-errors fails at a']);
});

test('who has an episode is kept beside it', t => {
	const desk = deskWith();
	desk.take(opened(episodeOf()), at(0));
	const acknowledged = {at: at(20).toISOString(), by: 'Dana', reason: 'on it'};
	desk.take({kind: 'acknowledged', at: at(20), episode: {...episodeOf(), acknowledged}}, at(20));

	t.deepEqual(desk.open(), [{...episodeOf(), acknowledged}]);
});

const silence: Silence = {container: 'batch-*', from: at(0), until: at(600), reason: 'planned work'};

test('what is silenced is counted with its reason, and told if it is still open when the silence ends', t => {
	const desk = deskWith({silences: [silence]});
	const fate = desk.take(opened(episodeOf({container: 'batch-7'})), at(1));
	desk.take(opened(episodeOf({container: 'batch-8'})), at(1));
	desk.take(closed(episodeOf({container: 'batch-8'})), at(2));
	desk.take(opened(episodeOf({container: 'web'})), at(1));

	t.deepEqual(fate, {is: 'silenced', reason: 'planned work'});
	t.deepEqual(desk.due(at(300)).map(titleOf), ['hdr-on-errors fails at web']);
	t.like(desk.counts(), {taken: 4, told: 1, silenced: 3});
	t.deepEqual(desk.due(at(601)).map(titleOf), ['hdr-on-errors still fails at batch-7']);
});

test('who heard that it began hears how it ends, silence or not', t => {
	const desk = deskWith({silences: [{...silence, from: at(60)}]});
	desk.take(opened(episodeOf({container: 'batch-7'})), at(1));
	desk.due(at(20));
	desk.take(closed(episodeOf({container: 'batch-7'})), at(100));

	t.is(desk.due(at(120)).length, 1);
});

test('a gap that goes on is told once an hour, and another one at once', t => {
	const desk = deskWith();
	const gap = (from: number, to: number) =>
		({kind: 'gap', at: at(to), from: at(from), to: at(to), reason: 'lost'}) as const;
	desk.take(gap(0, 600), at(600));
	desk.take(gap(600, 1200), at(1200));
	t.is(desk.due(at(1300)).length, 1);
	desk.take(gap(1200, 4500), at(4500));
	t.is(desk.due(at(4600)).length, 1);
	desk.take(gap(9000, 9100), at(9100));

	const [message] = desk.due(at(9200)) as [Message];
	t.is(titleOf(message), 'Nobody looked for a while');
	t.true(message.sentences[0]?.endsWith('(1 min 40 s): lost'));
	t.like(desk.counts(), {taken: 4, told: 3, repeated: 1});
});

test('what was told by the daemon before this one is not told again, and its end is', t => {
	const desk = deskWith();
	desk.recall([episodeOf()], at(0));
	desk.take(opened(episodeOf()), at(1));
	t.deepEqual(desk.due(at(60)), []);
	t.is(desk.open().length, 1);
	desk.take(closed(episodeOf()), at(61));

	t.deepEqual(desk.due(at(90)).map(titleOf), ['hdr-on-errors recovered at web-1']);
});

const controls: readonly ControlId[] = ['hdr-on-errors', 'health-state', 'run-no-privileged'];

const happening = fc.record({
	kind: fc.constantFrom('opened', 'closed', 'acknowledged', 'contained'),
	container: fc.constantFrom('a', 'b', 'c', 'batch-1', 'batch-2'),
	control: fc.constantFrom(...controls),
	level: fc.constantFrom('info', 'warn', 'error'),
	run: fc.integer({min: 0, max: 2}),
	after: fc.integer({min: 0, max: 90}),
});

type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

/** How often each was taken to be told, and how often it was. */
interface Heard {
	readonly waits: ReadonlyMap<string, number>;
	readonly told: ReadonlyMap<string, number>;
	/** At every moment each notice that was taken is in one of the counts, or waits. */
	readonly isWhole: boolean;
}

function play(all: readonly Happening[], most: number): Heard {
	const desk = deskWith({pacing: {...pacing, most}, silences: [silence]});
	const told = new Map<string, number>();
	const waits = new Map<string, number>();
	const count = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
	const hear = (messages: readonly Message[]): void => {
		for (const {kind, id} of messages.flatMap(({kind, episodes}) => episodes.map(({id}) => ({kind, id})))) {
			count(told, `${kind} ${id}`);
		}
	};
	let now = 0;
	let isWhole = true;
	for (const {kind, container, control, level, run, after} of all) {
		now += after;
		const episode = episodeOf({container, control, level, id: `${container} ${control} ${run}`});
		const notice = {
			kind,
			at: at(now),
			episode: kind === 'closed' ? closedOf(episode) : episode,
			what: 'done',
		};
		const fate = desk.take(notice as Exclude<Notice, {kind: 'test'}>, at(now));
		count(waits, fate.is === 'waits' ? `${kind} ${episode.id}` : fate.is);
		hear(desk.due(at(now)));
		isWhole &&= sumOf(desk) + desk.waiting() === desk.counts().taken && desk.waiting() <= most;
	}

	hear(desk.due(at(now), true));
	return {waits, told, isWhole: isWhole && desk.counts().taken === all.length && sumOf(desk) === all.length};
}

function sumOf(desk: Desk): number {
	const {taken: _, ...fates} = desk.counts();
	return Object.values(fates).reduce((sum, count) => sum + count, 0);
}

test('property: nothing is told twice and nothing is lost', t => {
	const check = fc.property(
		fc.array(happening, {maxLength: 120}),
		fc.integer({min: 1, max: 20}),
		(all, most) => {
			const {waits, told, isWhole} = play(all, most);
			// What began and ended in one window is told by its end.
			const isHeard = (key: string, times: number): boolean =>
				told.get(key) === times || (!told.has(key) && told.has(key.replace('opened ', 'closed ')));
			const isTold = [...waits]
				.filter(([key]) => key.includes(' '))
				.every(([key, times]) => isHeard(key, times));
			const isOnce = [...told].every(([key, times]) => /^(?:reminder|contained) /.test(key) || times === 1);
			return isWhole && isTold && isOnce;
		},
	);

	t.notThrows(() => fc.assert(check, {numRuns: 400}));
});

test('ten thousand notices are taken and grouped in well under a second', t => {
	const desk = deskWith({pacing: {...pacing, most: 20_000}});
	const begun = performance.now();
	for (let i = 0; i < 10_000; i++) {
		const control = controls[i % controls.length] ?? 'health-state';
		desk.take(opened(episodeOf({container: `web-${i}`, control})), at(0));
	}

	t.is(desk.due(at(11)).length, 3);
	t.true(performance.now() - begun < 2000);
});
