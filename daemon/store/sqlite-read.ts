import type {DatabaseSync, StatementSync} from 'node:sqlite';
import {checkpointOf, hashOf, rowOf, summaryOf} from './columns.ts';
import {SCHEMA_VERSION, schema} from './schema.ts';
import {countQuery, listQuery} from './sqlite-list.ts';
import {MIX, MODULUS, type Store, type StoredCheckpoint, type Tallies} from './store.ts';

type Guard = <T>(work: () => T) => Promise<T>;

const narrow = `e.position, e.id, e.integrated, p.text AS predicate, e.container, e.name, e.image,
	v.text AS verdict, e.counts`;
const words = 'JOIN word p ON p.id = e.predicate LEFT JOIN word v ON v.id = e.verdict';
const wide = `SELECT ${narrow}, c.body, c.promise, c.envelope
	FROM entry e ${words} JOIN content c ON c.position = e.position`;

type Reads = Pick<
	Store,
	| 'head'
	| 'checkpointAt'
	| 'nodes'
	| 'nodesBetween'
	| 'row'
	| 'rowsFrom'
	| 'positionOf'
	| 'list'
	| 'count'
	| 'tallies'
>;

/** The reading half of the store. */
export function sqliteReads(db: DatabaseSync, guard: Guard): Reads {
	const statement = cacheOf(db);
	return {
		head: () => guard(() => headOf(statement)),
		checkpointAt: size =>
			guard(() => {
				const row = statement('SELECT size, root, note, seal FROM checkpoint WHERE size = ?').get(size);
				return row === undefined ? undefined : checkpointOf(row);
			}),
		nodes: wanted =>
			guard(() => {
				const select = statement('SELECT hash FROM node WHERE level = ? AND idx = ?');
				return wanted.map(({level, index}) => hashOf(select.get(level, index), level, index));
			}),
		nodesBetween: (level, from, to) =>
			guard(() =>
				statement('SELECT idx, hash FROM node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx')
					.all(level, from, to)
					.map(row => ({level, index: Number(row['idx']), hash: hashOf(row, level, Number(row['idx']))})),
			),
		row: position =>
			guard(() => {
				const row = statement(`${wide} WHERE e.position = ?`).get(position);
				return row === undefined ? undefined : rowOf(row);
			}),
		rowsFrom: (position, limit) =>
			guard(() =>
				statement(`${wide} WHERE e.position >= ? ORDER BY e.position LIMIT ?`)
					.all(position, limit)
					.map(rowOf),
			),
		positionOf: id =>
			guard(() => {
				const row = statement('SELECT position FROM entry WHERE id = ?').get(id);
				return row === undefined ? undefined : Number(row['position']);
			}),
		list: page =>
			guard(() => {
				const {sql, values} = listQuery(page, narrow, words);
				return statement(sql)
					.all(...values)
					.map(summaryOf);
			}),
		count: (filter, size) =>
			guard(() => {
				const {sql, values} = countQuery(filter, size);
				return Number(statement(sql).get(...values)?.['n']);
			}),
		tallies: size => guard(() => talliesOf(statement, size)),
	};
}

/** Looks at the file itself: are the tables, indexes and triggers ours? */
export function misshapeOf(db: DatabaseSync): string | undefined {
	const version = db.prepare('PRAGMA user_version').get()?.['user_version'];
	if (version !== SCHEMA_VERSION) {
		return `The database has schema version ${version}, and this program writes version ${SCHEMA_VERSION}`;
	}

	const present = new Set(
		db
			.prepare('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')
			.all()
			.map(({sql}) => sql),
	);
	return present.size === schema.length && schema.every(sql => present.has(sql))
		? undefined
		: 'The tables, indexes or triggers of the database were changed by hand';
}

type Statement = (sql: string) => StatementSync;

// Filters make a bounded number of different texts, so this holds a bounded number of statements.
function cacheOf(db: DatabaseSync): Statement {
	const cache = new Map<string, StatementSync>();
	return sql => {
		const statement = cache.get(sql) ?? db.prepare(sql);
		cache.set(sql, statement);
		return statement;
	};
}

function headOf(statement: Statement): {size: number; checkpoint?: StoredCheckpoint} {
	const size = Number(statement('SELECT coalesce(max(position) + 1, 0) AS n FROM entry').get()?.['n']);
	const row = statement('SELECT size, root, note, seal FROM checkpoint ORDER BY size DESC LIMIT 1').get();
	return row === undefined ? {size} : {size, checkpoint: checkpointOf(row)};
}

function talliesOf(statement: Statement, size: number): Tallies {
	const sums = `count(*) || ' ' || sum(position) || ' ' || sum((position * ${MIX}) % ${MODULUS}) AS sums`;
	const subjects = statement(
		`SELECT 'subject ' || digest AS key, ${sums} FROM subject WHERE position < ? GROUP BY digest`,
	);
	const results = statement(
		`SELECT 'check ' || c.text || ' ' || w.text AS key, ${sums} FROM judged j
			JOIN entry e ON e.pattern = j.pattern JOIN word c ON c.id = j.control JOIN word w ON w.id = j.result
			WHERE position < ? GROUP BY j.control, j.result`,
	);
	const rows = [...subjects.all(size), ...results.all(size)];
	return new Map(rows.map(({key, sums: text}) => [String(key), String(text)]));
}
