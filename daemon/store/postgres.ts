import {Client, type ClientConfig, Pool} from 'pg';
import {StoreError} from './error.ts';
import {isConnectionLost, postgresError} from './postgres-error.ts';
import {type Ask, postgresReads} from './postgres-read.ts';
import {migrations, scriptFrom, tables} from './postgres-schema.ts';
import {type Appender, appenderOf} from './postgres-write.ts';
import type {Batch, Store} from './store.ts';

const CONNECT_MS = 5000;
/** Nothing that a log asks takes longer on a server that is well. */
const ANSWER_MS = 30_000;
/** Readers beside the one connection that writes. */
const READERS = 4;

/**
 * One log of many in a PostgreSQL database (15 or later): one log for each origin, one writer for each log. The right to write is
 * an advisory lock of the writing connection, so the server takes it back with the connection, and another daemon may go on.
 * Durability: with `synchronous_commit` on, the server answers when the batch is on its disk (and on its synchronous standby's).
 *
 * A connection that is lost while a batch is under way leaves open whether it was stored. The batch is then refused as STORE_LOCKED;
 * the same batch again takes the right anew, and is found stored, stored now, or in conflict with what somebody else wrote.
 * @throws {StoreError} STORE_BAD_URL, STORE_TOO_NEW, STORE_FAILED
 */
export async function openPostgres(url: string, origin: string): Promise<Store> {
	const {config, place} = settingsOf(url);
	const pool = new Pool({...config, max: READERS});
	// An idle connection that breaks is no news: the next question opens another.
	pool.on('error', () => undefined);
	const ask: Ask = async (text, values) => {
		try {
			return (await pool.query<Record<string, unknown>>(text, [...values])).rows;
		} catch (cause) {
			throw postgresError(cause, place);
		}
	};
	let log: number;
	try {
		await migrate(config, place, ask);
		log = await logOf(origin, ask);
	} catch (error) {
		await pool.end();
		throw error;
	}

	const writer = writerOf(config, place, origin, log);
	const reads = postgresReads(log, ask);
	return {
		...reads,
		lock: writer.lock,
		append: batch => writer.append(batch, async () => (await reads.head()).checkpoint?.note),
		remember: async (name, value) => {
			if (writer.mayWrite()) {
				await ask('INSERT INTO sallyport.fact VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
					log,
					name,
					value,
				]);
			}

			const [row] = await ask('SELECT value FROM sallyport.fact WHERE log = $1 AND name = $2', [log, name]);
			return typeof row?.['value'] === 'string' ? row['value'] : value;
		},
		damage: () => damageOf(ask),
		close: async () => {
			await writer.close();
			if (!pool.ending) {
				await pool.end();
			}
		},
	};
}

interface Writer {
	readonly lock: () => Promise<boolean>;
	/** @param newestNote of the checkpoint that was stored last */
	readonly append: (batch: Batch, newestNote: () => Promise<string | undefined>) => Promise<void>;
	readonly mayWrite: () => boolean;
	readonly close: () => Promise<void>;
}

function writerOf(config: ClientConfig, place: string, origin: string, log: number): Writer {
	let held: {readonly client: Client; readonly appender: Appender} | undefined;
	let hadLock = false;
	/** Of the batch of which nobody knows whether it was stored. */
	let unsure: string | undefined;

	const drop = (client: Client): void => {
		if (held?.client === client) {
			held = undefined;
		}

		client.end().catch(() => undefined);
	};
	const take = async (): Promise<boolean> => {
		const client = new Client(config);
		client.on('error', () => drop(client));
		client.on('end', () => drop(client));
		try {
			await client.connect();
			await client.query('SET synchronous_commit = on');
			const {rows} = await client.query<{taken: boolean}>(
				'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
				[`sallyport log ${origin}`],
			);
			if (rows[0]?.taken !== true) {
				drop(client);
				return false;
			}

			held = {client, appender: await appenderOf(client, log)};
			hadLock = true;
			return true;
		} catch (cause) {
			drop(client);
			throw postgresError(cause, place);
		}
	};
	const refuse = (cause: unknown, client: Client, note: string): never => {
		if (!isConnectionLost(cause)) {
			throw postgresError(cause, place);
		}

		unsure = note;
		drop(client);
		const said = cause instanceof Error ? cause.message : String(cause);
		throw new StoreError('STORE_LOCKED', `${place}: the connection was lost (${said})`, {cause});
	};
	const lock = async (): Promise<boolean> => held !== undefined || take();
	return {
		lock,
		mayWrite: () => held !== undefined,
		append: async (batch, newestNote) => {
			// Whoever never had the right does not take it by writing.
			const owner = hadLock && (await regain(lock)) ? held : undefined;
			if (owner === undefined) {
				throw new StoreError(
					'STORE_LOCKED',
					`${place}: the right to write the log ${origin} is not held here`,
				);
			}

			const {note} = batch.checkpoint;
			const isStored = unsure === note && (await newestNote()) === note;
			if (!isStored) {
				await owner.appender.append(batch).catch((cause: unknown) => refuse(cause, owner.client, note));
			}

			unsure = undefined;
		},
		close: async () => {
			const client = held?.client;
			held = undefined;
			hadLock = false;
			await client?.end().catch(() => undefined);
		},
	};
}

/** A server that does not answer yet is no refusal: the right may still be had. */
async function regain(lock: () => Promise<boolean>): Promise<boolean> {
	try {
		return await lock();
	} catch {
		return false;
	}
}

/** @throws {StoreError} STORE_TOO_NEW, and STORE_FAILED for tables that are older and not ours to change */
async function migrate(config: ClientConfig, place: string, ask: Ask): Promise<void> {
	const version = await versionOf(ask);
	if (version === migrations.length) {
		return;
	}

	refuseNewer(version, place);
	const client = new Client(config);
	client.on('error', () => undefined);
	try {
		await client.connect();
		await client.query('BEGIN');
		// Two daemons that start together: the second waits, and finds it done.
		await client.query("SELECT pg_advisory_xact_lock(hashtextextended('sallyport migration', 0))");
		await client.query(`CREATE SCHEMA IF NOT EXISTS sallyport;
			CREATE TABLE IF NOT EXISTS sallyport.migration(version integer PRIMARY KEY, applied timestamptz NOT NULL)`);
		const {rows} = await client.query('SELECT coalesce(max(version), 0) AS version FROM sallyport.migration');
		await client.query(scriptFrom(Number(rows[0]?.version)));
		await client.query('COMMIT');
	} catch (cause) {
		throw new StoreError(
			'STORE_FAILED',
			`${place}: the tables are of version ${version}, this program needs ${migrations.length}, and this role cannot change them; ` +
				`start once with the role that owns the schema sallyport (${cause instanceof Error ? cause.message : String(cause)})`,
			{cause},
		);
	} finally {
		await client.end().catch(() => undefined);
	}
}

async function versionOf(ask: Ask): Promise<number> {
	const [there] = await ask("SELECT to_regclass('sallyport.migration') IS NOT NULL AS is", []);
	const [row] =
		there?.['is'] === true ? await ask('SELECT max(version) AS version FROM sallyport.migration', []) : [];
	return Number(row?.['version'] ?? 0);
}

function refuseNewer(version: number, place: string): void {
	if (version > migrations.length) {
		throw new StoreError(
			'STORE_TOO_NEW',
			`${place}: the tables are of version ${version}, and this program knows ${migrations.length}; start the newer program`,
		);
	}
}

async function logOf(origin: string, ask: Ask): Promise<number> {
	const find = () => ask('SELECT id FROM sallyport.log WHERE origin = $1', [origin]);
	const [known] = await find();
	if (known === undefined) {
		await ask('INSERT INTO sallyport.log(origin) VALUES ($1) ON CONFLICT DO NOTHING', [origin]);
	}

	const [row] = known === undefined ? await find() : [known];
	return Number(row?.['id']);
}

async function damageOf(ask: Ask): Promise<string | undefined> {
	const version = await versionOf(ask);
	if (version !== migrations.length) {
		return `The tables have version ${version}, and this program writes version ${migrations.length}`;
	}

	const rows = await ask(
		`SELECT c.relname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'sallyport' AND t.tgname = 'append_only' AND t.tgenabled IN ('O', 'A')`,
		[],
	);
	const guarded = new Set(rows.map(({name}) => name));
	const bare = tables.filter(table => !guarded.has(table));
	return bare.length === 0
		? undefined
		: `The tables ${bare.join(', ')} were stripped of what keeps them from being changed`;
}

/**
 * What the client is told, and the server's place for messages, which never hold a password. A log that goes over a network goes
 * over TLS that is verified.
 */
function settingsOf(url: string): {readonly config: ClientConfig; readonly place: string} {
	let parsed: URL;
	try {
		parsed = new URL(url);
	} catch (cause) {
		throw new StoreError(
			'STORE_BAD_URL',
			'The store is no URL such as postgresql://USER@HOST/DATABASE?sslmode=verify-full',
			{
				cause,
			},
		);
	}

	const host = parsed.searchParams.get('host') ?? parsed.hostname;
	const place = `postgresql://${host}${parsed.port === '' ? '' : `:${parsed.port}`}${parsed.pathname}`;
	const isLocal = ['', 'localhost', '127.0.0.1', '[::1]'].includes(host) || host.startsWith('/');
	if (!isLocal && parsed.searchParams.get('sslmode') !== 'verify-full') {
		throw new StoreError(
			'STORE_BAD_URL',
			`${place} is on another machine, and the way there is not protected; add sslmode=verify-full (and sslrootcert=FILE) to the URL`,
		);
	}

	const config = {
		connectionString: url,
		application_name: 'sallyport',
		connectionTimeoutMillis: CONNECT_MS,
		query_timeout: ANSWER_MS,
		statement_timeout: ANSWER_MS,
		keepAlive: true,
	};
	return {config, place};
}
