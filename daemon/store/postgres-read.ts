import {type Columns, checkpointOf, hashOf, rowOf, summaryOf} from './columns.ts';
import {countQuery, listQuery} from './postgres-list.ts';
import {MIX, MODULUS, type Store, type StoredCheckpoint, type Tallies} from './store.ts';

/** Asks the server. Rejects with a StoreError and nothing else. */
export type Ask = (text: string, values: readonly unknown[]) => Promise<readonly Columns[]>;

const narrow = `e.position, e.id, e.integrated, e.predicate, e.container, e.name, e.image, e.verdict, e.counts`;
const wide = `SELECT ${narrow}, c.body, c.promise, c.envelope FROM sallyport.entry e
	JOIN sallyport.content c ON c.log = e.log AND c.position = e.position WHERE e.log = $1`;

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

/** The reading half of the store, of one log. */
export function postgresReads(log: number, ask: Ask): Reads {
	return {
		head: () => headOf(log, ask),
		checkpointAt: async size => {
			const [row] = await ask(
				'SELECT size, root, note, seal FROM sallyport.checkpoint WHERE log = $1 AND size = $2',
				[log, size],
			);
			return row === undefined ? undefined : checkpointOf(row);
		},
		nodes: async wanted => {
			const levels = wanted.map(({level}) => level);
			const indexes = wanted.map(({index}) => index);
			const rows = await ask(
				`SELECT n.hash FROM unnest($2::smallint[], $3::bigint[]) WITH ORDINALITY AS w(level, idx, at)
				LEFT JOIN sallyport.node n ON n.log = $1 AND n.level = w.level AND n.idx = w.idx ORDER BY w.at`,
				[log, levels, indexes],
			);
			return wanted.map(({level, index}, at) => hashOf(rows[at], level, index));
		},
		nodesBetween: async (level, from, to) => {
			const rows = await ask(
				'SELECT idx, hash FROM sallyport.node WHERE log = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx',
				[log, level, from, to],
			);
			return rows.map(row => ({
				level,
				index: Number(row['idx']),
				hash: hashOf(row, level, Number(row['idx'])),
			}));
		},
		row: async position => {
			const [row] = await ask(`${wide} AND e.position = $2`, [log, position]);
			return row === undefined ? undefined : rowOf(row);
		},
		rowsFrom: async (position, limit) => {
			const rows = await ask(`${wide} AND e.position >= $2 ORDER BY e.position LIMIT $3`, [
				log,
				position,
				limit,
			]);
			return rows.map(rowOf);
		},
		positionOf: async id => {
			const [row] = await ask('SELECT position FROM sallyport.entry WHERE log = $1 AND id = $2', [log, id]);
			return row === undefined ? undefined : Number(row['position']);
		},
		list: async page => {
			const {text, values} = listQuery(log, page, narrow);
			return (await ask(text, values)).map(summaryOf);
		},
		count: async (filter, size) => {
			const {text, values} = countQuery(log, filter, size);
			return Number((await ask(text, values))[0]?.['n']);
		},
		tallies: size => talliesOf(log, size, ask),
	};
}

async function headOf(log: number, ask: Ask): Promise<{size: number; checkpoint?: StoredCheckpoint}> {
	// One question, so that both come from the same moment.
	const [row] = await ask(
		`SELECT (SELECT coalesce(max(position) + 1, 0) FROM sallyport.entry WHERE log = $1) AS entries, k.*
		FROM (SELECT 1) AS one LEFT JOIN LATERAL
		(SELECT size, root, note, seal FROM sallyport.checkpoint WHERE log = $1 ORDER BY size DESC LIMIT 1) AS k ON true`,
		[log],
	);
	const size = Number(row?.['entries'] ?? 0);
	return row === undefined || row['note'] === null ? {size} : {size, checkpoint: checkpointOf(row)};
}

async function talliesOf(log: number, size: number, ask: Ask): Promise<Tallies> {
	const sums = `concat_ws(' ', count(*), sum(position), sum((position * ${MIX}) % ${MODULUS})) AS sums`;
	const subjects = await ask(
		`SELECT 'subject ' || digest AS key, ${sums} FROM sallyport.subject WHERE log = $1 AND position < $2 GROUP BY digest`,
		[log, size],
	);
	const results = await ask(
		`SELECT 'check ' || j.control || ' ' || j.result AS key, ${sums} FROM sallyport.judged j
		JOIN sallyport.entry e ON e.log = j.log AND e.pattern = j.pattern
		WHERE j.log = $1 AND position < $2 GROUP BY j.control, j.result`,
		[log, size],
	);
	return new Map([...subjects, ...results].map(({key, sums: text}) => [String(key), String(text)]));
}
