import type {Setting} from '../../../policies/setting.ts';
import {valuesOf} from '../ask.ts';
import {type Hsts, readHsts} from '../header/hsts.ts';
import type {Page} from '../pages.ts';
import {type Endpoint, eachEndpoint, type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';
import {withoutTls} from './of-tls.ts';

export const proxyHsts: Probe = async subject => {
	if (!subject.endpoints.some(({protocol}) => protocol === 'https')) {
		return [withoutTls(subject)];
	}

	const wanted = wantedOf(subject.paramsOf('proxy-hsts'));
	const plain = await Promise.all(
		(['redirect', 'http'] as const).map(protocol =>
			eachEndpoint(subject, protocol, endpoint => overPlain(endpoint, subject)),
		),
	);
	return [
		...(await eachEndpoint(subject, 'https', endpoint => overTls(endpoint, subject, wanted))),
		// What is in order on plain HTTP, or was not to be seen there, says nothing of the header over TLS.
		...plain.flat().filter(({result}) => result === 'fail'),
	];
};

interface Wanted {
	readonly minSeconds: number;
	readonly includeSubDomains: boolean;
}

/** Half a year, from which on browsers' own lists and graders take it for meant. */
const MIN_SECONDS = 15_552_000;

function wantedOf({min, includeSubDomains}: Setting['params']): Wanted {
	return {
		minSeconds: typeof min === 'number' ? min : MIN_SECONDS,
		includeSubDomains: includeSubDomains === true,
	};
}

/** Browsers learn it from whatever answer comes first: each has to say it, and each the same. */
async function overTls(
	endpoint: Endpoint,
	{pages}: Subject,
	wanted: Wanted,
): Promise<readonly ProbeFinding[]> {
	const visited = await pages(endpoint);
	// What is no path is often turned away before there is a site that could say anything; browsers never ask for it.
	const answers = visited.answers.filter(({isMalformed}) => !isMalformed);
	if (answers.length === 0) {
		return [unseen(`Port ${endpoint.port} gave no answer over HTTPS, so nothing is known`)];
	}

	const read = answers.map(page => ({
		page,
		hsts: readHsts(valuesOf(page.answer, 'strict-transport-security')),
	}));
	const faults = new Map<string, Page>();
	for (const {page, hsts} of read) {
		const fault = faultOf(hsts, wanted);
		if (fault !== undefined && !faults.has(fault)) {
			faults.set(fault, page);
		}
	}

	const observed = {answers: read.length, strictTransportSecurity: shown(read[0]?.hsts)};
	const expected = `max-age of at least ${wanted.minSeconds}${wanted.includeSubDomains ? ' with includeSubDomains' : ''}, once, on every answer`;
	return faults.size === 0
		? [
				{
					result: 'pass',
					message: `Port ${endpoint.port} says on every answer that it is to be visited over HTTPS alone`,
					expected,
					observed,
				},
			]
		: [...faults].map(([fault, page]) => ({
				result: 'fail',
				message: `Port ${endpoint.port}: ${fault} (${page.question}, ${page.version}); add Strict-Transport-Security: max-age=31536000`,
				expected,
				observed,
			}));
}

function faultOf(hsts: Hsts, {minSeconds, includeSubDomains}: Wanted): string | undefined {
	if (hsts.state === 'absent') {
		return 'an answer is without Strict-Transport-Security';
	}

	if (hsts.state === 'void') {
		return `Strict-Transport-Security counts for nothing: ${hsts.reason}`;
	}

	if (hsts.ignored > 0) {
		return 'Strict-Transport-Security is sent more than once, and only the first counts';
	}

	if (hsts.maxAge < minSeconds) {
		return `Strict-Transport-Security ends after ${hsts.maxAge} seconds, which is less than ${minSeconds}`;
	}

	return includeSubDomains && !hsts.includeSubDomains
		? 'Strict-Transport-Security leaves subdomains out'
		: undefined;
}

/** Over plain HTTP anybody on the way could have written it, so it must not be there (RFC 6797 §7.2). */
async function overPlain(endpoint: Endpoint, {pages}: Subject): Promise<readonly ProbeFinding[]> {
	const {answers} = await pages(endpoint);
	const page = answers.find(({answer}) => valuesOf(answer, 'strict-transport-security').length > 0);
	return page === undefined
		? [{result: 'pass', message: `Port ${endpoint.port} does not say it over plain HTTP`}]
		: [
				{
					result: 'fail',
					message: `Port ${endpoint.port} sends Strict-Transport-Security over plain HTTP, where it counts for nothing; send it over HTTPS alone`,
				},
			];
}

function shown(hsts: Hsts | undefined): unknown {
	return hsts?.state === 'kept'
		? {maxAge: hsts.maxAge, includeSubDomains: hsts.includeSubDomains, preload: hsts.preload}
		: hsts?.state;
}
