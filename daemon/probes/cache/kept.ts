import {randomUUID} from 'node:crypto';
import type {ProxyContract} from '../../../proto/contract.ts';
import {type Answer, valuesOf} from '../ask.ts';
import {type Canary, type Echo, type Page, readEcho} from '../canary.ts';
import type {ProbeFinding, Subject} from '../probe.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

export const NOTHING_KEPT = {
	result: 'not-applicable',
	message: 'The contract promises that the proxy keeps no answer',
} as const satisfies ProbeFinding;

/** The finding where the contract promises that nothing is kept: then there is nothing to judge. */
export function unlessKept({cache}: ProxyContract): readonly ProbeFinding[] | undefined {
	return cache === 'off' ? [NOTHING_KEPT] : undefined;
}

/** An answer of the canary that may be kept, and what was said in it. */
export interface Kept {
	readonly answer: Answer;
	readonly echo: Echo | undefined;
}

/** Asks one page again and again, under a query that nobody has used before. */
export function keptAt(
	canary: Canary,
	page: Page,
	{ask}: Pick<Subject, 'ask'>,
	signal: AbortSignal,
): (headers?: Headers, different?: {readonly query?: string}) => Promise<Kept> {
	const key = randomUUID();
	return async (headers = [], {query = ''} = {}) => {
		const answer = await ask(canary.endpoint, {path: `${canary.path(page)}?${key}${query}`, headers}, signal);
		return {answer, echo: readEcho(answer.body)};
	};
}

/** Whether the second answer is the first one again. */
export function isSame(first: Kept, second: Kept): boolean {
	return first.echo !== undefined && first.echo.canary === second.echo?.canary;
}

/** `max-age` or `s-maxage`, the second before the first; undefined where neither is said. */
export function lifetimeOf(answer: Answer): number | undefined {
	const control = valuesOf(answer, 'cache-control').join(',');
	const of = (name: string): string | undefined =>
		new RegExp(`(?:^|[,\\s])${name}="?(\\d{1,10})`, 'i').exec(control)?.[1];
	const said = of('s-maxage') ?? of('max-age');
	return said === undefined ? undefined : Number(said);
}
