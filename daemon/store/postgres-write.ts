import type {Client} from 'pg';
import {StoreError} from './error.ts';
import type {Batch, NewRow} from './store.ts';

// One statement, one round trip, one transaction: either all of a batch is stored or nothing. Where the log does not end where the
// batch begins, nothing is inserted, and `fits` says so.
const columns = 'bigint text bigint text text text text text text integer'.split(' ');
const APPEND = `
WITH head AS (SELECT (SELECT coalesce(max(position) + 1, 0) FROM sallyport.entry WHERE log = $1) = $2::bigint AS fits),
entries AS (INSERT INTO sallyport.entry SELECT $1, u.* FROM ${unnest(3, columns)} AS u, head WHERE fits),
contents AS (INSERT INTO sallyport.content
	SELECT $1, u.* FROM unnest($3::bigint[], $13::bytea[], $14::bytea[], $15::bytea[]) AS u, head WHERE fits),
subjects AS (INSERT INTO sallyport.subject SELECT $1, u.* FROM unnest($16::text[], $17::bigint[]) AS u, head WHERE fits),
nodes AS (INSERT INTO sallyport.node
	SELECT $1, u.* FROM unnest($18::smallint[], $19::bigint[], $20::bytea[]) AS u, head WHERE fits),
patterns AS (INSERT INTO sallyport.pattern SELECT $1, u.* FROM unnest($21::integer[], $22::text[]) AS u, head WHERE fits),
judged AS (INSERT INTO sallyport.judged
	SELECT $1, u.* FROM unnest($23::text[], $24::text[], $25::integer[]) AS u, head WHERE fits),
checkpoints AS (INSERT INTO sallyport.checkpoint SELECT $1, $26::bigint, $27::bytea, $28::text, $29::bytea FROM head WHERE fits)
SELECT fits FROM head`;

function unnest(from: number, types: readonly string[]): string {
	return `unnest(${types.map((type, at) => `$${from + at}::${type}[]`).join(', ')})`;
}

/** Appends batches over one connection, which holds the right to write this log. */
export interface Appender {
	/** @throws {StoreError} STORE_CONFLICT, and whatever the connection throws */
	append(batch: Batch): Promise<void>;
}

/** Reads which patterns of results there are already: they are numbered once, by the only writer. */
export async function appenderOf(client: Client, log: number): Promise<Appender> {
	const {rows} = await client.query<{id: number; checks: string}>(
		'SELECT id, checks FROM sallyport.pattern WHERE log = $1',
		[log],
	);
	const known = new Map(rows.map(({id, checks}) => [checks, id]));
	return {
		append: async batch => {
			const fresh = new Map<string, {readonly id: number; readonly checks: NewRow['checks']}>();
			const patternOf = ({checks}: NewRow): number | null => {
				if (checks.length === 0) {
					return null;
				}

				const text = checks.map(({control, result}) => `${control} ${result}`).join('\n');
				const id = known.get(text) ?? fresh.get(text)?.id;
				if (id !== undefined) {
					return id;
				}

				const next = known.size + fresh.size + 1;
				fresh.set(text, {id: next, checks});
				return next;
			};
			const patterns = batch.rows.map(patternOf);
			const {rows: answer} = await client.query<{fits: boolean}>({
				name: 'append',
				text: APPEND,
				values: valuesOf(log, batch, patterns, fresh),
			});
			if (answer[0]?.fits !== true) {
				throw new StoreError(
					'STORE_CONFLICT',
					`The store does not end at position ${batch.first}: another process has changed it`,
				);
			}

			for (const [text, {id}] of fresh) {
				known.set(text, id);
			}
		},
	};
}

function valuesOf(
	log: number,
	{first, rows, nodes, checkpoint}: Batch,
	patterns: readonly (number | null)[],
	fresh: ReadonlyMap<string, {readonly id: number; readonly checks: NewRow['checks']}>,
): unknown[] {
	const all = <K extends keyof NewRow>(key: K): unknown[] => rows.map(row => row[key] ?? null);
	const subjects = rows.flatMap(({subjects, position}) => subjects.map(digest => ({digest, position})));
	const judged = [...fresh.values()].flatMap(({id, checks}) =>
		distinct(checks).map(check => ({id, ...check})),
	);
	return [
		log,
		first,
		all('position'),
		all('id'),
		all('integratedTime'),
		all('predicateType'),
		all('container'),
		all('name'),
		all('image'),
		all('verdict'),
		all('counts'),
		patterns,
		rows.map(({body}) => Buffer.from(body)),
		rows.map(({promise}) => Buffer.from(promise)),
		rows.map(({envelope}) => Buffer.from(envelope)),
		subjects.map(({digest}) => digest),
		subjects.map(({position}) => position),
		nodes.map(({level}) => level),
		nodes.map(({index}) => index),
		nodes.map(({hash}) => Buffer.from(hash)),
		[...fresh.values()].map(({id}) => id),
		[...fresh.keys()],
		judged.map(({control}) => control),
		judged.map(({result}) => result),
		judged.map(({id}) => id),
		checkpoint.size,
		Buffer.from(checkpoint.rootHash),
		checkpoint.note,
		Buffer.from(checkpoint.seal),
	];
}

function distinct(checks: NewRow['checks']): NewRow['checks'] {
	return [...new Map(checks.map(check => [`${check.control} ${check.result}`, check])).values()];
}
