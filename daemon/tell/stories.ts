import {durationOf, type Message} from './message.ts';
import type {Notice} from './notice.ts';
import {plain} from './plain.ts';

type Told = Extract<Notice, {readonly kind: 'gap' | 'record'}>;

/** What is no episode: gaps and troubles of the record, as sentences, each told once in a while. */
export interface Stories {
	/** @returns false when it was told lately */
	readonly take: (notice: Told, now: number) => boolean;
	readonly due: (now: number, waitMs: number) => readonly Pick<Message, 'kind' | 'sentences'>[];
	readonly waiting: () => number;
}

/** Reasons that are remembered; there are a handful. */
const MOST = 100;
/** The same trouble is told again after this long. */
const AGAIN_MS = 3_600_000;

export function openStories(): Stories {
	const lately = new Map<string, number>();
	let gap: {readonly reason: string; readonly to: number} | undefined;
	let waiting: {readonly kind: Told['kind']; readonly sentence: string; readonly since: number}[] = [];

	/** A gap that goes on where the last one ended is the same gap. */
	function keyOf(notice: Told): string {
		if (notice.kind === 'record') {
			return `record ${notice.reason}`;
		}

		const goesOn = gap?.reason === notice.reason && notice.from.getTime() <= gap.to;
		gap = {reason: notice.reason, to: notice.to.getTime()};
		return goesOn ? `gap ${notice.reason}` : `gap ${notice.reason} ${notice.from.toISOString()}`;
	}

	function wasTold(key: string, reason: string, now: number): boolean {
		const at = Math.max(lately.get(key) ?? -Infinity, lately.get(`gap ${reason}`) ?? -Infinity);
		return key.startsWith(`gap ${reason} `) ? lately.has(key) : now - at < AGAIN_MS;
	}

	return {
		take: (notice, now) => {
			const key = keyOf(notice);
			if (wasTold(key, notice.reason, now)) {
				return false;
			}

			lately.set(key, now);
			if (notice.kind === 'gap') {
				lately.set(`gap ${notice.reason}`, now);
			}

			for (const oldest of [...lately.keys()].slice(0, Math.max(lately.size - MOST, 0))) {
				lately.delete(oldest);
			}

			waiting.push({kind: notice.kind, sentence: sentenceOf(notice), since: now});
			return true;
		},
		due: (now, waitMs) => {
			const kinds = ['gap', 'record'] as const;
			// A clock that was set back must not keep back what waits.
			const isRipe = (since: number): boolean => now >= since + waitMs || now < since;
			const ripe = kinds.filter(kind => waiting.some(each => each.kind === kind && isRipe(each.since)));
			const messages = ripe.map(kind => ({
				kind,
				sentences: waiting.filter(each => each.kind === kind).map(({sentence}) => sentence),
			}));
			waiting = waiting.filter(({kind}) => !ripe.some(each => each === kind));
			return messages;
		},
		waiting: () => waiting.length,
	};
}

function sentenceOf(notice: Told): string {
	if (notice.kind === 'record') {
		return plain(notice.reason);
	}

	const {from, to, reason} = notice;
	const length = durationOf(to.getTime() - from.getTime());
	return `From ${from.toISOString()} to ${to.toISOString()} (${length}): ${plain(reason)}`;
}
