import {isIP} from 'node:net';
import type {ControlId} from '../../../policies/catalogue.ts';
import {valuesOf} from '../ask.ts';
import {ofPages, type Seat} from '../header/of-pages.ts';
import {shown} from '../header/values.ts';
import {type Cookie, readSetCookie} from './set-cookie.ts';

const CONTROL: ControlId = 'priv-cookie-attributes';
const DAY = 86_400;
/** RFC 6265bis §5.5: browsers keep nothing longer. */
const MAX_DAYS = 400;
const MAX_COOKIES = 50;

/** A name that stands for somebody who signed in; what keeps forgers out has to be read by script. */
const SESSION = /sess|sid$|^sid|auth|jwt|token|login|remember/i;
const ANTI_FORGERY = /csrf|xsrf/i;

export const privCookieAttributes = ofPages(
	({answer}, seat) => {
		const lines = valuesOf(answer, 'set-cookie').slice(0, MAX_COOKIES);
		const cookies = lines
			.map(line => readSetCookie(line, seat.subject.now))
			.filter(cookie => cookie !== undefined && !isTakenBack(cookie));
		return cookies.length === 0
			? undefined
			: cookies.flatMap(cookie =>
					cookie === undefined
						? []
						: flawsOf(cookie, seat).map(
								flaw => `sets the cookie ${shown(cookie.name, 64) || 'without a name'} ${flaw}`,
							),
				);
	},
	{
		passed: 'sets cookies with Secure, SameSite, HttpOnly where somebody signed in, and an end',
		none: 'sets no cookie on a first visit',
		also: 'redirect',
	},
);

/** Nothing is kept of it. */
function isTakenBack({lifetime}: Cookie): boolean {
	return lifetime !== undefined && lifetime <= 0;
}

function flawsOf(cookie: Cookie, {endpoint, subject}: Seat): readonly string[] {
	const params = subject.paramsOf(CONTROL);
	const days = typeof params['max'] === 'number' ? params['max'] : MAX_DAYS;
	const checks: readonly (readonly [isWrong: boolean, flaw: string])[] = [
		[!cookie.secure, 'without Secure, so that it travels in clear text too'],
		[cookie.sameSite === undefined, 'without SameSite; say Lax or Strict'],
		[
			cookie.sameSite === 'none' && !cookie.secure,
			'with SameSite=None and without Secure, which browsers refuse',
		],
		[
			isSession(cookie, params['session']) && !cookie.httpOnly,
			'without HttpOnly, so that any script can take it',
		],
		[(cookie.lifetime ?? 0) > days * DAY, `for more than ${days} days`],
		[breaksPrefix(cookie), 'whose name promises what its attributes do not keep, so browsers refuse it'],
		[isForeign(cookie, endpoint.name), 'for a domain that is not its own, so browsers refuse it'],
	];
	return checks.filter(([isWrong]) => isWrong).map(([, flaw]) => flaw);
}

function isSession({name}: Cookie, named: unknown): boolean {
	return Array.isArray(named) ? named.includes(name) : SESSION.test(name) && !ANTI_FORGERY.test(name);
}

/** RFC 6265bis §4.1.3, whatever the case of the letters. */
function breaksPrefix({name, secure, path, domain}: Cookie): boolean {
	const lower = name.toLowerCase();
	return (
		(lower.startsWith('__secure-') && !secure) ||
		(lower.startsWith('__host-') && (!secure || path !== '/' || domain !== undefined))
	);
}

function isForeign({domain}: Cookie, name: string): boolean {
	const host = name.toLowerCase();
	return (
		domain !== undefined && host !== '' && isIP(host) === 0 && host !== domain && !host.endsWith(`.${domain}`)
	);
}
