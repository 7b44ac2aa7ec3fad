import type {Page, Pages} from '../pages.ts';
import {type Endpoint, type Probe, type ProbeFinding, type Subject, unreached, unseen} from '../probe.ts';

/** Where a page was seen, and beside which others. */
export interface Seat {
	readonly endpoint: Endpoint;
	readonly pages: Pages;
	readonly subject: Subject;
	readonly signal: AbortSignal;
}

/**
 * What is wrong with one page, in words that follow "The answer to …": nothing wrong is an empty list, and undefined says that
 * this page is none of the probe's business.
 */
export type Look = (page: Page, seat: Seat) => readonly string[] | undefined;

interface Words {
	/** Follows the port: "Port 8443 …". */
	readonly passed: string;
	readonly none: string;
	/** Listeners that are looked at, besides those with pages of an application. */
	readonly also?: 'redirect';
	/** Whether answers to what is no proper request count: nobody but its maker can give those a header. */
	readonly hasMalformed?: true;
}

/** A probe that reads the pages of every listener that speaks HTTP, each by itself. */
export function ofPages(look: Look, words: Words): Probe {
	return eachVisited(
		async seat => judged(seat, look, words),
		endpoint => endpoint.protocol !== 'redirect' || words.also === 'redirect',
	);
}

/** A probe that visits every listener that speaks HTTP. */
export function eachVisited(
	look: (seat: Seat) => Promise<readonly ProbeFinding[]>,
	isMeant: (endpoint: Endpoint) => boolean = ({protocol}) => protocol !== 'redirect',
): Probe {
	return async (subject, signal) => {
		const endpoints = subject.endpoints.filter(isMeant);
		if (endpoints.length === 0) {
			return [nothingToVisit(subject)];
		}

		const found = await Promise.all(
			endpoints.map(async endpoint =>
				endpoint.address === undefined
					? [unreached(endpoint)]
					: look({endpoint, pages: await subject.pages(endpoint), subject, signal}),
			),
		);
		// What is wrong comes first: a long list is cut at its end.
		return found.flat().toSorted((a, b) => Number(b.result === 'fail') - Number(a.result === 'fail'));
	};
}

function nothingToVisit({promised}: Subject): ProbeFinding {
	return promised.state === 'broken' || promised.state === 'unread'
		? unseen(`Which port to visit is not known: ${promised.reason}`)
		: {result: 'not-applicable', message: 'No port of the container speaks HTTP'};
}

function judged(seat: Seat, look: Look, {passed, none, hasMalformed}: Words): readonly ProbeFinding[] {
	const {endpoint, pages} = seat;
	const flaws = new Map<string, Page[]>();
	let count = 0;
	for (const page of pages.answers.filter(({isMalformed}) => !isMalformed || hasMalformed === true)) {
		const found = look(page, seat);
		count += found === undefined ? 0 : 1;
		for (const flaw of found ?? []) {
			flaws.set(flaw, [...(flaws.get(flaw) ?? []), page]);
		}
	}

	const unheard = silences(seat);
	if (count === 0) {
		return unheard.length > 0
			? unheard
			: [{result: 'not-applicable', message: `Port ${endpoint.port} ${none}`, observed: seen(pages.answers)}];
	}

	const failed = Array.from(flaws, ([flaw, on]): ProbeFinding => {
		const [first] = on;
		const more = on.length > 1 ? ` (and ${on.length - 1} more)` : '';
		return {
			result: 'fail',
			message: `Port ${endpoint.port}: the answer to ${first?.question} over ${first?.version}${more} ${flaw}`,
			observed: seen(on),
		};
	});
	return [
		...failed,
		...unheard,
		...(failed.length === 0
			? [{result: 'pass' as const, message: `Port ${endpoint.port} ${passed}`, observed: {answers: count}}]
			: []),
	];
}

/** Questions that got no answer: what was not heard cannot be good. */
export function silences({endpoint, pages}: Pick<Seat, 'endpoint' | 'pages'>): readonly ProbeFinding[] {
	return pages.silent.map(({question, version, reason}) =>
		unseen(`Port ${endpoint.port} gave no answer to ${question} over ${version}: ${reason}`),
	);
}

function seen(pages: readonly Page[]): unknown {
	return {
		answers: pages.map(({question, version, answer}) => ({question, version, status: answer.status})),
	};
}
