import {randomUUID} from 'node:crypto';
import {DaemonError, reasonOf} from '../error.ts';
import {type Answer, authorityOf, type HttpVersion, valuesOf} from './ask.ts';
import {type Tag, tagsOf} from './header/html.ts';
import type {Endpoint, Subject} from './probe.ts';

/** One answer of an endpoint, and what was asked for. */
export interface Page {
	readonly what: 'success' | 'redirect' | 'error';
	readonly question: string;
	readonly path: string;
	readonly version: HttpVersion;
	readonly answer: Answer;
	/** It answers something that is no proper request: many servers do so before anything that was configured for them. */
	readonly isMalformed: boolean;
	/** What its text holds, read once however many probes ask. */
	readonly tags: () => readonly Tag[];
}

/** What an endpoint says when it is visited like a site. */
export interface Pages {
	readonly answers: readonly Page[];
	/** Questions that got no answer, and why. */
	readonly silent: readonly Silence[];
	/** Where a visitor ends up who begins at the root. */
	readonly landing: Page | undefined;
}

export interface Silence {
	readonly question: string;
	readonly version: HttpVersion;
	readonly reason: string;
}

/** What browsers ask for: many servers have another answer for others. */
const ACCEPT = ['Accept', 'text/html,application/xhtml+xml,*/*;q=0.8'] as const;
const ROOT = {question: 'the root', path: '/'} as const;
/** A patient visitor; the look's own limit comes on top. */
const PATIENCE_MS = 6000;

interface Question {
	readonly question: string;
	readonly path: string;
	readonly version: HttpVersion;
	/** It is fair to say nothing to this. */
	readonly isMalformed?: boolean;
}

type Asking = Pick<Subject, 'ask' | 'promised'>;

/** The same pages for every probe of a look, whoever asks first. */
export function pagesOnce(asking: Asking, signal: AbortSignal): Subject['pages'] {
	const known = new Map<Endpoint, Promise<Pages>>();
	return endpoint => {
		const pages = known.get(endpoint) ?? pagesOf(asking, endpoint, signal);
		known.set(endpoint, pages);
		return pages;
	};
}

/**
 * Visits an endpoint: its root, where the root leads, its health, a path that nobody has, a path that is no path; and two of
 * these again over HTTP/2. Five to seven exchanges, and a redirect is followed on the same address only.
 */
async function pagesOf(asking: Asking, endpoint: Endpoint, outer: AbortSignal): Promise<Pages> {
	const signal = AbortSignal.any([outer, AbortSignal.timeout(PATIENCE_MS)]);
	const silent: Silence[] = [];
	const visit = async (questions: readonly Question[]): Promise<readonly Page[]> => {
		const pages: Page[] = [];
		// One after the other, on the connection that is open already.
		for (const question of questions) {
			const page = await visitOne(asking, endpoint, question, signal);
			if ('answer' in page) {
				pages.push(page);
			} else if (page.reason !== undefined) {
				silent.push({question: question.question, version: question.version, reason: page.reason});
			}
		}

		return pages;
	};

	const [root] = await visit([{...ROOT, version: 'HTTP/1.1'}]);
	if (root === undefined) {
		// Who speaks HTTP/2 alone is a site, too.
		const answers = endpoint.protocol === 'https' ? await visit(again(ROOT)) : [];
		return {answers, silent, landing: answers.find(({path}) => path === '/')};
	}

	if (endpoint.protocol === 'redirect') {
		return {answers: [root], silent, landing: root};
	}

	const next = nextPath(root.answer, endpoint);
	const followed =
		next === undefined
			? []
			: await visit([{question: 'where the root leads', path: next, version: 'HTTP/1.1'}]);
	const landing = next === undefined ? root : followed[0];
	const rest = await Promise.all([
		visit(ruder(asking.promised)),
		endpoint.protocol === 'https' ? visit(again(landing ?? root)) : [],
	]);
	return {answers: [root, ...followed, ...rest.flat()], silent, landing};
}

/** The server said itself that it speaks another version. */
function speaksOther(error: unknown): boolean {
	return (
		(error instanceof DaemonError && error.code === 'HTTP2_NOT_SPOKEN') ||
		(error instanceof Error &&
			'code' in error &&
			error.code === 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')
	);
}

/** An answer, or why there is none; no reason where it is fair that there is none. */
async function visitOne(
	{ask}: Asking,
	endpoint: Endpoint,
	{question, path, version, isMalformed}: Question,
	signal: AbortSignal,
): Promise<Page | {readonly reason: string | undefined}> {
	try {
		const answer = await ask(endpoint, {path, version, headers: [ACCEPT]}, signal);
		return pageOf({question, path, version, isMalformed: isMalformed === true}, answer);
	} catch (error) {
		const isElsewhere = speaksOther(error);
		const isFair = isElsewhere || (isMalformed === true && !signal.aborted);
		return {reason: isFair ? undefined : reasonOf(error)};
	}
}

function ruder(promised: Subject['promised']): readonly Question[] {
	const version = 'HTTP/1.1';
	const {healthPath} =
		(promised.state === 'kept' && promised.contract.proxy) ||
		(promised.state === 'described' && promised.description) ||
		nothing;
	return [
		...(healthPath === undefined ? [] : [{question: 'the health route', path: healthPath, version} as const]),
		{question: 'an unknown path', path: unknownPath(), version},
		// An escape that is cut off: no server needs to be told, and decoders throw at it.
		{question: 'a malformed path', path: '/%E0%A4%A', version, isMalformed: true},
	];
}

const nothing = {healthPath: undefined};

function again({question, path}: Pick<Question, 'question' | 'path'>): readonly Question[] {
	const version = 'HTTP/2';
	return [
		{question, path, version},
		{question: 'an unknown path', path: unknownPath(), version},
	];
}

function unknownPath(): string {
	return `/sallyport-canary-${randomUUID()}`;
}

/** The path of a redirect that stays here; undefined for every other answer, and for a circle to the root. */
export function nextPath(answer: Answer, endpoint: Endpoint): string | undefined {
	const [location, ...more] = valuesOf(answer, 'location');
	if (answer.status < 300 || answer.status >= 400 || location === undefined || more.length > 0) {
		return undefined;
	}

	const path = pathHere(location, endpoint);
	return path === '/' ? undefined : path;
}

/**
 * The path and query of an address that lies on this very endpoint; undefined where it leads elsewhere. Names are compared and
 * never looked up.
 */
export function pathHere(address: string, endpoint: Endpoint, from = '/'): string | undefined {
	const scheme = endpoint.protocol === 'https' ? 'https' : 'http';
	const here = URL.parse(from, `${scheme}://${authorityOf(endpoint)}:${endpoint.port}/`);
	const url = URL.parse(address.slice(0, 2048), here?.href);
	const isSame =
		here !== null &&
		url !== null &&
		url.protocol === here.protocol &&
		url.hostname === here.hostname &&
		['', here.port, String(endpoint.address?.port)].includes(url.port);
	return isSame ? `${url.pathname}${url.search}` : undefined;
}

export function pageOf(question: Question, answer: Answer): Page {
	let tags: readonly Tag[] | undefined;
	return {
		isMalformed: false,
		...question,
		what: whatOf(answer),
		answer,
		tags: () => {
			tags ??= tagsOf(answer.body);
			return tags;
		},
	};
}

function whatOf({status, headers}: Answer): Page['what'] {
	if (status >= 400) {
		return 'error';
	}

	return status >= 300 && headers.some(([name]) => name === 'location') ? 'redirect' : 'success';
}
