import type {ProxyContract} from '../../../proto/contract.ts';
import {reasonOf} from '../../error.ts';
import {type Asked, valuesOf} from '../ask.ts';
import {type Page, type Pages, pageOf} from '../pages.ts';
import {type ProbeFinding, unseen} from '../probe.ts';
import {isDocument} from './documents.ts';
import {leakIn} from './leaks.ts';
import {eachVisited, type Seat, silences} from './of-pages.ts';

type Header = ProxyContract['headers'][number];

export const hdrOnErrors = eachVisited(async seat => {
	const {pages, unheard} = await allPages(seat);
	const expected = expectedOf(seat);
	const found = pages.map(page => judge(page, expected(page), seat));
	const errors = pages.filter(({what}) => what === 'error').length;
	const known = [...found, ...unheard, ...silences(seat)];
	return errors > 0 || known.some(({result}) => result !== 'pass')
		? known
		: [
				{
					result: 'not-applicable',
					message: `Port ${seat.endpoint.port} answers every path as if it were there, and made no error`,
				},
			];
});

/** The pages that all probes share, and what only this one asks of a proxy: it may cost the connection. */
async function allPages({endpoint, pages, subject, signal}: Seat): Promise<{
	readonly pages: readonly Page[];
	readonly unheard: readonly ProbeFinding[];
}> {
	const {promised} = subject;
	const proxy = promised.state === 'kept' ? promised.contract.proxy : undefined;
	const asked = await Promise.all(
		(proxy === undefined ? [] : questions(proxy)).map(
			async ([question, asking]): Promise<Page | ProbeFinding> => {
				try {
					const answer = await subject.ask(endpoint, asking, signal);
					return pageOf({question, path: asking.path, version: 'HTTP/1.1'}, answer);
				} catch (error) {
					return unseen(`Port ${endpoint.port} gave no answer to ${question}: ${reasonOf(error)}`);
				}
			},
		),
	);
	return {
		pages: [...pages.answers, ...asked.filter(each => 'answer' in each)],
		unheard: asked.filter(each => 'result' in each),
	};
}

/** Rudeness is for the proxy, which promised to stand in front; an application is asked nothing that nobody else would ask. */
function questions({limits}: ProxyContract): readonly (readonly [string, Asked])[] {
	return [
		[
			'a request with two hosts',
			{
				path: '/',
				headers: [
					['Host', 'a.invalid'],
					['Host', 'b.invalid'],
				],
			},
		],
		...(limits.bodyBytes > 0
			? [
					[
						'a body that is too large',
						{path: '/', method: 'POST', announcedBytes: limits.bodyBytes + 1},
					] as const,
				]
			: []),
	];
}

/**
 * With a contract, what it promises, on every answer over TLS. Without one, what the landing page sends must not get lost on the
 * way: of a document all of it, of every other answer what browsers keep or guess by.
 */
function expectedOf({subject, endpoint, pages}: Seat): (page: Page) => readonly Header[] {
	const {promised} = subject;
	if (promised.state === 'kept' && promised.contract.proxy !== undefined) {
		const {headers} = promised.contract.proxy;
		return () => (endpoint.protocol === 'https' ? headers : []);
	}

	const sent = landingHeaders(pages);
	return page => {
		if (page.isMalformed || page.what !== 'error' || page.answer.body === '') {
			return page.isMalformed ? [] : sent.everywhere;
		}

		return [...sent.everywhere, ...sent.onBodies, ...(isDocument(page) ? sent.onDocuments : [])];
	};
}

const family = {
	everywhere: ['strict-transport-security'],
	onBodies: ['x-content-type-options'],
	onDocuments: ['content-security-policy', 'x-frame-options', 'referrer-policy', 'permissions-policy'],
} as const;

function landingHeaders({landing}: Pages): Readonly<Record<keyof typeof family, readonly Header[]>> {
	const sent = (names: readonly string[]): readonly Header[] =>
		names
			.filter(name => landing?.what === 'success' && valuesOf(landing.answer, name).length > 0)
			.map(name => ({name}));
	return {
		everywhere: sent(family.everywhere),
		onBodies: sent(family.onBodies),
		onDocuments: sent(family.onDocuments),
	};
}

function judge(page: Page, expected: readonly Header[], {endpoint, subject}: Seat): ProbeFinding {
	const {question, version, answer, what} = page;
	const isPromised = subject.promised.state === 'kept';
	const missing = expected.filter(header => !isKept(header, page, isPromised)).map(({name}) => name);
	const leak = what === 'error' ? leakIn(answer.body) : undefined;
	const observed = {question, version, status: answer.status, missing};
	const title = `Port ${endpoint.port}: the answer to ${question} (${answer.status}, ${version})`;
	if (missing.length > 0) {
		return {
			result: 'fail',
			message: `${title} lacks ${missing.join(', ')}; use "always", and one include for every location`,
			observed,
		};
	}

	return leak === undefined
		? {result: 'pass', message: `${title} has every header`, observed}
		: {result: 'fail', message: `${title} shows ${leak}; answer errors with a page of your own`, observed};
}

/** As promised: exactly once, and with the value where one was promised. As seen elsewhere: at all. */
function isKept({name, value}: Header, {answer}: Page, isPromised: boolean): boolean {
	const values = valuesOf(answer, name);
	return isPromised
		? values.length === 1 && (value === undefined || values[0]?.toLowerCase() === value.toLowerCase())
		: values.length > 0;
}
