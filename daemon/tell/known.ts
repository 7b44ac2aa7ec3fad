import type {Acknowledgement, Episode} from '../episode.ts';

/** An episode that is open. */
interface Known {
	/** As it was when it was first heard of: what is told of its end has the same names as what was told of its beginning. */
	episode: Episode;
	/** Milliseconds since 1970; undefined while a silence keeps it from being told. */
	toldAt: number | undefined;
	isTaken: boolean;
}

/** Episodes that were heard of. It holds so many and no more. */
export interface KnownEpisodes {
	readonly get: (id: string) => Readonly<Known> | undefined;
	readonly hasEnded: (id: string) => boolean;
	readonly isFull: () => boolean;
	readonly add: (episode: Episode, toldAt: number | undefined) => void;
	readonly tell: (id: string, at: number) => void;
	/** Somebody acknowledged it: nobody is reminded of it. */
	readonly take: (id: string, acknowledged: Acknowledgement | undefined) => void;
	readonly end: (id: string) => void;
	readonly all: () => Iterable<Readonly<Known>>;
}

/** Episodes that ended are remembered by their ids, so that no end is told twice. */
const MOST_ENDED = 20_000;

export function knownEpisodes(most: number): KnownEpisodes {
	const open = new Map<string, Known>();
	const ended = new Set<string>();
	return {
		get: id => open.get(id),
		hasEnded: id => ended.has(id),
		isFull: () => open.size >= most,
		add: (episode, toldAt) => {
			open.set(episode.id, {episode, toldAt, isTaken: episode.acknowledged !== undefined});
		},
		tell: (id, at) => {
			const known = open.get(id);
			if (known !== undefined) {
				known.toldAt = at;
			}
		},
		take: (id, acknowledged) => {
			const known = open.get(id);
			if (known !== undefined) {
				known.isTaken = true;
				known.episode = acknowledged === undefined ? known.episode : {...known.episode, acknowledged};
			}
		},
		end: id => {
			open.delete(id);
			ended.add(id);
			const [oldest] = ended;
			if (ended.size > MOST_ENDED && oldest !== undefined) {
				ended.delete(oldest);
			}
		},
		all: () => open.values(),
	};
}
