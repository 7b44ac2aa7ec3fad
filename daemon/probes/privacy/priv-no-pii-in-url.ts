import type {ControlId} from '../../../policies/catalogue.ts';
import {isDocument} from '../header/documents.ts';
import {shown} from '../header/values.ts';
import type {Page} from '../pages.ts';
import type {Probe, ProbeFinding, Subject} from '../probe.ts';
import {unseen} from '../probe.ts';
import {namesOf, plainName, queryNamesIn} from './query-names.ts';

const CONTROL: ControlId = 'priv-no-pii-in-url';
/** How far back the output is read, and how long. */
const BACK_MS = 3_600_000;
const READING_MS = 1500;

const usual =
	'email mail emailaddress phone phonenumber tel telephone mobile firstname lastname surname fullname givenname familyname birthday birthdate dob dateofbirth ssn passport iban cardnumber creditcard street address password passwd pwd'.split(
		' ',
	);

/** Reads names of parameters in what the container logged, and in the forms and links that it shows. Values are never kept. */
export const privNoPiiInUrl: Probe = async (subject, signal) => {
	const named = subject.paramsOf(CONTROL)['names'];
	const personal = new Set((Array.isArray(named) ? named.map(String) : usual).map(plainName));
	const [logged, linked] = await Promise.all([
		readLog(subject, personal, signal),
		readPages(subject, personal),
	]);
	const found: readonly ProbeFinding[] = [
		...(logged.lines > 0
			? [
					{
						result: 'fail' as const,
						message: `Within the last hour ${logged.lines} lines of the log have personal data in their query, by name: ${list(logged.found)}; send it in the body, or by id`,
						observed: {lines: logged.lines, of: logged.requests},
					},
				]
			: []),
		...(linked.size > 0
			? [
					{
						result: 'fail' as const,
						message: `A form or link puts personal data into an address, by name: ${list(linked)}; use POST`,
					},
				]
			: []),
	];
	if (found.length > 0) {
		return found;
	}

	return logged.requests > 0
		? [
				{
					result: 'pass',
					message:
						'No query in the log of the last hour names personal data, and no form or link that is shown',
					observed: {queries: logged.requests},
				},
			]
		: [
				unseen(
					'The container logged no query within the last hour, so nothing is known of what travels in one',
				),
			];
};

interface Logged {
	/** Lines with any query at all. */
	readonly requests: number;
	readonly lines: number;
	readonly found: ReadonlySet<string>;
}

async function readLog(
	{lines, now}: Subject,
	personal: ReadonlySet<string>,
	signal: AbortSignal,
): Promise<Logged> {
	const stop = AbortSignal.any([signal, AbortSignal.timeout(READING_MS)]);
	const found = new Set<string>();
	let [requests, guilty] = [0, 0];
	for await (const line of lines(new Date(now.getTime() - BACK_MS), stop)) {
		const names = isRefused(line) ? [] : queryNamesIn(line).map(plainName);
		const bad = names.filter(name => personal.has(name));
		requests += names.length > 0 ? 1 : 0;
		guilty += bad.length > 0 ? 1 : 0;
		for (const name of bad) {
			found.add(name);
		}
	}

	signal.throwIfAborted();
	return {requests, lines: guilty, found};
}

/** Anybody may ask for anything: what was refused says nothing of the application. */
function isRefused(line: string): boolean {
	return /(?:"status":\s?"?|" )4\d\d\b/.test(line);
}

async function readPages(
	{endpoints, pages}: Subject,
	personal: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
	const visited = await Promise.all(
		endpoints
			.filter(({protocol, address}) => protocol !== 'redirect' && address !== undefined)
			.map(endpoint => pages(endpoint)),
	);
	const names = visited.flatMap(({answers}) => answers.filter(isDocument).flatMap(namesShown));
	return new Set(names.map(plainName).filter(name => personal.has(name)));
}

/** Fields of forms that are sent as a query, and parameters of links to this very site. */
function namesShown({tags}: Page): readonly string[] {
	const names: string[] = [];
	let isQuery = false;
	for (const {name, attributes} of tags()) {
		if (name === 'form') {
			isQuery = (attributes.get('method') ?? 'get').toLowerCase() === 'get';
		}

		if (isQuery && fields.has(name)) {
			names.push(attributes.get('name') ?? '');
		}

		names.push(...(name === 'a' ? namesOfLink(attributes.get('href') ?? '') : []));
	}

	return names;
}

const fields: ReadonlySet<string> = new Set(['input', 'select', 'textarea']);

function namesOfLink(href: string): readonly string[] {
	const [, query = ''] = href.split('#', 1)[0]?.split('?') ?? [];
	return href.startsWith('/') ? namesOf(query) : [];
}

function list(names: ReadonlySet<string>): string {
	return [...names]
		.slice(0, 8)
		.map(name => shown(name, 32))
		.join(', ');
}
