import type {StatedHeaders} from './project/headers.ts';
import type {PlanHeader} from './proxies/plan.ts';

/** What every Content-Security-Policy of ours forbids; these three break next to nothing and no default replaces them. */
const CSP_FLOOR: readonly (readonly [string, string])[] = [
	['frame-ancestors', "'self'"],
	['base-uri', "'self'"],
	['object-src', "'none'"],
];
const DAY = 86_400;
const CSP = 'Content-Security-Policy';

/**
 * Response headers of a plan, chosen so that no application breaks on its first day behind the proxy: what could break one
 * is only filled in when the application says nothing itself. The README of this room says why each value is what it is.
 */
export function headersFor(stated: StatedHeaders): readonly PlanHeader[] {
	const {csp, hsts, set, removed} = stated;
	const enforced = csp?.isReportOnly === true ? undefined : csp?.value;
	const own: readonly PlanHeader[] = [
		{name: 'Strict-Transport-Security', value: transportSecurity(hsts), mode: 'if-absent'},
		{name: CSP, value: withFloor(enforced), mode: 'if-absent'},
		{name: 'X-Content-Type-Options', value: 'nosniff', mode: 'override'},
		{name: 'X-Frame-Options', value: 'SAMEORIGIN', mode: 'if-absent'},
		{name: 'Referrer-Policy', value: 'strict-origin-when-cross-origin', mode: 'if-absent'},
		{
			name: 'Permissions-Policy',
			value: 'camera=(self), geolocation=(self), microphone=(self)',
			mode: 'if-absent',
		},
		{name: 'Cross-Origin-Opener-Policy', value: 'same-origin-allow-popups', mode: 'if-absent'},
		{name: 'Cross-Origin-Resource-Policy', value: 'same-site', mode: 'if-absent'},
		{name: 'X-Permitted-Cross-Domain-Policies', value: 'none', mode: 'override'},
	];
	const gone = new Set(removed.map(({name}) => name));
	const kept = own.filter(({name}) => !gone.has(name));
	return [...kept.map(header => restated(header, set)), ...reported(csp), ...added(set, kept)];
}

/** What a route says instead, of the headers that the plan says. */
export function routeHeadersFor(
	{csp, set}: Pick<StatedHeaders, 'csp' | 'set'>,
	plan: readonly PlanHeader[],
): readonly PlanHeader[] {
	const enforced: readonly PlanHeader[] =
		csp === undefined || csp.isReportOnly
			? []
			: [{name: CSP, value: withFloor(csp.value), mode: 'if-absent'}];
	return [...enforced, ...reported(csp), ...set.map(header => notWeaker(header, plan))];
}

/** The same header in the project's words, where it has any. */
function restated(header: PlanHeader, set: readonly PlanHeader[]): PlanHeader {
	const own = set.find(each => isNamed(each, header));
	return own === undefined ? header : notWeaker({...own, name: header.name}, [header]);
}

/** What replaces the application's own goes on doing so. */
function notWeaker(header: PlanHeader, before: readonly PlanHeader[]): PlanHeader {
	const is = before.find(each => isNamed(each, header));
	return is?.mode === 'override' && header.mode === 'if-absent' ? {...header, mode: 'override'} : header;
}

function added(set: readonly PlanHeader[], before: readonly PlanHeader[]): readonly PlanHeader[] {
	return set.filter(each => !before.some(header => isNamed(each, header)));
}

function isNamed({name}: PlanHeader, other: PlanHeader): boolean {
	return name.toLowerCase() === other.name.toLowerCase();
}

function reported(csp: StatedHeaders['csp']): readonly PlanHeader[] {
	return csp?.isReportOnly === true
		? [{name: `${CSP}-Report-Only`, value: csp.value.trim(), mode: 'if-absent'}]
		: [];
}

function transportSecurity(hsts: StatedHeaders['hsts']): string {
	const {seconds, subdomains, preload} = hsts ?? {seconds: DAY, subdomains: false, preload: false};
	return `max-age=${seconds}${subdomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
}

/** The project's policy, with the directives it leaves out: a repository adds to the floor and cannot dig below it. */
function withFloor(csp: string | undefined): string {
	const own = (csp ?? '')
		.split(';')
		.map(directive => directive.trim())
		.filter(directive => directive !== '');
	const named = new Set(own.map(directive => directive.split(' ')[0]?.toLowerCase()));
	const missing = CSP_FLOOR.filter(([name]) => !named.has(name)).map(([name, value]) => `${name} ${value}`);
	return [...own, ...missing].join('; ');
}
