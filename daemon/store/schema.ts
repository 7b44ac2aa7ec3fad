/** Written into the file's header (`user_version`); a later shape of the tables takes the next number. */
export const SCHEMA_VERSION = 1;

// `pass` is the first word of every store, so that a partial index can leave it out: what is asked for is what failed.
export const PASS = 1;

// How the controls of an entry ended is mostly how they ended the time before: each such pattern is stored once, and an
// entry names its pattern. A row per control and entry would be most of what a commit writes.
const tables: Readonly<Record<string, string>> = {
	fact: `CREATE TABLE fact(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID`,
	word: `CREATE TABLE word(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT`,
	entry: `CREATE TABLE entry(position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, integrated INTEGER NOT NULL,
		predicate INTEGER NOT NULL, container TEXT, name TEXT, image TEXT, verdict INTEGER, counts TEXT,
		pattern INTEGER) STRICT`,
	content: `CREATE TABLE content(position INTEGER PRIMARY KEY, body BLOB NOT NULL, promise BLOB NOT NULL,
		envelope BLOB NOT NULL) STRICT`,
	subject: `CREATE TABLE subject(digest TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY(digest, position))
		STRICT, WITHOUT ROWID`,
	pattern: `CREATE TABLE pattern(id INTEGER PRIMARY KEY, checks TEXT NOT NULL UNIQUE) STRICT`,
	judged: `CREATE TABLE judged(control INTEGER NOT NULL, result INTEGER NOT NULL, pattern INTEGER NOT NULL,
		PRIMARY KEY(control, result, pattern)) STRICT, WITHOUT ROWID`,
	node: `CREATE TABLE node(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx))
		STRICT, WITHOUT ROWID`,
	checkpoint: `CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, root BLOB NOT NULL, note TEXT NOT NULL,
		seal BLOB NOT NULL) STRICT`,
};

const indexes: readonly string[] = [
	'CREATE INDEX entry_container ON entry(container) WHERE container IS NOT NULL',
	'CREATE INDEX entry_name ON entry(name) WHERE name IS NOT NULL',
	'CREATE INDEX entry_image ON entry(image) WHERE image IS NOT NULL',
	'CREATE INDEX entry_predicate ON entry(predicate)',
	`CREATE INDEX entry_verdict ON entry(verdict) WHERE verdict <> ${PASS}`,
	'CREATE INDEX entry_pattern ON entry(pattern) WHERE pattern IS NOT NULL',
];

// Against mistakes and stray tools; who may write the file may also drop a trigger, and then `damage` says so.
const triggers: readonly string[] = Object.keys(tables).flatMap(table => [
	`CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
	`CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
]);

// REPLACE deletes without asking the delete triggers, so a position that is not the next one is refused as well.
const order: readonly string[] = ['entry', 'content'].map(
	table => `CREATE TRIGGER ${table}_in_order BEFORE INSERT ON ${table}
		WHEN NEW.position <> (SELECT coalesce(max(position) + 1, 0) FROM ${table})
		BEGIN SELECT RAISE(ABORT, 'append-only'); END`,
);

/** Every object of the schema, in the order of creation. SQLite keeps the text of each, so it can be compared. */
export const schema: readonly string[] = [...Object.values(tables), ...indexes, ...triggers, ...order];
