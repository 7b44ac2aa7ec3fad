/**
 * Steps from nothing to the newest shape of the tables. They only go forward; one that was ever released is never edited.
 * Every key begins with the log, so that rows of one host lie together, and could be spread over many servers by it.
 */
export const migrations: readonly string[] = [
	`CREATE TABLE sallyport.log(
		id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		origin text COLLATE "C" NOT NULL UNIQUE);
	CREATE TABLE sallyport.fact(
		log integer NOT NULL, name text NOT NULL, value text NOT NULL, PRIMARY KEY(log, name));
	CREATE TABLE sallyport.entry(
		log integer NOT NULL, position bigint NOT NULL, id text COLLATE "C" NOT NULL, integrated bigint NOT NULL,
		predicate text NOT NULL, container text COLLATE "C", name text, image text, verdict text, counts text, pattern integer,
		CONSTRAINT entry_position PRIMARY KEY(log, position), CONSTRAINT entry_id UNIQUE(log, id));
	CREATE TABLE sallyport.content(
		log integer NOT NULL, position bigint NOT NULL, body bytea NOT NULL, promise bytea NOT NULL, envelope bytea NOT NULL,
		PRIMARY KEY(log, position));
	ALTER TABLE sallyport.content ALTER COLUMN envelope SET COMPRESSION lz4, ALTER COLUMN body SET COMPRESSION lz4;
	CREATE TABLE sallyport.subject(
		log integer NOT NULL, digest text COLLATE "C" NOT NULL, position bigint NOT NULL, PRIMARY KEY(log, digest, position));
	CREATE TABLE sallyport.pattern(
		log integer NOT NULL, id integer NOT NULL, checks text NOT NULL, PRIMARY KEY(log, id));
	CREATE TABLE sallyport.judged(
		log integer NOT NULL, control text NOT NULL, result text NOT NULL, pattern integer NOT NULL,
		PRIMARY KEY(log, control, result, pattern));
	CREATE TABLE sallyport.node(
		log integer NOT NULL, level smallint NOT NULL, idx bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY(log, level, idx));
	CREATE TABLE sallyport.checkpoint(
		log integer NOT NULL, size bigint NOT NULL, root bytea NOT NULL, note text NOT NULL, seal bytea NOT NULL,
		PRIMARY KEY(log, size));
	CREATE INDEX entry_container ON sallyport.entry(log, container, position) WHERE container IS NOT NULL;
	CREATE INDEX entry_name ON sallyport.entry(log, name, position) WHERE name IS NOT NULL;
	CREATE INDEX entry_image ON sallyport.entry(log, image, position) WHERE image IS NOT NULL;
	CREATE INDEX entry_predicate ON sallyport.entry(log, predicate, position);
	CREATE INDEX entry_verdict ON sallyport.entry(log, verdict, position) WHERE verdict <> 'pass';
	CREATE INDEX entry_pattern ON sallyport.entry(log, pattern, position) WHERE pattern IS NOT NULL;
	CREATE FUNCTION sallyport.append_only() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'append-only' USING ERRCODE = 'insufficient_privilege'; END $$;`,
];

/** Against mistakes and stray tools; who owns the tables may also drop a trigger. Then the self-check says what was changed. */
export const tables: readonly string[] = [
	'log',
	'fact',
	'entry',
	'content',
	'subject',
	'pattern',
	'judged',
	'node',
	'checkpoint',
];

const guards = tables.map(
	table => `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sallyport.${table}
		FOR EACH STATEMENT EXECUTE FUNCTION sallyport.append_only();`,
);

/** The steps that lie between two versions, as one script: it is run in one transaction, or not at all. */
export function scriptFrom(version: number): string {
	const steps = migrations.slice(version).map((sql, index) => {
		const number = version + index + 1;
		return `${sql} ${number === 1 ? guards.join('\n') : ''} INSERT INTO sallyport.migration VALUES (${number}, now());`;
	});
	return steps.join('\n');
}
