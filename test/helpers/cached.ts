import type {Answer} from './proxied.ts';

/** What the test application is to answer; see `test/fixtures/balance/app.mjs`. */
export interface Asked {
	readonly headers?: Readonly<Record<string, string>>;
	readonly status?: number;
	readonly etag?: string;
	readonly waitMs?: number;
	readonly size?: number;
	readonly cut?: 'refused' | 'unframed' | 'length' | 'chunks';
	readonly later?: Omit<Asked, 'later'>;
}

let names = 0;
/** A path that nobody has asked for yet, and what the application is to answer there. */
export function pathFor(asked: Asked, below = '/c'): string {
	names += 1;
	return `${below}/${names}?a=${encodeURIComponent(JSON.stringify(asked))}`;
}

/** How often the application had been asked for this path when it made this answer. */
export function countOf({body}: Answer): number {
	return Number(/"count":(\d+)/.exec(body)?.[1]);
}

export const FRESH = {'Cache-Control': 'max-age=60'};
