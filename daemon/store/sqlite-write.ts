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

function insertRow({entry, content, subject, result, wordOf}: ReturnType<typeof prepare>, row: NewRow): void {
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
	);
	content.run(row.position, row.body, row.promise, row.envelope);
	for (const digest of row.subjects) {
		subject.run(digest, row.position);
	}

	for (const check of row.checks) {
		result.run(wordOf(check.control), row.position, wordOf(check.result));
	}
}

function prepare(db: DatabaseSync) {
	const insertWord = db.prepare('INSERT INTO word(text) VALUES (?)');
	const selectWord = db.prepare('SELECT id FROM word WHERE text = ?');
	const known = new Map<string, number>();
	const fresh = new Map<string, number>();
	const wordOf = (text: string): number => {
		const cached = known.get(text) ?? fresh.get(text);
		if (cached !== undefined) {
			return cached;
		}

		const id = Number(selectWord.get(text)?.['id'] ?? insertWord.run(text).lastInsertRowid);
		fresh.set(text, id);
		return id;
	};
	return {
		begin: db.prepare('BEGIN IMMEDIATE'),
		commit: db.prepare('COMMIT'),
		rollback: db.prepare('ROLLBACK'),
		size: db.prepare('SELECT coalesce(max(position) + 1, 0) AS n FROM entry'),
		entry: db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
		content: db.prepare('INSERT INTO content VALUES (?, ?, ?, ?)'),
		subject: db.prepare('INSERT INTO subject VALUES (?, ?)'),
		result: db.prepare('INSERT INTO result VALUES (?, ?, ?)'),
		node: db.prepare('INSERT INTO node VALUES (?, ?, ?)'),
		checkpoint: db.prepare('INSERT INTO checkpoint VALUES (?, ?, ?, ?)'),
		wordOf,
		/** Words of a rolled-back batch are not in the store: their numbers must not be used again. */
		forgetNew: () => fresh.clear(),
		keepNew: () => {
			for (const [text, id] of fresh) {
				known.set(text, id);
			}

			fresh.clear();
		},
	};
}
