import {type Condition, containerIs, given, textOf, valuesOf} from './conditions.ts';
import type {Filter, Page} from './store.ts';

interface Query {
	readonly text: string;
	readonly values: readonly (string | number)[];
}

/** Newest or oldest first by position, so a page is a range of the log and never a sort of it. */
export function listQuery(log: number, {filter, size, order, after, limit}: Page, columns: string): Query {
	const {from, at, conditions} = narrowed(log, filter);
	const all: readonly Condition[] = [
		...conditions,
		[`${at} < ?`, size],
		...(after === undefined ? [] : [[`${at} ${order === 'newest' ? '<' : '>'} ?`, after] as const]),
	];
	const direction = order === 'newest' ? 'DESC' : 'ASC';
	return numbered(`SELECT ${columns} FROM ${from} WHERE ${textOf(all)} ORDER BY ${at} ${direction} LIMIT ?`, [
		...valuesOf(all),
		limit,
	]);
}

export function countQuery(log: number, filter: Filter, size: number): Query {
	const {from, at, conditions} = narrowed(log, filter);
	const all: readonly Condition[] = [...conditions, [`${at} < ?`, size]];
	return numbered(`SELECT count(*) AS n FROM ${from} WHERE ${textOf(all)}`, valuesOf(all));
}

const joined = 'sallyport.subject s JOIN sallyport.entry e ON e.log = s.log AND e.position = s.position';

function narrowed(
	log: number,
	filter: Filter,
): {readonly from: string; readonly at: string; readonly conditions: readonly Condition[]} {
	const bySubject = filter.image?.startsWith('sha256:') === true;
	const conditions = [
		[bySubject ? 's.log = ?' : 'e.log = ?', log] as const,
		...containerIs(filter.container),
		...(bySubject
			? given('s.digest = ?', filter.image?.slice('sha256:'.length))
			: given('e.image = ?', filter.image)),
		...controlIs(log, filter),
		...verdictIs(filter.verdict),
		...given('e.predicate = ?', filter.predicateType),
		...given('e.integrated >= ?', filter.since),
		...given('e.integrated < ?', filter.until),
	];
	return bySubject
		? {from: joined, at: 's.position', conditions}
		: {from: 'sallyport.entry e', at: 'e.position', conditions};
}

function controlIs(log: number, {control, result}: Filter): readonly Condition[] {
	if (control === undefined) {
		return [];
	}

	const judged = 'e.pattern IN (SELECT j.pattern FROM sallyport.judged j WHERE j.log = ? AND j.control = ?';
	return result === undefined
		? [[`${judged})`, log, control]]
		: [[`${judged} AND j.result = ?)`, log, control, result]];
}

function verdictIs(verdict: string | undefined): readonly Condition[] {
	const same = given('e.verdict = ?', verdict);
	// What did not pass is rare, and has an index of its own.
	return verdict === undefined || verdict === 'pass' ? same : [...same, ["e.verdict <> 'pass'"]];
}

function numbered(sql: string, values: readonly (string | number)[]): Query {
	let count = 0;
	return {
		text: sql.replaceAll('?', () => {
			count += 1;
			return `$${count}`;
		}),
		values,
	};
}
