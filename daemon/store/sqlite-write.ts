import type {DatabaseSync} from 'node:sqlite';
import {StoreError} from './error.ts';
import type {Batch, NewRow} from './store.ts';

/** Prepares the append of batches, each in one transaction. Statements are prepared at the first use: a damaged file has no tables. */
export function sqliteAppend(db: DatabaseSync): (batch: Batch) => void {
	let inserts: ReturnType<typeof prepare> | undefined;
	return batch => {
		inserts ??= prepare(db);
		const {size, begin, commit, rollback} = inserts;
		begin.run();
		try {
			if (size.get()?.['n'] !== batch.first) {
				throw new StoreError(
					'STORE_CONFLICT',
					`The store does not end at position ${batch.first}: another process has changed it`,
				);
			}

			insertBatch(inserts, batch);
			commit.run();
		} catch (error) {
			inserts.forgetNew();
			if (db.isTransaction) {
				rollback.run();
			}

			throw error;
		}

		inserts.keepNew();
	};
}

function insertBatch(inserts: ReturnType<typeof prepare>, {rows, nodes, checkpoint}: Batch): void {
	for (const row of rows) {
		insertRow(inserts, row);
	}

	for (const {level, index, hash} of nodes) {
		inserts.node.run(level, index, hash);
	}

	inserts.checkpoint.run(checkpoint.size, checkpoint.rootHash, checkpoint.note, checkpoint.seal);
}

function insertRow(
	{entry, content, subject, wordOf, patternOf}: ReturnType<typeof prepare>,
	row: NewRow,
): void {
	entry.run(
		row.position,
		row.id,
		row.integratedTime,
		wordOf(row.predicateType),
		row.container ?? null,
		row.name ?? null,
		row.image ?? null,
		row.verdict === undefined ? null : wordOf(row.verdict),
		row.counts ?? null,
		row.checks.length === 0 ? null : patternOf(row.checks),
	);
	content.run(row.position, row.body, row.promise, row.envelope);
	for (const digest of row.subjects) {
		subject.run(digest, row.position);
	}
}

// Distinct texts that are kept in memory; a store with more of them asks its own index again.
const MAX_KNOWN = 10_000;

/** Numbers for texts, given once and for ever. Those of a rolled-back batch are not in the store, and are forgotten. */
function numbers(db: DatabaseSync, table: 'word' | 'pattern', column: 'text' | 'checks') {
	const insert = db.prepare(`INSERT INTO ${table}(${column}) VALUES (?)`);
	const select = db.prepare(`SELECT id FROM ${table} WHERE ${column} = ?`);
	const known = new Map<string, number>();
	const fresh = new Map<string, number>();
	return {
		numberOf: (text: string, onInsert?: (id: number) => void): number => {
			const cached = known.get(text) ?? fresh.get(text);
			if (cached !== undefined) {
				return cached;
			}

			const stored = select.get(text)?.['id'];
			const id = Number(stored ?? insert.run(text).lastInsertRowid);
			fresh.set(text, id);
			if (stored === undefined) {
				onInsert?.(id);
			}

			return id;
		},
		forgetNew: () => fresh.clear(),
		keepNew: () => {
			if (known.size > MAX_KNOWN) {
				known.clear();
			}

			for (const [text, id] of fresh) {
				known.set(text, id);
			}

			fresh.clear();
		},
	};
}

function prepare(db: DatabaseSync) {
	const words = numbers(db, 'word', 'text');
	const patterns = numbers(db, 'pattern', 'checks');
	const judged = db.prepare('INSERT INTO judged VALUES (?, ?, ?)');
	const wordOf = (text: string): number => words.numberOf(text);
	return {
		begin: db.prepare('BEGIN IMMEDIATE'),
		commit: db.prepare('COMMIT'),
		rollback: db.prepare('ROLLBACK'),
		size: db.prepare('SELECT coalesce(max(position) + 1, 0) AS n FROM entry'),
		entry: db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
		content: db.prepare('INSERT INTO content VALUES (?, ?, ?, ?)'),
		subject: db.prepare('INSERT INTO subject VALUES (?, ?)'),
		node: db.prepare('INSERT INTO node VALUES (?, ?, ?)'),
		checkpoint: db.prepare('INSERT INTO checkpoint VALUES (?, ?, ?, ?)'),
		wordOf,
		patternOf: (checks: NewRow['checks']): number => {
			const text = checks.map(({control, result}) => `${control} ${result}`).join('\n');
			return patterns.numberOf(text, id => {
				for (const {control, result} of checks) {
					judged.run(wordOf(control), wordOf(result), id);
				}
			});
		},
		forgetNew: () => {
			words.forgetNew();
			patterns.forgetNew();
		},
		keepNew: () => {
			words.keepNew();
			patterns.keepNew();
		},
	};
}
