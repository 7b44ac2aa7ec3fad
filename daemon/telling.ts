import {digestOf} from '../proto/digest.ts';
import {predicateTypes, type Verifier} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import type {AlertRecord} from './alert-record.ts';
import type {People} from './api/episodes.ts';
import {setOf} from './attest.ts';
import type {EpisodeBook} from './episode.ts';
import type {Report} from './event-codes.ts';
import type {PeopleView} from './host/people.ts';
import {ulids} from './log/ulid.ts';
import type {AlertSettings} from './tell/config.ts';
import type {Teller} from './tell/notice.ts';
import {startTeller, type Telling} from './tell/teller.ts';

export interface TellingParts {
	/** Undefined where nobody is to be told: notices are counted then, and tests refused. */
	readonly alerts: AlertSettings | undefined;
	readonly record: AlertRecord;
	readonly hostId: string;
	readonly report: Report;
	/** Undefined while nothing is watched. */
	readonly book: () => EpisodeBook | undefined;
}

/** Everything that deals with people, as long as the daemon runs. */
export interface LiveTelling {
	readonly teller: Teller;
	readonly people: People;
	readonly view: Pick<PeopleView, 'channels' | 'tests'>;
	/** New channels and silences from now on; what waits for the old ones is told through them. */
	readonly replace: (alerts: AlertSettings | undefined) => void;
}

const DRAIN_MS = 30_000;

/** Starts to tell, and goes on until it is drained. */
export function startTelling({alerts, record, hostId, report, book}: TellingParts): LiveTelling {
	const verifier: Verifier = {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId};
	const newId = ulids();
	const stop = new AbortController();
	const start = (settings: AlertSettings | undefined): Telling =>
		startTeller({
			settings: settings ?? nobody,
			signDelivery: predicate => record.append(predicateTypes.delivery, {verifier, ...predicate}),
			signTest: predicate => record.append(predicateTypes.alertTest, {verifier, ...predicate}),
			report,
			episodes: () => book()?.list() ?? [],
			newId,
		});
	let telling = start(alerts);
	let leaving: Promise<unknown> = Promise.resolve();

	async function acknowledgeTest(id: string, by: string, reason: string): Promise<boolean> {
		const {sha256} = setOf(digestOf(id));
		const made = (await record.tests()).find(({test}) => test['sha256'] === sha256);
		if (made === undefined) {
			return false;
		}

		const acknowledged = {at: new Date().toISOString(), by, reason};
		await record.append(predicateTypes.alertTest, {...made, verifier, acknowledged});
		return true;
	}

	return {
		teller: {
			tell: notice => telling.tell(notice),
			drain: async signal => {
				await Promise.all([telling.drain(signal), leaving]);
				stop.abort();
			},
		},
		people: {
			book,
			testAlert: by => telling.test(by, stop.signal),
			acknowledgeTest,
		},
		view: {channels: () => telling.channels, tests: () => record.tests()},
		replace: settings => {
			const before = telling;
			telling = start(settings);
			leaving = Promise.all([leaving, before.drain(AbortSignal.timeout(DRAIN_MS))]);
		},
	};
}

const nobody: AlertSettings = {
	instance: '-',
	pacing: {waitMs: 0, pauseMs: 0, remindMs: 0, most: 1},
	deadlineMs: 0,
	channels: [],
	silences: [],
};
