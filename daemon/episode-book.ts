import {acknowledgementStatement} from '../proto/acknowledgement.ts';
import type {Statement} from '../proto/statement.ts';
import {VERSION} from '../proto/version.ts';
import type {Acknowledgement, Episode, EpisodeBook} from './episode.ts';
import {DaemonError} from './error.ts';
import type {Teller} from './tell/notice.ts';

export interface EpisodeParts {
	readonly hostId: string;
	/** Signs a statement and puts it into the log. */
	readonly record: (statement: Statement<unknown>) => Promise<unknown>;
	readonly teller: Pick<Teller, 'tell'>;
	readonly now: () => Date;
}

/** The book as its keeper has it: what is written here lies in the log already. */
export interface EpisodeKeeper extends EpisodeBook {
	/** The episodes of a container as they are now: its open ones, and those that just opened or closed, which are told. */
	readonly settle: (now: {
		readonly open: readonly Episode[];
		readonly opened: readonly Episode[];
		readonly closed: readonly Episode[];
	}) => void;
	/** What the log says was open when the daemon before this one ended. Told before; not told again. */
	readonly recall: (episodes: readonly Episode[]) => void;
	readonly of: (container: string) => readonly Episode[];
}

/** Closed episodes that are kept at hand; the log has them all. */
const MAX_CLOSED = 1000;

/** By and reason are a person's words, and end up in a signed statement. */
const MAX_WORDS = 500;

export function openEpisodes({hostId, record, teller, now}: EpisodeParts): EpisodeKeeper {
	const open = new Map<string, Episode>();
	const closed = new Map<string, Episode>();
	const idsOf = new Map<string, Set<string>>();

	function put(episode: Episode): Episode {
		const acknowledged = episode.acknowledged ?? open.get(episode.id)?.acknowledged;
		const kept = acknowledged === undefined ? episode : {...episode, acknowledged};
		const ids = idsOf.get(kept.container.id) ?? new Set();
		idsOf.set(kept.container.id, ids.add(kept.id));
		if (kept.closedAt === undefined) {
			open.set(kept.id, kept);
		} else {
			open.delete(kept.id);
			closed.set(kept.id, kept);
			forgetOldest();
		}

		return kept;
	}

	function forgetOldest(): void {
		const [oldest] = closed.size > MAX_CLOSED ? closed.values() : [];
		if (oldest !== undefined) {
			closed.delete(oldest.id);
			const ids = idsOf.get(oldest.container.id);
			ids?.delete(oldest.id);
			if (ids?.size === 0) {
				idsOf.delete(oldest.container.id);
			}
		}
	}

	const get = (id: string): Episode | undefined => open.get(id) ?? closed.get(id);
	return {
		list: () => [...open.values(), ...closed.values()],
		get,
		of: container => Array.from(idsOf.get(container) ?? [], get).filter(each => each !== undefined),
		recall: episodes => {
			for (const episode of episodes) {
				put(episode);
			}
		},
		settle: ({open: standing, opened, closed: ended}) => {
			for (const episode of standing) {
				put(episode);
			}

			for (const [kind, episodes] of [
				['opened', opened],
				['closed', ended],
			] as const) {
				for (const episode of episodes) {
					teller.tell({kind, at: now(), episode: put(episode)});
				}
			}
		},
		acknowledge: async (id, by, reason) => {
			const episode = get(id);
			if (episode === undefined) {
				throw new DaemonError(
					'EPISODE_UNKNOWN',
					`There is no episode ${JSON.stringify(id.slice(0, 64))} here`,
				);
			}

			const acknowledged: Acknowledgement = {at: now().toISOString(), by: words(by), reason: words(reason)};
			const {container, control, openedAt} = episode;
			await record(
				acknowledgementStatement({
					verifier: {id: 'https://sallyport.dev/verifier/v1', version: VERSION, hostId},
					episode: {id, control, openedAt},
					target: {containerId: container.id, name: container.name, image: container.image},
					...acknowledged,
				}),
			);
			// It may have been seen again, or have ended, while the log was written.
			const kept = put({...(get(id) ?? episode), acknowledged});
			teller.tell({kind: 'acknowledged', at: now(), episode: kept});
			return kept;
		},
	};
}

function words(text: string): string {
	return text.slice(0, MAX_WORDS).toWellFormed();
}
