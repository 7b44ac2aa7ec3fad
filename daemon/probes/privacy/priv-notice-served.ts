import type {ControlId} from '../../../policies/catalogue.ts';
import {digestOf} from '../../../proto/digest.ts';
import {reasonOf} from '../../error.ts';
import {valuesOf} from '../ask.ts';
import {isDocument} from '../header/documents.ts';
import {eachVisited, type Seat, silences} from '../header/of-pages.ts';
import {shown} from '../header/values.ts';
import {type Page, pageOf, pathHere} from '../pages.ts';
import {type ProbeFinding, unseen} from '../probe.ts';

const CONTROL: ControlId = 'priv-notice-served';
/** How notices are called where nobody says which one it is. */
const NOTICE = /privacy|datenschutz|confidentialite|privacidad|data-protection/i;

export const privNoticeServed = eachVisited(async seat => {
	const {endpoint, pages} = seat;
	const {landing} = pages;
	if (landing === undefined) {
		return silences(seat);
	}

	const wanted = seat.subject.paramsOf(CONTROL)['noticeUrl'];
	const links = isDocument(landing) ? linksOf(landing) : [];
	const address =
		typeof wanted === 'string'
			? wanted
			: links.find(({rel, href}) => rel === 'privacy-policy' || NOTICE.test(href))?.href;
	if (address === undefined) {
		return [
			isDocument(landing)
				? unseen(
						`Port ${endpoint.port} links to nothing that is called a privacy notice; say which it is in params.noticeUrl`,
					)
				: {result: 'not-applicable', message: `Port ${endpoint.port} shows people no page`},
		];
	}

	const isLinked = links.some(({href}) => sameAddress(href, address, seat));
	return [
		...(isDocument(landing) && !isLinked
			? [
					{
						result: 'fail' as const,
						message: `Port ${endpoint.port}: where visitors end up, nothing links to the privacy notice ${shown(address)}`,
					},
				]
			: []),
		await fetched(address, seat),
	];
});

async function fetched(address: string, {endpoint, subject, signal}: Seat): Promise<ProbeFinding> {
	const path = pathHere(address, endpoint);
	if (path === undefined) {
		return unseen(
			`The privacy notice ${shown(address)} lies elsewhere, and probes never leave the container`,
		);
	}

	try {
		const answer = await subject.ask(endpoint, {path}, signal);
		const page = pageOf({question: 'the notice', path, version: 'HTTP/1.1'}, answer);
		const observed = {status: answer.status, digest: digestOf(answer.body)};
		return answer.status === 200 && isDocument(page) && answer.body.trim() !== ''
			? {
					result: 'pass',
					message: `Port ${endpoint.port} serves the privacy notice ${shown(address)}`,
					observed,
				}
			: {
					result: 'fail',
					message: `Port ${endpoint.port} answers ${shown(address)} with ${answer.status}${valuesOf(answer, 'content-type').length > 0 ? '' : ' and no type'}, which is no notice that people can read`,
					observed: {status: answer.status},
				};
	} catch (error) {
		return unseen(`Port ${endpoint.port} gave no answer to ${shown(address)}: ${reasonOf(error)}`);
	}
}

interface Link {
	readonly rel: string;
	readonly href: string;
}

function linksOf({tags}: Page): readonly Link[] {
	return tags()
		.filter(({name}) => name === 'a' || name === 'link' || name === 'area')
		.map(({attributes}) => ({
			rel: (attributes.get('rel') ?? '').toLowerCase(),
			href: (attributes.get('href') ?? '').trim().slice(0, 2048),
		}));
}

function sameAddress(href: string, address: string, {endpoint, pages}: Seat): boolean {
	const [a, b] = [href, address].map(each => pathHere(each, endpoint, pages.landing?.path) ?? each);
	return a === b;
}
