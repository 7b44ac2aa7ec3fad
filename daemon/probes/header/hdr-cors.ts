import {randomUUID} from 'node:crypto';
import {isIP} from 'node:net';
import {reasonOf} from '../../error.ts';
import {type Answer, type Asked, valuesOf} from '../ask.ts';
import type {Page} from '../pages.ts';
import {type Endpoint, type ProbeFinding, unseen} from '../probe.ts';
import {eachVisited, type Seat} from './of-pages.ts';
import {shown, trimmed} from './values.ts';

interface Question {
	readonly title: string;
	readonly origin: string;
	readonly asked: Asked;
}

/** Asks in the name of strangers: would their pages get to read what a signed-in visitor sees? */
export const hdrCors = eachVisited(async seat => {
	const {subject, endpoint, pages, signal} = seat;
	const found: ProbeFinding[] = [];
	for (const {title, origin, asked} of questions(endpoint, pages.landing?.path ?? '/')) {
		try {
			const flaw = flawOf(await subject.ask(endpoint, asked, signal), origin);
			found.push(...(flaw === undefined ? [] : [failed(endpoint, title, flaw)]));
		} catch (error) {
			found.push(unseen(`Port ${endpoint.port} gave no answer to ${title}: ${reasonOf(error)}`));
		}
	}

	found.push(...resourceFlaws(seat));
	return found.length > 0
		? found
		: [
				{
					result: 'pass',
					message: `Port ${endpoint.port} lets no strange origin read what a signed-in visitor sees`,
				},
			];
});

/** Names that nobody can have: a stranger's, one that begins or ends like the host's own, and none at all. */
function questions({name}: Endpoint, path: string): readonly Question[] {
	const mark = `sallyport-${randomUUID().slice(0, 8)}`;
	const isNamed = name !== '' && isIP(name) === 0;
	const stranger = `https://${isNamed ? `${name}.` : ''}${mark}.invalid`;
	const get = (origin: string): Asked => ({path, headers: [['Origin', origin]]});
	return [
		{title: 'a request of a strange origin', origin: stranger, asked: get(stranger)},
		...(isNamed
			? [
					{
						title: 'a request of an origin that ends like its own',
						origin: `https://${mark}${name}`,
						asked: get(`https://${mark}${name}`),
					},
				]
			: []),
		{title: 'a request without an origin of its own', origin: 'null', asked: get('null')},
		{
			title: 'the question of a strange origin whether it may ask',
			origin: stranger,
			asked: {
				path,
				method: 'OPTIONS',
				headers: [
					['Origin', stranger],
					['Access-Control-Request-Method', 'GET'],
				],
			},
		},
	];
}

/** Fetch, "CORS check", compares bytes: several lines are one value with commas, which is nobody's origin. */
function flawOf(answer: Answer, origin: string): string | undefined {
	const [allowed, credentials] = ['access-control-allow-origin', 'access-control-allow-credentials'].map(
		name => valuesOf(answer, name).map(trimmed).join(', '),
	);
	if (credentials !== 'true') {
		return undefined;
	}

	if (allowed === '*') {
		return 'allows every origin and credentials at once, which browsers refuse; name the origins that need it';
	}

	return allowed === origin || allowed === 'null'
		? `lets ${allowed === 'null' ? 'any page in a sandbox' : 'that origin'} read with a visitor's credentials; name the origins that need it`
		: undefined;
}

const words: ReadonlySet<string> = new Set(['same-origin', 'same-site', 'cross-origin']);

/** Nobody has to send Cross-Origin-Resource-Policy; a value that browsers do not know protects nothing. */
function resourceFlaws({endpoint, pages}: Seat): readonly ProbeFinding[] {
	const said = (page: Page): string =>
		valuesOf(page.answer, 'cross-origin-resource-policy').map(trimmed).join(', ');
	const [first] = pages.answers.filter(page => said(page) !== '' && !words.has(said(page)));
	return first === undefined
		? []
		: [
				failed(
					endpoint,
					first.question,
					`says Cross-Origin-Resource-Policy: ${shown(said(first), 64)}, which browsers ignore`,
				),
			];
}

function failed(endpoint: Endpoint, title: string, flaw: string): ProbeFinding {
	return {result: 'fail', message: `Port ${endpoint.port}: the answer to ${title} ${flaw}`};
}
