import {statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test from 'ava';
import {openStore} from '../../daemon/store/index.ts';
import {folderOf} from '../helpers/record.ts';
import {batchOf, filled, promisesOfStore} from '../helpers/store-promises.ts';

promisesOfStore('sqlite', t => ({url: `sqlite:${join(folderOf(t), 'log.db')}`, origin: ''}));

test('sqlite: nothing that was stored can be changed or removed by a stray statement', async t => {
	const path = join(folderOf(t), 'log.db');
	const store = await filled(t, {url: `sqlite:${path}`, origin: ''});
	await store.close();
	const db = new DatabaseSync(path);
	t.teardown(() => db.close());

	for (const table of [
		'fact',
		'word',
		'entry',
		'content',
		'subject',
		'pattern',
		'judged',
		'node',
		'checkpoint',
	]) {
		if (table === 'fact') {
			db.exec("INSERT INTO fact VALUES ('a', 'b')");
		}

		const [column] = db.prepare(`PRAGMA table_info(${table})`).all();
		const name = String(column?.['name']);
		t.throws(() => db.exec(`DELETE FROM ${table}`), {message: /append-only/}, table);
		t.throws(() => db.exec(`UPDATE ${table} SET ${name} = ${name}`), {message: /append-only/}, table);
	}

	t.throws(() => db.exec("INSERT OR REPLACE INTO content VALUES (3, x'00', x'00', x'00')"), {
		message: /append-only/,
	});
});

test('sqlite: its files are for their owner alone', async t => {
	const path = join(folderOf(t), 'state', 'log.db');
	const store = await filled(t, {url: `sqlite:${path}`, origin: ''});

	for (const file of [path, `${path}-wal`, `${path}.lock`]) {
		t.is(statSync(file).mode & 0o777, 0o600, file);
	}

	await store.close();
});

test('sqlite: a file that is no database is opened, says so, and refuses everything', async t => {
	const path = join(folderOf(t), 'log.db');
	writeFileSync(path, 'this is a text, and long enough to be looked at. '.repeat(100));
	const store = await openStore(`sqlite:${path}`);
	t.teardown(() => store.close());

	t.regex(String(await store.damage('whole')), /not the database that was written/);
	await t.throwsAsync(store.head(), {code: 'STORE_CORRUPT'});
	await t.throwsAsync(store.append(batchOf(0, 1)), {code: 'STORE_CORRUPT'});
});

test('a store that nobody knows is refused with those that are known', async t => {
	for (const url of ['', 'log.db', 'mysql:x', 'sqlite:', 'toString:x']) {
		await t.throwsAsync(openStore(url), {code: 'STORE_BAD_URL', message: /sqlite/}, url);
	}

	await t.throwsAsync(openStore('sqlite:/dev/null/log.db'), {
		code: 'STORE_FAILED',
		message: /permissions/,
	});
});
