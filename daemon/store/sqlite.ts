import {mkdir, open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {StoreError} from './error.ts';
import {PASS, SCHEMA_VERSION, schema} from './schema.ts';
import {storeErrorOf} from './sqlite-error.ts';
import {misshapeOf, sqliteReads} from './sqlite-read.ts';
import {lookThrough} from './sqlite-whole.ts';
import {sqliteAppend} from './sqlite-write.ts';
import type {Store} from './store.ts';

// Short, because node:sqlite waits on the event loop; who may wait longer (the log) asks again.
const BUSY_TIMEOUT_MS = 20;

/**
 * One SQLite file in WAL mode. Durability: with `synchronous=FULL` every COMMIT syncs the WAL before it returns, so an
 * acknowledged batch survives a power cut. No mmap: a file truncated under a mapping kills the process with SIGBUS, and
 * this store has to live through that and say so.
 *
 * The right to write is a lock on a second, empty file (`<path>.lock`): the kernel drops it with the process, and
 * readers of the main file never meet it.
 */
export async function openSqlite(path: string): Promise<Store> {
	await createPrivately(path);
	await createPrivately(`${path}.lock`);
	const db = new DatabaseSync(path, {timeout: BUSY_TIMEOUT_MS});
	const lockDb = new DatabaseSync(`${path}.lock`, {timeout: BUSY_TIMEOUT_MS});
	let hasLock = false;
	let damage: StoreError | undefined;

	const takeLock = (): boolean => {
		try {
			lockDb.exec('BEGIN EXCLUSIVE');
			return true;
		} catch (cause) {
			const error = storeErrorOf(cause, path);
			if (error.code === 'STORE_LOCKED') {
				return false;
			}

			throw error;
		}
	};
	const guard = async <T>(work: () => T): Promise<T> => {
		if (damage !== undefined) {
			throw damage;
		}

		try {
			return work();
		} catch (cause) {
			throw storeErrorOf(cause, path);
		}
	};

	try {
		hasLock = takeLock();
		setUp(db, hasLock);
	} catch (cause) {
		const error = storeErrorOf(cause, path);
		if (error.code !== 'STORE_CORRUPT') {
			db.close();
			lockDb.close();
			throw error;
		}

		// The daemon still starts and answers: what can't be read is said to be broken, with the reason.
		damage = error;
	}

	const append = sqliteAppend(db);
	const reads = sqliteReads(db, guard);
	return {
		...reads,
		lock: () =>
			guard(() => {
				hasLock ||= takeLock();
				return hasLock;
			}),
		append: batch =>
			guard(() => {
				if (!hasLock) {
					throw new StoreError('STORE_LOCKED', `${path}: another process writes it; only one daemon may`);
				}

				append(batch);
			}),
		remember: (name, value) =>
			guard(() => {
				if (hasLock) {
					db.prepare('INSERT INTO fact VALUES (?, ?) ON CONFLICT DO NOTHING').run(name, value);
				}

				const stored = db.prepare('SELECT value FROM fact WHERE name = ?').get(name)?.['value'];
				return typeof stored === 'string' ? stored : value;
			}),
		damage: async depth => {
			const found = damage?.message ?? (await guard(() => misshapeOf(db)));
			return found !== undefined || depth === 'shape' ? found : wholeness(path);
		},
		close: async () => {
			for (const each of [db, lockDb].filter(({isOpen}) => isOpen)) {
				each.close();
			}
		},
	};
}

async function wholeness(path: string): Promise<string | undefined> {
	try {
		return await lookThrough(path);
	} catch (cause) {
		throw storeErrorOf(cause, path);
	}
}

function setUp(db: DatabaseSync, mayWrite: boolean): void {
	// A hostile file's schema may hold expressions of its own: none of them may call functions with effects.
	db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
	db.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -8192');
	refuseNewer(db);
	const isEmpty = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] === 0;
	if (!mayWrite) {
		return;
	}

	db.exec('PRAGMA journal_mode = WAL');
	if (isEmpty) {
		const seed = `INSERT INTO word VALUES (${PASS}, 'pass')`;
		db.exec(`BEGIN IMMEDIATE; ${schema.join(';')}; ${seed}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
	}
}

/** A later version may keep what this one would not: nothing is written into its tables, and nothing is called damage. */
function refuseNewer(db: DatabaseSync): void {
	const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
	if (version > SCHEMA_VERSION) {
		throw new StoreError(
			'STORE_TOO_NEW',
			`The log was written by a newer version of Sallyport (schema ${version}, and this one knows ${SCHEMA_VERSION}); start that version again`,
		);
	}
}

// SQLite gives its side files the mode of the main one.
async function createPrivately(path: string): Promise<void> {
	try {
		await mkdir(dirname(path), {recursive: true, mode: 0o700});
		const file = await open(path, 'a', 0o600);
		await file.close();
	} catch (cause) {
		throw storeErrorOf(cause, path);
	}
}
