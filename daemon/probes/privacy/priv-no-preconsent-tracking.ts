import type {ControlId} from '../../../policies/catalogue.ts';
import {reasonOf} from '../../error.ts';
import {valuesOf} from '../ask.ts';
import {isDocument} from '../header/documents.ts';
import type {Tag} from '../header/html.ts';
import {ofPages, type Seat} from '../header/of-pages.ts';
import {shown} from '../header/values.ts';
import {type Page, type Pages, pageOf} from '../pages.ts';
import type {Endpoint, Probe, Subject} from '../probe.ts';
import {readSetCookie} from './set-cookie.ts';

const CONTROL: ControlId = 'priv-no-preconsent-tracking';

/** What makes a browser ask somebody else as soon as the page is shown. */
const fetching: Readonly<Record<string, readonly string[]>> = {
	script: ['src'],
	img: ['src', 'srcset'],
	iframe: ['src'],
	embed: ['src'],
	object: ['data'],
	source: ['src', 'srcset'],
	video: ['src', 'poster'],
	audio: ['src'],
	input: ['src'],
	link: ['href'],
};
/** A link of any other kind is only followed by people. */
const LINKS_THAT_FETCH =
	/\b(?:stylesheet|icon|preload|modulepreload|prefetch|preconnect|dns-prefetch|manifest)\b/i;

const MAX_ENTRY_PAGES = 8;
/** Sizes of one picture. */
const MAX_CANDIDATES = 16;

/** Of where visitors end up, and of the further pages that the policy names. */
export const privNoPreconsentTracking: Probe = (subject, signal) => {
	const paths = textsOf(subject.paramsOf(CONTROL)['entryPages']).filter(path => path.startsWith('/'));
	return ofFirstVisit({...subject, pages: endpoint => withPages(paths, endpoint, subject, signal)}, signal);
};

async function withPages(
	paths: readonly string[],
	endpoint: Endpoint,
	{ask, pages}: Subject,
	signal: AbortSignal,
): Promise<Pages> {
	const visited = await pages(endpoint);
	const version = 'HTTP/1.1';
	const more = await Promise.all(
		paths.slice(0, MAX_ENTRY_PAGES).map(async (path): Promise<Page | Pages['silent'][number]> => {
			const question = `the page ${shown(path)}`;
			try {
				return pageOf({question, path, version}, await ask(endpoint, {path}, signal));
			} catch (error) {
				return {question, version, reason: reasonOf(error)};
			}
		}),
	);
	return {
		...visited,
		answers: [...visited.answers, ...more.filter(each => 'answer' in each)],
		silent: [...visited.silent, ...more.filter(each => 'reason' in each)],
	};
}

const ofFirstVisit = ofPages(
	(page, seat) => {
		const names = valuesOf(page.answer, 'set-cookie')
			.map(line => readSetCookie(line, seat.subject.now))
			.flatMap(cookie => (cookie === undefined || (cookie.lifetime ?? 1) <= 0 ? [] : [cookie.name]));
		return isDocument(page) || names.length > 0 ? flawsOf(page, names, seat) : undefined;
	},
	{
		passed:
			'sets no undeclared cookie and names no undeclared host on a first visit, as far as its text says without being run',
		none: 'sends no document and sets no cookie',
	},
);

function flawsOf(page: Page, names: readonly string[], {subject, endpoint}: Seat): readonly string[] {
	const params = subject.paramsOf(CONTROL);
	const essential = textsOf(params['essential']);
	const declared = new Set([...textsOf(params['allowHosts']), ...ownHosts({subject, endpoint})].map(lower));
	const hosts = isDocument(page) ? hostsIn(page).filter(host => !declared.has(host)) : [];
	return [
		...unique(names.filter(name => !essential.includes(name))).map(
			name =>
				`sets the cookie ${shown(name, 64) || 'without a name'}, which nobody declared, before anyone agreed`,
		),
		...unique(hosts).map(
			host => `has the browser ask ${shown(host, 128)}, which nobody declared, before anyone agreed`,
		),
	].slice(0, 16);
}

function ownHosts({subject, endpoint}: Pick<Seat, 'subject' | 'endpoint'>): readonly string[] {
	const {promised} = subject;
	const named =
		promised.state === 'kept'
			? (promised.contract.proxy?.hosts ?? [])
			: promised.state === 'described'
				? promised.description.hosts
				: [];
	return [endpoint.name, endpoint.address?.host ?? '', ...named].filter(host => host !== '');
}

function hostsIn({tags}: Page): readonly string[] {
	const base = 'https://this-page.invalid/';
	return unique(tags().flatMap(addressesOf))
		.map(address => URL.parse(address.slice(0, 2048), base))
		.filter(url => url?.protocol === 'https:' || url?.protocol === 'http:')
		.map(url => url?.hostname ?? '')
		.filter(host => host !== 'this-page.invalid');
}

/** What a browser fetches for an element. */
function addressesOf({name, attributes}: Tag): readonly string[] {
	const isIdle = name === 'link' && !LINKS_THAT_FETCH.test(attributes.get('rel') ?? '');
	const keys = isIdle ? [] : (fetching[name] ?? []);
	return keys
		.flatMap(key => {
			const value = attributes.get(key) ?? '';
			return key === 'srcset' ? value.split(',', MAX_CANDIDATES) : [value];
		})
		.map(address => address.trim().split(/\s/, 1)[0] ?? '')
		.filter(address => address !== '');
}

function textsOf(value: unknown): readonly string[] {
	return Array.isArray(value) ? value.map(String) : [];
}

function lower(text: string): string {
	return text.toLowerCase();
}

function unique(texts: readonly string[]): readonly string[] {
	return [...new Set(texts)];
}
