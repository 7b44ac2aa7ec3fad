import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {LogError} from '../daemon/log/error.ts';
import {type Log, openLog} from '../daemon/log/log.ts';
import {openStore} from '../daemon/store/index.ts';
import {seal} from '../proto/envelope.ts';
import {type Postgres, startPostgres} from './helpers/postgres.ts';
import {newSigner, sampleStatement} from './helpers/record.ts';
import {batchOf, filled, promisesOfStore, type StorePlace} from './helpers/store-promises.ts';

// The store for a fleet, on a real server of Debian's. What every store promises, and what only a server can do to one.

let server: Postgres;
let url = '';

test.before(async () => {
	server = await startPostgres();
	url = await server.database('fleet');
	// The tables, once, by who owns them.
	await (await openStore(url, 'logs.example/first')).close();
});
test.after.always(() => server?.close());

/** A log of its own in the one database. */
const place = (_: ExecutionContext): StorePlace => ({url, origin: `logs.example/${randomUUID()}`});

promisesOfStore('postgres', place);

test('logs of many hosts lie in one database, and none sees or moves another', async t => {
	const [one, other] = [place(t), place(t)];
	const first = await filled(t, one);
	const second = await filled(t, other);

	await second.append(batchOf(40, 5));

	t.is((await first.head()).size, 40);
	t.is((await second.head()).size, 45);
	t.is(await first.count({}, 100), 40);
	t.is(await first.positionOf('ID000044'), undefined);
});

test('a role that daemons use reads and adds, and can neither change nor remove', async t => {
	const role = `daemon_${randomUUID().slice(0, 8)}`;
	// As the documentation says it.
	const page = readFileSync(new URL('../docs/record.md', import.meta.url), 'utf8');
	const [, grants = ''] = /```sql\n(GRANT[^`]+)```/.exec(page) ?? [];
	await server.sql(url, `CREATE ROLE ${role} LOGIN; ${grants.replaceAll('sallyport_daemon', role)}`);
	const as = url.replace('owner@', `${role}@`);
	const store = await filled(t, {url: as, origin: place(t).origin});

	t.is((await store.head()).size, 40);
	for (const statement of ['DELETE FROM', 'TRUNCATE', 'DROP TABLE']) {
		await t.throwsAsync(
			server.sql(as, `${statement} sallyport.entry`),
			{message: /permission denied|must be owner/},
			statement,
		);
	}

	await t.throwsAsync(server.sql(as, 'UPDATE sallyport.entry SET position = 1'), {
		message: /permission denied/,
	});
});

test('even the owner changes nothing by a stray statement, and who takes the guards off is seen', async t => {
	const own = await server.database(`own_${randomUUID().slice(0, 8)}`);
	const store = await filled(t, {url: own, origin: 'logs.example/own'});
	const tables = 'log fact entry content subject pattern judged node checkpoint'.split(' ');

	for (const table of tables) {
		await t.throwsAsync(server.sql(own, `DELETE FROM sallyport.${table}`), {message: /append-only/}, table);
		await t.throwsAsync(server.sql(own, `TRUNCATE sallyport.${table}`), {message: /append-only/}, table);
		await t.throwsAsync(
			server.sql(own, `UPDATE sallyport.${table} SET log = 7`),
			{message: /append-only|does not exist/},
			table,
		);
	}

	t.is(await store.damage('whole'), undefined);
	await server.sql(own, 'ALTER TABLE sallyport.content DISABLE TRIGGER append_only');
	t.regex(String(await store.damage('whole')), /content.+stripped/);
});

test('tables of a newer program are refused, and those that this role cannot make are told of', async t => {
	const newer = await server.database(`newer_${randomUUID().slice(0, 8)}`);
	await (await openStore(newer, 'logs.example/x')).close();
	await server.sql(newer, 'INSERT INTO sallyport.migration VALUES (99, now())');
	const empty = await server.database(`empty_${randomUUID().slice(0, 8)}`);
	const role = `nobody_${randomUUID().slice(0, 8)}`;
	await server.sql(url, `CREATE ROLE ${role} LOGIN`);

	await t.throwsAsync(openStore(newer, 'logs.example/x'), {
		code: 'STORE_TOO_NEW',
		message: /version 99.+newer program/,
	});
	await t.throwsAsync(openStore(empty.replace('owner@', `${role}@`), 'logs.example/x'), {
		code: 'STORE_FAILED',
		message: /version 0.+owns the schema sallyport/,
	});
});

test('two daemons that start on an empty database make its tables once', async t => {
	const both = await server.database(`both_${randomUUID().slice(0, 8)}`);

	const stores = await Promise.all(['a', 'b', 'c', 'd'].map(name => openStore(both, `logs.example/${name}`)));

	for (const store of stores) {
		t.true(await store.lock());
		await store.append(batchOf(0, 3));
		t.is((await store.head()).size, 3);
		await store.close();
	}
});

test('a server that nobody protects on the way, a name that is none, and one that does not answer are refused in a sentence', async t => {
	const refused: readonly (readonly [string, string, RegExp])[] = [
		[
			'postgresql://owner:hunter2@db.example/fleet',
			'STORE_BAD_URL',
			/db\.example\/fleet.+sslmode=verify-full/,
		],
		['postgresql://[', 'STORE_BAD_URL', /no URL/],
		['postgresql://owner:hunter2@127.0.0.1:1/fleet', 'STORE_FAILED', /127\.0\.0\.1:1\/fleet.+the way to it/],
	];
	for (const [at, code, message] of refused) {
		const error = await t.throwsAsync(openStore(at, 'logs.example/x'), {code, message});
		t.notRegex(String(error?.message), /hunter2/);
	}
});

test('a connection that is cut costs no entry and stores none twice', async t => {
	const {origin} = place(t);
	const store = await filled(t, {url, origin});
	for (let first = 40; first < 80; first += 2) {
		const batch = batchOf(first, 2);
		const storing = patiently(() => store.append(batch));
		if (first % 6 === 0) {
			await server.sql(url, cutOf(origin));
		}

		await storing;
	}

	t.is((await store.head()).size, 80);
	t.is(await store.count({}, 80), 80);
});

test('whoever takes a log over while its writer is cut off is the only writer from then on', async t => {
	const at = place(t);
	const first = await filled(t, at);
	const second = await openStore(at.url, at.origin);
	t.teardown(() => second.close());
	t.false(await second.lock());

	await server.sql(url, cutOf(at.origin));
	t.true(await eventually(() => second.lock()));
	await second.append(batchOf(40, 3));

	await t.throwsAsync(first.append(batchOf(40, 1)), {code: 'STORE_LOCKED'});
	await second.close();
	t.true(await eventually(() => first.lock()));
	await t.throwsAsync(first.append(batchOf(40, 1)), {code: 'STORE_CONFLICT'});
	t.is((await first.head()).size, 43);
});

/** Ends the connection that has the right to write a log, as a network or an operator would. */
function cutOf(origin: string): string {
	return `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
		AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('sallyport log ${origin}', 0)`;
}

test.serial(
	'a server that loses its power keeps what was acknowledged, and the log goes on when it is back',
	async t => {
		t.timeout(120_000);
		const {origin} = place(t);
		const [attestor, logKey] = [newSigner(), newSigner()];
		const open = async (): Promise<Log> =>
			openLog({store: await openStore(url, origin), logKey, origin, attestors: [attestor.publicKey]});
		const log = await open();
		const acknowledged = new Map<number, string>();
		let isOver = false;
		const write = async (caller: number): Promise<void> => {
			for (let turn = 0; !isOver; turn += 1) {
				const name = `web-${caller}-${turn}`;
				try {
					const {position} = await log.append(await seal(sampleStatement({name}), attestor));
					acknowledged.set(position, name);
				} catch (error) {
					t.true(
						error instanceof LogError && ['LOG_LOCKED', 'LOG_STORE_FAILED'].includes(error.code),
						String(error),
					);
					await sleep(50);
				}
			}
		};
		const writers = Promise.all([0, 1, 2, 3].map(write));
		for (let turn = 0; turn < 3; turn += 1) {
			await sleep(500);
			const before = acknowledged.size;
			await server.crash();
			t.true(await eventually(async () => acknowledged.size > before + 5));
		}

		isOver = true;
		await writers;
		await log.close();
		const again = await open();
		t.teardown(() => again.close());
		const size = again.checkpoint().size;
		const names = new Map<number, string | undefined>();
		for (let after = -1; after < size - 1; ) {
			const resume = {after, size, total: size};
			const {entries} = await again.list({filter: {}, order: 'oldest', limit: 1000, resume});
			for (const {position, name} of entries) {
				names.set(position, name);
			}

			after = entries.at(-1)?.position ?? size;
		}

		t.deepEqual(again.integrity(), {state: 'ok'});
		t.true(acknowledged.size > 50);
		t.deepEqual(
			[...acknowledged].filter(([position, name]) => names.get(position) !== name),
			[],
		);
		t.is(new Set(names.values()).size, names.size, 'nothing lies there twice');
	},
);

async function patiently(work: () => Promise<void>): Promise<void> {
	for (let turn = 0; ; turn += 1) {
		try {
			return await work();
		} catch (error) {
			if (turn > 100 || !(error instanceof Error && 'code' in error && error.code === 'STORE_LOCKED')) {
				throw error;
			}

			await new Promise(resolve => setTimeout(resolve, 50));
		}
	}
}

async function eventually(work: () => Promise<boolean>): Promise<boolean> {
	for (let turn = 0; turn < 100; turn += 1) {
		if (await work().catch(() => false)) {
			return true;
		}

		await new Promise(resolve => setTimeout(resolve, 50));
	}

	return false;
}
