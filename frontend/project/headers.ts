import {type Door, integerAt, listAt, type Mapping, mappingAt, type Path, textAt} from '../project-door.ts';
import type {PlanHeader} from '../proxies/plan.ts';
import {booleanAt, entriesAt, isMapping, required, TOKEN} from './values.ts';

export interface StatedHeaders {
	/** A policy that is only reported keeps the proxy's own beside it, which is enforced. */
	readonly csp: {readonly value: string; readonly isReportOnly: boolean} | undefined;
	readonly hsts:
		| {readonly seconds: number; readonly subdomains: boolean; readonly preload: boolean}
		| undefined;
	readonly set: readonly PlanHeader[];
	/** Of the proxy's own, what is not wanted. */
	readonly removed: readonly {readonly name: string; readonly line: number}[];
}

/** Both ends of what a header may hold, and no line break: that would be a header of its own. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,2046}[\x21-\x7e])?$/;
const CSP = /^[\x20-\x7e]{1,2048}$/;
const MODES = ['override', 'if-absent', 'append'] as const;
const MAX_HEADERS = 32;

export function headersAt(door: Door, value: unknown): StatedHeaders {
	const path = ['headers'];
	const headers = mappingAt(door, path, value, ['csp', 'hsts', ...MODES, 'remove']);
	const set = settingsOf(door, path, headers);
	return {
		csp: cspAt(door, ['headers', 'csp'], headers['csp']),
		hsts: hstsAt(door, ['headers', 'hsts'], headers['hsts']),
		set,
		removed: removedOf(door, ['headers', 'remove'], headers['remove'], set),
	};
}

/** What a route says instead of the plan. HSTS is of a host and not of a path, so no route has its own. */
export function routeHeadersAt(door: Door, path: Path, value: unknown): Pick<StatedHeaders, 'csp' | 'set'> {
	const headers = mappingAt(door, path, value, ['csp', ...MODES]);
	return {csp: cspAt(door, [...path, 'csp'], headers['csp']), set: settingsOf(door, path, headers)};
}

const CSP_WORDS = 'a Content-Security-Policy in printable ASCII, at most 2048 characters long';

function cspAt(door: Door, path: Path, value: unknown): StatedHeaders['csp'] {
	if (value === undefined) {
		return undefined;
	}

	const isWhole = isMapping(value);
	const csp: Mapping = isWhole ? mappingAt(door, path, value, ['value', 'reportOnly']) : {value};
	const at = isWhole ? [...path, 'value'] : path;
	return {
		value: required(door, at, csp['value'], textAt, {pattern: CSP, expected: CSP_WORDS}),
		isReportOnly: booleanAt(door, [...path, 'reportOnly'], csp['reportOnly']) ?? false,
	};
}

// A day at least: less is no protection. Two years at most: the preload lists ask for no more.
const HSTS = {min: 86_400, max: 63_072_000} as const;
const YEAR = 31_536_000;

function hstsAt(door: Door, path: Path, value: unknown): StatedHeaders['hsts'] {
	if (value === undefined) {
		return undefined;
	}

	const isWhole = isMapping(value);
	const hsts: Mapping = isWhole
		? mappingAt(door, path, value, ['seconds', 'subdomains', 'preload'])
		: {seconds: value};
	const seconds = integerAt(door, isWhole ? [...path, 'seconds'] : path, hsts['seconds'], HSTS) ?? HSTS.min;
	const subdomains = booleanAt(door, [...path, 'subdomains'], hsts['subdomains']) ?? false;
	const preload = booleanAt(door, [...path, 'preload'], hsts['preload']) ?? false;
	return preload && (!subdomains || seconds < YEAR)
		? door.refuse(
				path,
				`${path.join('.')}: browsers preload only what holds for a year and for subdomains: write "seconds: ${YEAR}, subdomains: true"`,
			)
		: {seconds, subdomains, preload};
}

/** What the proxy works out for each answer by itself, or what would change where a message ends. */
const OWN: ReadonlySet<string> = new Set([
	'age',
	'alt-svc',
	'cache-status',
	'connection',
	'content-encoding',
	'content-length',
	'content-range',
	'content-type',
	'date',
	'etag',
	'keep-alive',
	'last-modified',
	'location',
	'proxy-authenticate',
	'proxy-connection',
	'retry-after',
	'server',
	'set-cookie',
	'te',
	'trailer',
	'transfer-encoding',
	'upgrade',
	'www-authenticate',
	'x-request-id',
]);
/** These have keys of their own, which keep them from being said in two ways. */
const KEYED: ReadonlyMap<string, string> = new Map([
	['content-security-policy', 'csp'],
	['content-security-policy-report-only', 'csp: {value: …, reportOnly: true}'],
	['strict-transport-security', 'hsts'],
]);
const HEADER = /^[A-Za-z](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?$/;

function settingsOf(door: Door, path: Path, headers: Mapping): readonly PlanHeader[] {
	const seen = new Map<string, string>();
	return MODES.flatMap(mode => {
		const at = [...path, mode];
		const entries = entriesAt(door, at, headers[mode], {max: MAX_HEADERS, of: 'headers with their values'});
		return entries.map(([name, value]): PlanHeader => {
			const problem = nameProblem(name, mode) ?? seen.get(name.toLowerCase());
			if (problem !== undefined) {
				door.refuseKey([...at, name], `${at.join('.')}: ${problem}`);
			}

			seen.set(name.toLowerCase(), `${name} is already said under "${mode}:"`);
			const expected =
				"a header's value: printable ASCII on one line, at most 2048 characters, without spaces at its ends";
			return {name, value: required(door, [...at, name], value, textAt, {pattern: VALUE, expected}), mode};
		});
	});
}

/** Of these there is one, or browsers take the last or none. */
const SINGLE: ReadonlySet<string> = new Set([
	'x-content-type-options',
	'x-frame-options',
	'referrer-policy',
	'permissions-policy',
	'cross-origin-opener-policy',
	'cross-origin-resource-policy',
	'x-permitted-cross-domain-policies',
]);

function nameProblem(name: string, mode: PlanHeader['mode']): string | undefined {
	if (mode === 'append' && SINGLE.has(name.toLowerCase())) {
		return `${name} is said once; write it under "override:" or "if-absent:"`;
	}

	const key = KEYED.get(name.toLowerCase());
	if (!(HEADER.test(name) && TOKEN.test(name))) {
		return `${JSON.stringify(name.slice(0, 60))} is no name of a header: letters, digits and - are, and a letter comes first`;
	}

	return OWN.has(name.toLowerCase())
		? `${name} is the proxy's or the application's to say for each answer`
		: key === undefined
			? undefined
			: `${name} has a key of its own: write "${key}"`;
}

/** What the proxy says of its own accord and may leave unsaid; the others protect everybody, so no repository takes them away. */
export const REMOVABLE = [
	'Permissions-Policy',
	'Cross-Origin-Opener-Policy',
	'Cross-Origin-Resource-Policy',
	'X-Permitted-Cross-Domain-Policies',
] as const;

function removedOf(
	door: Door,
	path: Path,
	value: unknown,
	set: readonly PlanHeader[],
): StatedHeaders['removed'] {
	return listAt(door, path, value, MAX_HEADERS).map((each, index) => {
		const at = [...path, index];
		const text = String(each);
		const name = REMOVABLE.find(known => known.toLowerCase() === text.toLowerCase());
		if (name === undefined) {
			return door.refuse(
				at,
				`${at.join('.')}: a repository may leave out ${REMOVABLE.join(', ')} and no other header`,
			);
		}

		return set.some(header => header.name.toLowerCase() === name.toLowerCase())
			? door.refuse(at, `${at.join('.')}: ${name} is said in this file and taken away in it`)
			: {name, line: door.lineOf(at)};
	});
}
