import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type Channel, type Receipt, TellError} from '../../daemon/tell/channel.ts';
import type {AlertSettings, NamedChannel} from '../../daemon/tell/config.ts';
import type {Message} from '../../daemon/tell/message.ts';
import {startTeller, type TellerParts, type Telling} from '../../daemon/tell/teller.ts';
import type {AlertTest, Delivery} from '../../proto/delivery.ts';
import {closedOf, episodeOf} from '../helpers/episode.ts';

type Page = Omit<Delivery, 'verifier'>;

interface Told {
	readonly teller: Telling;
	readonly pages: Page[];
	readonly tests: Omit<AlertTest, 'verifier'>[];
	readonly events: string[];
}

const pacing = {waitMs: 0, pauseMs: 0, remindMs: 0, most: 5000};

function named(name: string, channel: Partial<Channel>, severity: 'low' | 'critical' = 'low'): NamedChannel {
	const send = async (): Promise<Receipt> => ({state: 'accepted'});
	return {
		name,
		type: 'webhook',
		minimum: {level: 'warn', severity},
		channel: {target: 'x', send, ...channel},
	};
}

function start(
	t: ExecutionContext,
	channels: readonly NamedChannel[],
	{settings, ...more}: Partial<Omit<TellerParts, 'settings'>> & {settings?: Partial<AlertSettings>} = {},
): Told {
	const pages: Page[] = [];
	const tests: Omit<AlertTest, 'verifier'>[] = [];
	const events: string[] = [];
	let next = 0;
	const teller = startTeller({
		settings: {instance: 'h', pacing, deadlineMs: 60_000, channels, silences: [], ...settings},
		signDelivery: async page => {
			pages.push(page);
		},
		signTest: async made => {
			tests.push(made);
		},
		report: event => events.push(event),
		newId: () => `m${next++}`,
		tickMs: 5,
		...more,
	});
	t.teardown(() => teller.drain(AbortSignal.timeout(100)));
	return {teller, pages, tests, events};
}

const opened = (container: string, more: Parameters<typeof episodeOf>[0] = {}) =>
	({kind: 'opened', at: new Date(), episode: episodeOf({container, ...more})}) as const;

test('a receiver that forgets is told again and again what is open, and no more when it is not', async t => {
	const kept: (readonly string[])[] = [];
	const keep: Channel['keep'] = async open => {
		kept.push(open.map(({id}) => id));
	};
	const {teller} = start(t, [named('pager', {keep})], {keepMs: 20});
	teller.tell(opened('a'));
	while (kept.length < 2) {
		await sleep(5);
	}

	teller.tell({kind: 'closed', at: new Date(), episode: closedOf(episodeOf({container: 'a'}))});
	const before = kept.length;
	await sleep(100);

	t.deepEqual(kept[0], ['a:hdr-on-errors']);
	t.true(kept.length <= before + 1);
});

test('what was open before this daemon is kept, and only what the channel wants', async t => {
	const kept: string[] = [];
	const keep: Channel['keep'] = async open => {
		kept.push(...open.map(({id}) => id));
	};
	const before = [
		episodeOf({container: 'old', severity: 'critical'}),
		episodeOf({container: 'small', severity: 'low'}),
		closedOf(episodeOf({container: 'over', severity: 'critical'})),
	];
	start(t, [named('pager', {keep}, 'critical')], {keepMs: 20, episodes: () => before});
	await sleep(80);

	t.deepEqual([...new Set(kept)], ['old:hdr-on-errors']);
});

test('each channel hears what reaches its minimum, and the record says which part that was', async t => {
	const heard: Record<string, string[]> = {all: [], some: []};
	const hear = (name: string) => async (message: Message) => {
		heard[name]?.push(...message.episodes.map(({container}) => container.name));
		return {state: 'accepted'} as const;
	};
	const channels = [named('all', {send: hear('all')}), named('some', {send: hear('some')}, 'critical')];
	const {teller, pages} = start(t, channels, {tickMs: 60_000});
	teller.tell(opened('a', {severity: 'critical'}));
	teller.tell(opened('b', {severity: 'medium'}));
	teller.tell(opened('c', {severity: 'critical', level: 'info'}));
	await teller.drain(AbortSignal.timeout(1000));

	t.deepEqual(heard, {all: ['a', 'b'], some: ['a']});
	t.like(pages[0], {notices: {taken: 3, told: 2, below: 1}});
	t.deepEqual(pages[0]?.messages[0]?.episodes, ['a:hdr-on-errors', 'b:hdr-on-errors']);
	t.deepEqual(
		pages[0]?.deliveries.map(({channel, episodeCount, episodes}) => [channel, episodeCount, episodes]),
		[
			['all', 2, undefined],
			['some', 1, ['a:hdr-on-errors']],
		],
	);
});

test('more messages than a queue holds are counted, said and recorded; the others arrive in order', async t => {
	const {promise: gate, resolve: open} = Promise.withResolvers<void>();
	const heard: string[] = [];
	const send: Channel['send'] = async ({id}) => {
		await gate;
		heard.push(id);
		return {state: 'accepted'};
	};
	const {teller, pages, events} = start(t, [named('slow', {send})]);
	for (let i = 0; i < 300; i++) {
		teller.tell({kind: 'record', at: new Date(), reason: `reason ${i}`});
		teller.tell({kind: 'gap', at: new Date(), from: new Date(i), to: new Date(i + 1), reason: `gap ${i}`});
		await sleep(6);
	}

	open();
	await teller.drain(AbortSignal.timeout(5000));
	const dropped = pages.flatMap(({deliveries}) => deliveries).filter(({state}) => state === 'dropped');

	t.true(dropped.length > 0 || (pages.at(-1)?.unlisted ?? 0) > 0);
	t.true(events.includes('ALERT_NOT_TOLD'));
	t.is(heard.length, 256);
	t.deepEqual(
		heard,
		heard.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
	);
});

test('a channel that fails and one that throws what nobody expected hold up no other', async t => {
	const failing = named('failing', {send: () => Promise.reject(new TellError('no answer: ECONNREFUSED'))});
	const broken = named('broken', {send: () => Promise.reject(new TypeError('undefined is not a function'))});
	const {teller, pages, events} = start(t, [failing, broken, named('fine', {})]);
	teller.tell(opened('a'));
	await sleep(50);
	await teller.drain(AbortSignal.timeout(1000));

	const states = Object.fromEntries(pages[0]?.deliveries.map(({channel, state}) => [channel, state]) ?? []);
	t.deepEqual(states, {failing: 'expired', broken: 'refused', fine: 'accepted'});
	t.deepEqual(events.toSorted(), ['ALERT_NOT_TOLD', 'ALERT_NOT_TOLD', 'ALERT_TOLD']);
});

test('what the log does not take is signed the next time', async t => {
	let isBroken = true;
	const pages: Page[] = [];
	const signDelivery: TellerParts['signDelivery'] = async page => {
		if (isBroken) {
			throw new Error('the disk is full');
		}

		pages.push(page);
	};
	const {teller, events} = start(t, [named('fine', {})], {recordMs: 20, signDelivery});
	teller.tell(opened('a'));
	await sleep(70);
	isBroken = false;
	teller.tell(opened('b'));
	await teller.drain(AbortSignal.timeout(1000));

	t.true(events.includes('RECORD_FAILED'));
	t.is(
		pages.reduce((sum, {notices}) => sum + notices.told, 0),
		2,
	);
	t.is(pages.flatMap(({deliveries}) => deliveries).length, 2);
});

test('a test goes through every channel whatever its minimum, one at a time, and its id is in no record', async t => {
	const seen: Message[] = [];
	const send: Channel['send'] = async message => {
		seen.push(message);
		await sleep(30);
		return {state: 'accepted', providerId: 'p-1'};
	};
	const {teller, tests} = start(t, [
		named('a', {send}, 'critical'),
		named('b', {send: () => Promise.reject(new TellError('404 gone', {isFinal: true}))}),
	]);
	const first = teller.test('Dana\u001B', new AbortController().signal);
	await t.throwsAsync(teller.test('Eli', new AbortController().signal), {code: 'ALERT_TEST_RUNS'});
	const deliveries = await first;

	t.deepEqual(
		deliveries.map(({channel, state, answer, providerId}) => [channel, state, answer, providerId]),
		[
			['a', 'accepted', undefined, 'p-1'],
			['b', 'refused', '404 gone', undefined],
		],
	);
	t.false(seen[0]?.sentences[0]?.includes('\u001B'));
	t.false(JSON.stringify(tests).includes(`"${seen[0]?.id}"`));
	await t.throwsAsync(start(t, []).teller.test('Dana', new AbortController().signal), {
		code: 'ALERTS_ABSENT',
	});
});

test('where nobody is to be told, notices are counted and nothing is signed', async t => {
	const {teller, pages} = start(t, []);
	teller.tell(opened('a'));
	await teller.drain(AbortSignal.timeout(1000));

	t.like(teller.counts(), {taken: 1, below: 1});
	t.deepEqual(pages, []);
});
