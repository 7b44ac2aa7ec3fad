import {trimmed} from './values.ts';

const DAY_MS = 86_400_000;
const MAX_LINES = 1000;

/** Fields of a security.txt, in order; a signature around it is left out, and not checked. */
function fieldsOf(text: string): readonly (readonly [name: string, value: string])[] {
	const lines = text
		.replace(/^\u00ef\u00bb\u00bf/, '')
		.split('\n', MAX_LINES)
		.map(trimmed);
	const isSigned = lines[0] === '-----BEGIN PGP SIGNED MESSAGE-----';
	const start = isSigned ? lines.indexOf('') + 1 : 0;
	const end = isSigned ? lines.indexOf('-----BEGIN PGP SIGNATURE-----') : -1;
	return lines
		.slice(start, end === -1 ? lines.length : end)
		.map(line => (isSigned && line.startsWith('- ') ? line.slice(2) : line))
		.filter(line => line !== '' && !line.startsWith('#'))
		.map(line => {
			const colon = line.indexOf(':');
			return [line.slice(0, Math.max(0, colon)).toLowerCase(), trimmed(line.slice(colon + 1))] as const;
		});
}

/**
 * What RFC 9116 finds wrong with a file, in words that follow "security.txt".
 * @param own where it was fetched; undefined where the host's name is not known
 */
export function securityTxtFlaws(text: string, own: string | undefined, now: Date): readonly string[] {
	const fields = fieldsOf(text);
	const all = (wanted: string): readonly string[] =>
		fields.filter(([name]) => name === wanted).map(([, value]) => value);
	const contacts = all('contact');
	const canonical = all('canonical');
	return [
		...(contacts.length === 0 ? ['names no Contact'] : []),
		...(contacts.some(contact => !isContact(contact))
			? ['names a Contact that is no address; write mailto:, tel: or https:']
			: []),
		...expiryFlaws(all('expires'), now),
		...(all('preferred-languages').length > 1 ? ['names Preferred-Languages twice'] : []),
		...(own !== undefined && canonical.length > 0 && !canonical.includes(own)
			? [`says it belongs elsewhere; name ${own.slice(0, 128)} as Canonical`]
			: []),
	];
}

/** §2.5.3: an address with a scheme; on the web under TLS only. */
function isContact(value: string): boolean {
	const url = URL.parse(value.slice(0, 2048));
	return url !== null && url.protocol !== 'http:' && /^[a-z][a-z0-9+.-]*:./i.test(value);
}

/** §2.5.5: exactly once, not past, and better less than a year ahead. */
function expiryFlaws(values: readonly string[], now: Date): readonly string[] {
	const [value, ...more] = values;
	if (value === undefined || more.length > 0) {
		return [value === undefined ? 'says no Expires' : 'says Expires more than once'];
	}

	const time = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value)
		? Date.parse(value.replace(' ', 'T'))
		: Number.NaN;
	if (Number.isNaN(time)) {
		return ['says Expires in a form that is no RFC 3339 time'];
	}

	return time <= now.getTime()
		? ['has expired']
		: time > now.getTime() + 366 * DAY_MS
			? ['expires in more than a year, when nobody remembers it']
			: [];
}
