import type {Bundle} from '../policies/bundle.ts';

/** So long before a review is due it is said in every build: afterwards the policy judges no more. */
const NOTICE_DAYS = 30;
const DAY_MS = 86_400_000;

/** What the people who own the policy should hear in time. @param today such as `2026-01-31` */
export function reviewNotes({name, standing}: Bundle, today: string | undefined): readonly string[] {
	const {state, reviewBy} = standing?.approval ?? {};
	if (state !== 'approved' || reviewBy === undefined || today === undefined) {
		return [];
	}

	const days = Math.ceil((Date.parse(reviewBy) - Date.parse(today)) / DAY_MS);
	return days > NOTICE_DAYS
		? []
		: [
				`The approval of the policy ${name} ends on ${reviewBy}: ask its owners to review it within ${days} days.`,
			];
}
