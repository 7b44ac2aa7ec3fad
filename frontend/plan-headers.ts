import type {Project} from './project.ts';
import type {PlanHeader} from './proxies/plan.ts';

/** What every Content-Security-Policy of ours forbids; these three break next to nothing and no default replaces them. */
const CSP_FLOOR: readonly (readonly [string, string])[] = [
	['frame-ancestors', "'self'"],
	['base-uri', "'self'"],
	['object-src', "'none'"],
];
const DAY = 86_400;

/**
 * Response headers of a plan, chosen so that no application breaks on its first day behind the proxy: what could break one
 * is only filled in when the application says nothing itself. The README of this room says why each value is what it is.
 */
export function headersFor({csp, hstsSeconds = DAY}: Project['headers']): readonly PlanHeader[] {
	return [
		{name: 'Strict-Transport-Security', value: `max-age=${hstsSeconds}`, mode: 'if-absent'},
		{name: 'Content-Security-Policy', value: withFloor(csp), mode: 'if-absent'},
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
