import type {People} from '../../daemon/api/episodes.ts';
import type {Episode} from '../../daemon/episode.ts';
import {digestOf} from '../../proto/digest.ts';

/** An open episode; a test says what matters. */
export function episodeOf({
	container = 'web-1',
	...given
}: Partial<Omit<Episode, 'container'>> & {readonly container?: string} = {}): Episode {
	const control = given.control ?? 'hdr-on-errors';
	return {
		id: `${container}:${control}`,
		container: {
			id: digestOf(container).slice('sha256:'.length),
			name: container,
			image: 'registry.example/app:1',
		},
		control,
		severity: 'high',
		level: 'error',
		result: 'fail',
		message: 'A header is missing',
		openedAt: '2026-11-22T10:00:00.000Z',
		lastSeenAt: '2026-11-22T10:00:00.000Z',
		observations: 1,
		...given,
	};
}

/** The same episode, over. */
export function closedOf(episode: Episode, closedAt = '2026-11-22T10:05:00.000Z'): Episode {
	return {...episode, closedAt, closedBy: 'recovered'};
}

/** An API of a daemon that watches nothing and tells nobody. */
export const nobody: People = {
	book: () => undefined,
	testAlert: async () => [],
	acknowledgeTest: async () => false,
};
