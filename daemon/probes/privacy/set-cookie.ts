import {trimmed} from '../header/values.ts';

/** A Set-Cookie line as browsers read it (RFC 6265bis §5.6). Its value is not kept. */
export interface Cookie {
	readonly name: string;
	readonly secure: boolean;
	readonly httpOnly: boolean;
	/** Undefined where it is missing or says a word that nobody knows. */
	readonly sameSite: 'strict' | 'lax' | 'none' | undefined;
	readonly path: string | undefined;
	/** Without a leading dot, in lower case. */
	readonly domain: string | undefined;
	/** How long it stays, in seconds; undefined ends with the browser, zero or less takes it back. */
	readonly lifetime: number | undefined;
}

const sameSites: ReadonlySet<string> = new Set(['strict', 'lax', 'none']);

/** @returns undefined for a line that sets nothing */
export function readSetCookie(line: string, now: Date): Cookie | undefined {
	const [pair = '', ...rest] = line.split(';');
	const equals = pair.indexOf('=');
	const name = equals === -1 ? '' : trimmed(pair.slice(0, equals));
	if (name === '' && trimmed(pair.slice(equals + 1)) === '') {
		return undefined;
	}

	const attributes = attributesOf(rest, now);
	const sameSite = attributes.get('samesite')?.toLowerCase() ?? '';
	const domain = attributes.get('domain')?.toLowerCase().replace(/^\./, '');
	return {
		name,
		secure: attributes.has('secure'),
		httpOnly: attributes.has('httponly'),
		sameSite: sameSites.has(sameSite) ? (sameSite as Cookie['sameSite']) : undefined,
		path: attributes.get('path'),
		domain: domain === '' ? undefined : domain,
		lifetime:
			lifetimeOf('max-age', attributes.get('max-age'), now) ??
			lifetimeOf('expires', attributes.get('expires'), now),
	};
}

/** Of an attribute that comes twice the last counts, but for times that cannot be read. */
function attributesOf(parts: readonly string[], now: Date): ReadonlyMap<string, string> {
	const attributes = new Map<string, string>();
	for (const part of parts) {
		const at = part.indexOf('=');
		const key = trimmed(at === -1 ? part : part.slice(0, at)).toLowerCase();
		const value = at === -1 ? '' : trimmed(part.slice(at + 1));
		const isRead = !isLifetime(key) || lifetimeOf(key, value, now) !== undefined;
		if (isRead && value.length <= 1024) {
			attributes.set(key, value);
		}
	}

	return attributes;
}

function isLifetime(key: string): boolean {
	return key === 'max-age' || key === 'expires';
}

/** Max-Age counts before Expires, wherever it stands; what cannot be read is as if it were not there. */
function lifetimeOf(key: string, value: string | undefined, now: Date): number | undefined {
	if (value === undefined) {
		return undefined;
	}

	if (key === 'max-age') {
		return /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
	}

	// Browsers read many shapes of dates; Date.parse knows those that are sent.
	const time = Date.parse(value.slice(0, 64).replaceAll('-', ' '));
	return Number.isNaN(time) ? undefined : Math.round((time - now.getTime()) / 1000);
}
