import type {ControlId} from '../policies/catalogue.ts';
import type {Verdict} from '../policies/decide.ts';
import type {Digest} from '../proto/digest.ts';
import type {Statement} from '../proto/statement.ts';
import {statementOf, type Witness} from './attest.ts';
import type {Promised} from './docker/promise.ts';
import type {Episode} from './episode.ts';
import type {EpisodeKeeper} from './episode-book.ts';
import type {Followed, Tracks} from './episodes.ts';
import type {Report} from './event-codes.ts';
import {type Memory, nothingUntold, reasonToSign, stateOf, type Untold} from './memory.ts';

/** What was made of a look at a container. */
export interface Conclusion {
	/** With what was just seen; its episodes are those of before. */
	readonly memory: Memory;
	readonly promised: Promised;
	readonly verdict: Verdict;
	readonly followed: Followed;
	readonly trigger: string;
	readonly startedOn: Date;
	readonly finishedOn: Date;
}

export interface ConcludeParts {
	readonly witness: Witness;
	readonly record: (
		statement: Statement<unknown>,
	) => Promise<{readonly position: number; readonly digest: Digest}>;
	readonly report: Report;
	readonly episodes: Pick<EpisodeKeeper, 'get' | 'settle'>;
	readonly remember: (memory: Memory) => void;
}

/** A statement holds until the heartbeat after it is overdue. */
const VALID_MS = 70 * 60_000;

/** More than a container's controls can open and close while a log refuses everything for a while. */
const MAX_UNTOLD = 500;

/**
 * Remembers what was seen, and signs it where the last statement no longer says it. Episodes are told once they lie in the log:
 * what it did not take is tried again with the next look.
 */
export async function conclude(
	{memory, promised, verdict, followed, trigger, startedOn, finishedOn}: Conclusion,
	{witness, record, report, episodes, remember}: ConcludeParts,
): Promise<void> {
	const {target, sights, envelope: previous} = memory;
	const untold = untoldWith(memory.untold, followed);
	const after = {...memory, tracks: followed.tracks, untold};
	remember(after);
	const state = stateOf(target, verdict, followed.tracks);
	const open = openIn(followed.tracks);
	if (reasonToSign(memory, state, trigger, finishedOn) === undefined) {
		episodes.settle({open, ...nothingUntold});
		report('TARGET_UNCHANGED', {container: target.id, name: target.name});
		return;
	}

	const said = new Map([...untold.closed, ...open].map(episode => [episode.control, episode]));
	const seenAt = (control: ControlId): Date | undefined => {
		const at = sights.get(control)?.at;
		return at === undefined || at >= startedOn.getTime() ? undefined : new Date(at);
	};
	const validUntil = new Date(finishedOn.getTime() + VALID_MS);
	const statement = statementOf(
		{
			target,
			promised,
			verdict,
			trigger,
			startedOn,
			finishedOn,
			validUntil,
			previous,
			seenAt,
			episodeOf: control => acknowledgedIn(said.get(control), episodes),
		},
		witness,
	);
	const {digest, position} = await record(statement);
	remember({...after, state, signedAt: finishedOn, envelope: digest, untold: nothingUntold});
	episodes.settle({open, ...untold});
	report('TARGET_VERIFIED', {
		container: target.id,
		name: target.name,
		trigger,
		verdict: verdict.outcome,
		counts: verdict.counts,
		position,
		tookMs: finishedOn.getTime() - startedOn.getTime(),
	});
}

export function openIn(tracks: Tracks): readonly Episode[] {
	return [...tracks.values()].flatMap(({episode}) => (episode === undefined ? [] : [episode]));
}

function untoldWith(before: Untold, {opened, closed}: Followed): Untold {
	return {
		opened: [...before.opened, ...opened].slice(-MAX_UNTOLD),
		closed: [...before.closed, ...closed].slice(-MAX_UNTOLD),
	};
}

/** Who took it on is known to the book alone. */
function acknowledgedIn(episode: Episode | undefined, book: Pick<EpisodeKeeper, 'get'>): Episode | undefined {
	const acknowledged = episode === undefined ? undefined : book.get(episode.id)?.acknowledged;
	return episode === undefined || acknowledged === undefined ? episode : {...episode, acknowledged};
}
