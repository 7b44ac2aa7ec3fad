import type {Acknowledgement} from '../proto/acknowledgement.ts';
import type {BuildGate} from '../proto/build-gate.ts';
import {digestOf} from '../proto/digest.ts';
import {envelopeBytes, payloadOf} from '../proto/envelope.ts';
import {
	type Coverage,
	predicateTypes,
	type RuntimeVerification,
	readStatement,
	type Statement,
} from '../proto/statement.ts';
import type {RecordCondition} from './host/view.ts';
import type {AppendLog} from './life.ts';
import type {Log, Summary} from './log/log.ts';
import type {Attested, RecordView} from './probes/probe.ts';
import type {LastWord} from './recall.ts';

const DAY_S = 86_400;
/** Coverage statements of a day at one every ten minutes, with room for restarts. */
const MAX_STATEMENTS = 300;

type Gap = Coverage['gaps'][number];

/** The log as probes ask it. @param minGapMs shorter silences are a restart, no gap */
export function recordViewOf(
	log: Pick<Log, 'list' | 'get'>,
	minGapMs: number,
	now = () => new Date(),
): RecordView {
	return {
		buildOf: async digest => {
			const filter = {image: digest, predicateType: predicateTypes.buildGate};
			const {entries} = await log.list({filter, order: 'newest', limit: 1});
			const [newest] = entries;
			return newest === undefined ? undefined : attestedIn(log, newest);
		},
		gaps: onceEvery(60_000, async () => {
			const since = Math.floor(now().getTime() / 1000) - DAY_S;
			const filter = {predicateType: predicateTypes.coverage, since};
			const {entries} = await log.list({filter, order: 'newest', limit: MAX_STATEMENTS});
			const statements = await Promise.all(entries.map(({id}) => coverageOf(log, id)));
			return statements.length === 0
				? undefined
				: statements.flatMap(({gaps}) => gaps).filter(isLonger(minGapMs));
		}),
	};
}

/** The log as the life asks it. */
export function appendLogOf(log: Log): AppendLog {
	return {
		append: envelope => log.append(envelope),
		lastWordOf: async container => {
			const filter = {container, predicateType: predicateTypes.runtimeVerification};
			const {entries} = await log.list({filter, order: 'newest', limit: 1});
			const [newest] = entries;
			return newest === undefined ? undefined : wordIn(log, newest.id);
		},
		lastWordsSince: async time => {
			const ids = new Map<string, string>();
			for await (const {container, id} of newestFirst(log, predicateTypes.runtimeVerification, time)) {
				if (container !== undefined && !ids.has(container)) {
					ids.set(container, id);
				}
			}

			return inTurns([...ids.values()], id => wordIn(log, id));
		},
		acknowledgedSince: async time => {
			const ids: string[] = [];
			for await (const {id} of newestFirst(log, predicateTypes.acknowledgement, time)) {
				ids.push(id);
			}

			const all = await inTurns(ids, async id => {
				const {envelope} = await log.get(id);
				return readStatement(payloadOf(envelope)).predicate as unknown as Acknowledgement;
			});
			// The first word stands, as it did when it was given.
			return new Map(all.map(({episode, at, by, reason}) => [episode.id, {at, by, reason}]));
		},
		coveredUntil: async () => {
			const filter = {predicateType: predicateTypes.coverage};
			const {entries} = await log.list({filter, order: 'newest', limit: 1});
			const [newest] = entries;
			return newest === undefined ? undefined : new Date((await coverageOf(log, newest.id)).finishedOn);
		},
		size: () => log.checkpoint().size,
	};
}

/** Entries that a start reads at most: a host with more has restarted too often to be quick about it. */
const MAX_RECALLED = 100_000;
const PAGE = 1000;

async function* newestFirst(
	log: Pick<Log, 'list'>,
	predicateType: string,
	from: Date,
): AsyncGenerator<Summary, void, undefined> {
	const filter = {predicateType, since: Math.floor(from.getTime() / 1000)};
	let page = await log.list({filter, order: 'newest', limit: PAGE});
	for (let read = page.entries.length; ; read += page.entries.length) {
		yield* page.entries;
		const {next, size, total} = page;
		if (next === undefined || read >= MAX_RECALLED) {
			return;
		}

		page = await log.list({filter, order: 'newest', limit: PAGE, resume: {after: next, size, total}});
	}
}

async function wordIn(log: Pick<Log, 'get'>, id: string): Promise<LastWord> {
	const {envelope} = await log.get(id);
	const statement = readStatement(payloadOf(envelope));
	// Signed by this daemon's own key, which the log checked when it took the entry.
	return {
		statement: statement as unknown as Statement<RuntimeVerification>,
		envelope: digestOf(envelopeBytes(envelope)),
	};
}

/** A few at a time: all at once would be as much memory as the log is large. */
async function inTurns<T>(ids: readonly string[], read: (id: string) => Promise<T>): Promise<readonly T[]> {
	const found: T[] = [];
	for (let at = 0; at < ids.length; at += 16) {
		found.push(...(await Promise.all(ids.slice(at, at + 16).map(read))));
	}

	return found;
}

/** The ticket stands in the statement; what cannot be read as one says no more than its verdict. */
async function attestedIn(
	log: Pick<Log, 'get'>,
	{id, verdict = 'incomplete'}: {readonly id: string; readonly verdict?: string},
): Promise<Attested> {
	const {envelope} = await log.get(id);
	const {predicate} = readStatement(payloadOf(envelope)) as Statement<Partial<BuildGate>>;
	const {policy, approval, bypass} = predicate.build ?? {};
	const base = predicate.recorded?.bases.find(({ticket}) => ticket !== undefined)?.ticket;
	const approved = predicate.checks?.find(({control}) => control === 'gov-policy-approved');
	return {
		verdict,
		...(bypass === undefined ? {} : {ticket: bypass.ticket}),
		...(base === undefined ? {} : {baseTicket: base}),
		...(policy === undefined || approved === undefined
			? {}
			: {policy: {name: policy.name, result: approved.result, by: approval?.by ?? []}}),
	};
}

async function coverageOf(log: Pick<Log, 'get'>, id: string): Promise<Coverage> {
	const {envelope} = await log.get(id);
	// Signed by this daemon's own key, which the log checked when it took the entry.
	return readStatement(payloadOf(envelope)).predicate as unknown as Coverage;
}

function isLonger(minGapMs: number): (gap: Gap) => boolean {
	return ({from, to}) => Date.parse(to) - Date.parse(from) > minGapMs;
}

/** Every container asks the same question in the same minute; the answer is read once. */
function onceEvery<T>(ms: number, work: () => Promise<T>): () => Promise<T> {
	let at = Number.NEGATIVE_INFINITY;
	let result: Promise<T> | undefined;
	return () => {
		if (result === undefined || performance.now() - at > ms) {
			at = performance.now();
			result = work();
			// A failure is not kept.
			result.catch(() => {
				at = Number.NEGATIVE_INFINITY;
			});
		}

		return result;
	};
}

/** The log as the host's facts tell of it. */
export function conditionOf(
	log: Pick<Log, 'list' | 'integrity' | 'checkpoint'>,
	anchoredAt: () => Date | undefined,
): () => Promise<RecordCondition> {
	return async () => {
		const integrity = log.integrity();
		const {entries} = await log.list({filter: {}, order: 'oldest', limit: 1});
		return {
			broken: integrity.state === 'broken' ? integrity.reason : undefined,
			entries: log.checkpoint().size,
			oldestAt: entries[0]?.integratedAt,
			anchoredAt: anchoredAt(),
		};
	};
}
