import {type Door, mappingAt, type Path, textAt} from '../project-door.ts';
import type {PlanPages} from '../proxies/plan.ts';
import {defined, entriesAt, FILE, required} from './values.ts';

/** Lines of printable ASCII, 8 KiB at most, and one line break at the end. */
const TEXT = /^(?:[\x20-\x7e\t]{0,1000}\n){0,200}[\x20-\x7e\t]{0,1000}$/;
/** What the proxy itself answers with. */
const STATUSES: ReadonlySet<number> = new Set([
	400, 401, 403, 404, 405, 408, 410, 413, 414, 421, 429, 431, 500, 502, 503, 504,
]);

export function pagesAt(door: Door, value: unknown): PlanPages {
	const path = ['pages'];
	const pages = mappingAt(door, path, value, ['robots', 'securityTxt', 'errors', 'maintenance']);
	return {
		errors: errorsAt(door, [...path, 'errors'], pages['errors']),
		...defined({
			robots: linesAt(door, [...path, 'robots'], pages['robots']),
			securityTxt: securityTxtAt(door, [...path, 'securityTxt'], pages['securityTxt']),
			maintenance: textAt(door, [...path, 'maintenance'], pages['maintenance'], {
				pattern: FILE,
				expected:
					'a file that is there while nothing else is to be answered, such as /run/maintenance/page.html',
			}),
		}),
	};
}

function linesAt(door: Door, path: Path, value: unknown): string | undefined {
	const expected = 'text of printable ASCII, at most 200 lines of at most 1000 characters';
	const text = textAt(door, path, value, {pattern: TEXT, expected});
	return text === undefined || text.endsWith('\n') ? text : `${text}\n`;
}

/** RFC 9116: without a way to report and a date until when it holds, it is no security.txt. */
function securityTxtAt(door: Door, path: Path, value: unknown): string | undefined {
	const text = linesAt(door, path, value);
	const lines = (text ?? '').split('\n');
	const contact = lines.find(line => /^contact: *(?:https:\/\/|mailto:|tel:)\S/i.test(line));
	const expires = lines.filter(line =>
		/^expires: *\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:[Zz]|[+-]\d\d:\d\d)$/i.test(line),
	);
	const missing =
		contact === undefined
			? 'a line "Contact: mailto:security@example.com" (or https:, or tel:)'
			: expires.length === 1
				? undefined
				: 'exactly one line "Expires: 2027-12-31T00:00:00Z"';
	return text === undefined || missing === undefined
		? text
		: door.refuse(path, `${path.join('.')} has ${missing}, by RFC 9116`);
}

function errorsAt(door: Door, path: Path, value: unknown): PlanPages['errors'] {
	const entries = entriesAt(door, path, value, {max: STATUSES.size, of: 'statuses with their pages'});
	return entries.map(([status, file]) => ({
		status: STATUSES.has(Number(status))
			? Number(status)
			: door.refuseKey(
					[...path, status],
					`${path.join('.')}: the proxy answers with no ${JSON.stringify(status.slice(0, 20))} of its own; it does with ${[...STATUSES].join(', ')}`,
				),
		file: required(door, [...path, status], file, textAt, {
			pattern: FILE,
			expected: 'a file of the image, such as /srv/errors/404.html',
		}),
	}));
}
