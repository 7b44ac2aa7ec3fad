import {type Condition, containerIs, given, textOf, valuesOf} from './conditions.ts';
import {PASS} from './schema.ts';
import type {Filter, Page} from './store.ts';

interface Query {
	readonly sql: string;
	readonly values: readonly (string | number)[];
}

/** Newest or oldest first by position, so a page is a range of the log and never a sort of it. */
export function listQuery({filter, size, order, after, limit}: Page, columns: string, joins: string): Query {
	const {from, conditions} = narrowed(filter);
	const at = `${from.driver}.position`;
	const all: readonly Condition[] = [
		...conditions,
		[`${at} < ?`, size],
		...(after === undefined ? [] : [[`${at} ${order === 'newest' ? '<' : '>'} ?`, after] as const]),
	];
	const direction = order === 'newest' ? 'DESC' : 'ASC';
	return {
		sql: `SELECT ${columns} FROM ${from.tables} ${joins} WHERE ${textOf(all)} ORDER BY ${at} ${direction} LIMIT ?`,
		values: [...valuesOf(all), limit],
	};
}

export function countQuery(filter: Filter, size: number): Query {
	const {from, conditions} = narrowed(filter);
	const all: readonly Condition[] = [...conditions, [`${from.driver}.position < ?`, size]];
	return {sql: `SELECT count(*) AS n FROM ${from.tables} WHERE ${textOf(all)}`, values: valuesOf(all)};
}

interface From {
	/** Alias of the table that is walked, in whose order the rows come. */
	readonly driver: string;
	readonly tables: string;
}

// CROSS JOIN keeps SQLite from walking the other table: the narrow index comes first.
const walks = {
	entry: {driver: 'e', tables: 'entry e'},
	subject: {driver: 's', tables: 'subject s CROSS JOIN entry e ON e.position = s.position'},
} as const satisfies Record<string, From>;

function narrowed(filter: Filter): {readonly from: From; readonly conditions: readonly Condition[]} {
	const bySubject = filter.image?.startsWith('sha256:') === true;
	const from = bySubject ? walks.subject : walks.entry;
	const conditions = [
		...containerIs(filter.container),
		...imageIs(filter.image),
		...controlIs(filter),
		...verdictIs(filter.verdict),
		...given('e.predicate = (SELECT id FROM word WHERE text = ?)', filter.predicateType),
		// The plus keeps the index out of it: its order is not the position's, and would have to be sorted.
		...given('+e.integrated >= ?', filter.since),
		...given('+e.integrated < ?', filter.until),
	];
	return {from, conditions};
}

function imageIs(image: string | undefined): readonly Condition[] {
	return image?.startsWith('sha256:') === true
		? [['s.digest = ?', image.slice('sha256:'.length)]]
		: given('e.image = ?', image);
}

// What passed is nearly everything, and is found by walking the log; what did not is rare, and is found by its index.
function controlIs({control, result}: Filter): readonly Condition[] {
	if (control === undefined) {
		return [];
	}

	const judged = 'SELECT pattern FROM judged WHERE control = (SELECT id FROM word WHERE text = ?)';
	if (result === undefined) {
		return [[`+e.pattern IN (${judged})`, control]];
	}

	const column = result === 'pass' ? '+e.pattern' : 'e.pattern';
	return [[`${column} IN (${judged} AND result = (SELECT id FROM word WHERE text = ?))`, control, result]];
}

function verdictIs(verdict: string | undefined): readonly Condition[] {
	const same = given('e.verdict = (SELECT id FROM word WHERE text = ?)', verdict);
	return verdict === undefined || verdict === 'pass' ? same : [...same, [`e.verdict <> ${PASS}`]];
}
