import {type ChildProcess, spawn} from 'node:child_process';
import {generateKeyPairSync} from 'node:crypto';
import {once} from 'node:events';
import {
	chmodSync,
	closeSync,
	copyFileSync,
	openSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
	writeSync,
} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {loadOrCreateKey, signerOf} from '../../daemon/log/keys.ts';
import type {Log} from '../../daemon/log/log.ts';
import {fileMarks} from '../../daemon/log/mark.ts';
import {startVerifier} from '../../daemon/log/verifier.ts';
import {openStore} from '../../daemon/store/index.ts';
import type {Store} from '../../daemon/store/store.ts';
import {openCheckpoint} from '../../proto/checkpoint.ts';
import {seal} from '../../proto/envelope.ts';
import {emptyRoot, verifyConsistency, verifyInclusion} from '../../proto/merkle.ts';
import {folderOf, newSigner, ORIGIN, sampleStatement, testLog} from '../helpers/record.ts';

/** Walks the whole log as an auditor would: the note, every entry, every proof, every older tree. */
async function checkLog(t: ExecutionContext, log: Log, size: number): Promise<void> {
	const {note, rootHash} = log.checkpoint();
	const head = openCheckpoint(note, log.publicKey);
	t.is(head.size, size);
	t.is(head.origin, ORIGIN);
	t.deepEqual(Buffer.from(head.rootHash), Buffer.from(rootHash));
	for (let position = 0; position < size; position++) {
		const {leafHash: leaf, hashes: proof} = await log.inclusion(position);
		t.true(verifyInclusion({leaf, position, size, proof, rootHash}), `position ${position}`);
	}

	for (let first = 0; first <= size; first++) {
		const {firstRootHash: firstRoot, hashes: proof} = await log.consistency(first);
		t.true(verifyConsistency({first, second: size, firstRoot, secondRoot: rootHash, proof}), `from ${first}`);
	}

	t.deepEqual(log.integrity(), {state: 'ok'});
}

const all = {filter: {}, order: 'newest', limit: 100} as const;

test('an empty log signs the empty tree', async t => {
	const log = await testLog(t).open();

	t.is(log.checkpoint().size, 0);
	t.deepEqual(Buffer.from(log.checkpoint().rootHash), Buffer.from(emptyRoot()));
	await checkLog(t, log, 0);
	t.deepEqual((await log.list(all)).entries, []);
});

test('every acknowledged entry is in the signed tree at once, whatever the size', async t => {
	const record = testLog(t);
	const log = await record.open({maxDelayMs: 0});

	for (let size = 1; size <= 20; size++) {
		const {position} = await log.append(await record.sealed({name: `web-${size}`}));
		t.is(position, size - 1);
		await checkLog(t, log, size);
	}
});

test('positions go on after a restart, and old proofs stay consistent with the new tree', async t => {
	const record = testLog(t);
	await record.fill(7);
	const before = await record.open();
	const old = before.checkpoint();
	await before.close();
	const log = await record.open();

	t.is((await log.append(await record.sealed())).position, 7);
	await checkLog(t, log, 8);
	const {hashes: proof} = await log.consistency(7, 8);
	const {rootHash: secondRoot} = log.checkpoint();
	t.true(verifyConsistency({first: 7, second: 8, firstRoot: old.rootHash, secondRoot, proof}));
});

test('an entry reads back as it was sealed, and lists show what its statement says', async t => {
	const record = testLog(t);
	const log = await record.open({now: () => new Date('2026-11-22T06:00:00.900Z')});
	const envelope = await record.sealed({
		name: 'api-1',
		verdict: 'fail',
		checks: {'run-no-privileged': 'fail'},
	});
	const {id} = await log.append(envelope);

	const entry = await log.get(id);
	t.deepEqual(entry.envelope, envelope);
	t.is(entry.integratedAt.toISOString(), '2026-11-22T06:00:00.000Z');
	const {entries, total, integrity} = await log.list({...all, filter: {verdict: 'fail', container: 'api-1'}});
	t.is(total, 1);
	t.deepEqual(integrity, {state: 'ok'});
	t.like(entries[0], {id, name: 'api-1', verdict: 'fail', container: 'c0'.repeat(32)});
	t.is((await log.list({...all, filter: {control: 'run-no-privileged', result: 'fail'}})).total, 1);
	await t.throwsAsync(log.get('01J00000000000000000000000'), {code: 'LOG_NO_ENTRY'});
	await t.throwsAsync(log.get("' OR 1=1 --"), {code: 'LOG_NO_ENTRY'});
});

/** A store that tells what it is asked for, and can be made to wait or to fail. */
async function watched(
	path: string,
	before: (batch: number) => Promise<void>,
): Promise<Store & {batches: number[]}> {
	const store = await openStore(`sqlite:${path}`);
	const batches: number[] = [];
	return {
		...store,
		batches,
		append: async batch => {
			batches.push(batch.rows.length);
			await before(batches.length);
			await store.append(batch);
		},
	};
}

test('appends that come together are committed together, at most 32 at once', async t => {
	const record = testLog(t);
	const store = await watched(record.path, async () => undefined);
	const log = await record.open({store});
	const envelopes = await Promise.all(Array.from({length: 100}, () => record.sealed()));

	const positions = await Promise.all(envelopes.map(envelope => log.append(envelope)));

	t.deepEqual(
		positions.map(({position}) => position),
		Array.from({length: 100}, (_, i) => i),
	);
	t.deepEqual(store.batches, [32, 32, 32, 4]);
	await checkLog(t, log, 100);
});

test('a caller who appends again as soon as it is answered is answered again', async t => {
	const record = testLog(t);
	const log = await record.open({maxDelayMs: 1});
	const envelopes = await Promise.all(Array.from({length: 10}, () => record.sealed()));

	for (const [i, envelope] of envelopes.entries()) {
		t.is((await log.append(envelope)).position, i);
	}
});

test('nothing is acknowledged, listed or proved before the store has answered', async t => {
	const record = testLog(t);
	const {promise, resolve} = Promise.withResolvers<void>();
	const store = await watched(record.path, () => promise);
	const log = await record.open({store, maxDelayMs: 0});
	let isAcknowledged = false;
	const appended = log.append(await record.sealed()).then(() => {
		isAcknowledged = true;
	});
	t.teardown(() => resolve());
	while (store.batches.length === 0) {
		await sleep(10);
	}

	await sleep(50);

	t.deepEqual(store.batches, [1]);
	t.false(isAcknowledged);
	t.is((await log.list(all)).total, 0);
	t.is(log.checkpoint().size, 0);
	resolve();
	await appended;
	t.is((await log.list(all)).total, 1);
});

test('a batch that the store refuses is rejected, and its positions go to the next one', async t => {
	const record = testLog(t);
	const store = await watched(record.path, async batch => {
		if (batch === 1) {
			throw new Error('disk full');
		}
	});
	const log = await record.open({store});

	await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_STORE_FAILED', message: /disk full/});
	t.is((await log.append(await record.sealed())).position, 0);
	await checkLog(t, log, 1);
});

test('more appends than the queue holds are refused by name, and those in it are kept', async t => {
	const record = testLog(t);
	const {promise, resolve} = Promise.withResolvers<void>();
	const store = await watched(record.path, () => promise);
	const log = await record.open({store, maxBatch: 2, maxQueue: 4});
	t.teardown(() => resolve());
	const envelope = await record.sealed();
	const kept = Array.from({length: 6}, () => log.append(envelope));
	while (store.batches.length === 0) {
		await sleep(10);
	}

	await t.throwsAsync(log.append(envelope), {code: 'LOG_OVERLOADED'});
	resolve();
	t.is((await Promise.all(kept)).length, 6);
	t.is((await log.append(envelope)).position, 6);
});

test('close waits for what was taken; after it nothing is taken', async t => {
	const record = testLog(t);
	const log = await record.open({maxDelayMs: 1000});
	const taken = log.append(await record.sealed());
	await sleep(5);
	await log.close();

	t.is((await taken).position, 0);
	await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_CLOSED'});
});

test('only statements signed by a known key are taken', async t => {
	const record = testLog(t);
	const log = await record.open();
	const good = await record.sealed();
	const payload = Buffer.from(JSON.stringify({...sampleStatement(), predicate: {verdict: 'pass'}}));
	const noStatement = await seal({...sampleStatement(), subject: []}, record.attestor);

	for (const envelope of [
		await seal(sampleStatement(), newSigner()),
		{...good, payload: payload.toString('base64')},
		noStatement,
		await seal({...sampleStatement(), predicate: {text: 'x'.repeat(1_200_000)}}, record.attestor),
	]) {
		await t.throwsAsync(log.append(envelope), {code: 'LOG_REFUSED_ENVELOPE'});
	}

	t.is(log.checkpoint().size, 0);
});

test('signatures are judged the same one by one, in groups, and when the verifying thread has died', async t => {
	const attestor = newSigner();
	const other = newSigner();
	const verifier = startVerifier([other.publicKey, attestor.publicKey]);
	t.teardown(() => verifier.close());
	const signers = Array.from({length: 30}, (_, i) => [attestor, other, newSigner()][i % 3] ?? attestor);
	const envelopes = await Promise.all(signers.map(signer => seal(sampleStatement(), signer)));
	const expected = signers.map((_, i) => [1, 0, -1][i % 3]);
	const judge = (): Promise<readonly number[]> => Promise.all(envelopes.map(e => verifier.signerOf(e)));

	t.deepEqual(await Promise.all(envelopes.slice(0, 3).map(e => verifier.signerOf(e))), [1, 0, -1]);
	t.deepEqual(await judge(), expected);
	const owed = judge();
	await sleep(0);
	await verifier.close();
	t.deepEqual(await owed, expected);
	t.deepEqual(await judge(), expected);
});

test('a log has a name that C2SP allows and a key that cosign takes', async t => {
	const record = testLog(t);
	const ed25519 = signerOf(generateKeyPairSync('ed25519').privateKey);

	await t.throwsAsync(record.open({origin: 'https://x/log'}), {code: 'LOG_BAD_ORIGIN'});
	await t.throwsAsync(record.open({logKey: ed25519}), {code: 'LOG_BAD_KEY'});
});

test('ranges that the log does not have are refused with its size', async t => {
	const record = testLog(t);
	await record.fill(3);
	const log = await record.open();

	await t.throwsAsync(log.inclusion(3), {code: 'LOG_BAD_RANGE', message: /3 entries/});
	await t.throwsAsync(log.inclusion(0, 4), {code: 'LOG_BAD_RANGE'});
	await t.throwsAsync(log.inclusion(2, 2), {code: 'LOG_BAD_RANGE'});
	await t.throwsAsync(log.consistency(2, 1), {code: 'LOG_BAD_RANGE'});
	await t.throwsAsync(log.consistency(0, 9), {code: 'LOG_BAD_RANGE'});
});

const childFile = fileURLToPath(new URL('../helpers/log-child.ts', import.meta.url));

function child(t: ExecutionContext, ...args: readonly string[]): ChildProcess {
	const started = spawn(process.execPath, [childFile, ...args], {stdio: ['pipe', 'pipe', 'inherit']});
	t.teardown(() => started.kill('SIGKILL'));
	return started;
}

test('every entry acknowledged before a kill -9 is there afterwards, without a gap', async t => {
	const record = testLog(t);
	const keyFile = join(record.folder, 'key.pem');
	const key = await loadOrCreateKey(keyFile);
	const appender = child(t, 'append', record.path, keyFile);
	let output = '';
	appender.stdout?.on('data', chunk => {
		output += String(chunk);
		if (output.split('\n').length > 200) {
			appender.kill('SIGKILL');
		}
	});
	await once(appender, 'close');
	const acknowledged = output.trim().split('\n').slice(0, -1);
	const signer = signerOf(key);
	const log = await record.open({logKey: signer, attestors: [signer.publicKey]});

	t.deepEqual(log.integrity(), {state: 'ok'});
	t.true(acknowledged.length > 100);
	for (const line of acknowledged) {
		const [id, position] = line.split(' ');
		t.is((await log.get(String(id))).position, Number(position));
	}
});

type Edit = (paths: {readonly db: string; readonly folder: string}) => void;

/** An enemy with the file, sqlite3 and patience: the guards are dropped, and what follows leaves no other trace. */
const sql =
	(...statements: readonly string[]): Edit =>
	({db: path}) => {
		const db = new DatabaseSync(path);
		const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
		for (const {name} of triggers) {
			db.exec(`DROP TRIGGER ${name}`);
		}

		for (const statement of statements) {
			db.exec(statement);
		}

		for (const {sql: text} of triggers) {
			db.exec(String(text));
		}

		db.close();
	};
// Every copy: SQLite leaves stale ones behind when it splits a page, and nobody reads those.
/** How a compressed payload begins: RFC 8878 §3.1.1. */
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const flipIn =
	(text: Buffer): Edit =>
	({db: path}) => {
		const bytes = readFileSync(path);
		const file = openSync(path, 'r+');
		for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
			writeSync(file, Buffer.from('X'), 0, 1, at + 3);
		}

		closeSync(file);
	};

const edits: Readonly<Record<string, readonly [Edit, RegExp]>> = {
	'a dropped trigger': [
		({db}) => {
			const file = new DatabaseSync(db);
			file.exec('DROP TRIGGER entry_no_update');
			file.close();
		},
		/changed by hand/,
	],
	'a verdict turned into a pass': [
		sql('UPDATE entry SET verdict = 1 WHERE position = 5'),
		/position 5 was changed: the index says something else/,
	],
	'a container renamed': [
		sql('UPDATE entry SET container = NULL WHERE position = 5'),
		/position 5 was changed/,
	],
	'a row deleted in the middle': [
		sql('DELETE FROM entry WHERE position = 5', 'DELETE FROM content WHERE position = 5'),
		/position 5 is missing/,
	],
	'the last row deleted': [
		sql('DELETE FROM entry WHERE position = 11'),
		/holds 11 entries, but .* covers 12/,
	],
	'the last row deleted with its checkpoint': [
		sql('DELETE FROM entry WHERE position = 11', 'DELETE FROM checkpoint WHERE size = 12'),
		/holds 11 entries/,
	],
	'everything deleted': [
		sql(...['entry', 'content', 'subject', 'node', 'checkpoint'].map(table => `DELETE FROM ${table}`)),
		/holds 0 entries, but a checkpoint of 12 was signed: entries were removed/,
	],
	'an envelope exchanged for another': [
		sql('UPDATE content SET envelope = (SELECT envelope FROM content WHERE position = 4) WHERE position = 5'),
		/position 5 was changed: its envelope is not the one that was logged/,
	],
	'an entry exchanged for another, leaf and all': [
		sql(
			`UPDATE content SET (body, envelope) = (SELECT body, envelope FROM content WHERE position = 4) WHERE position = 5`,
			`UPDATE entry SET (name, verdict) = (SELECT name, verdict FROM entry WHERE position = 4) WHERE position = 5`,
		),
		/nodes from 0 of level 0 on|tree of 12 entries/,
	],
	'a node of the tree': [sql('UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND idx = 1'), /level 2/],
	'a node removed': [sql('DELETE FROM node WHERE level = 0 AND idx = 3'), /level 0/],
	'a time moved': [
		sql('UPDATE entry SET integrated = integrated - 86400 WHERE position = 5'),
		/an? id, a time/i,
	],
	'an id exchanged': [
		sql("UPDATE entry SET id = '01J00000000000000000000000' WHERE position = 5"),
		/an? id/i,
	],
	'a promise exchanged': [sql("UPDATE content SET promise = x'00' WHERE position = 5"), /promise/],
	'a failed control hidden from lists': [
		sql('UPDATE entry SET pattern = NULL WHERE position = 5'),
		/index of "check .*" is not that/,
	],
	'an image hidden from lists': [sql('DELETE FROM subject WHERE position = 5'), /index of "subject/],
	'a checkpoint written by somebody else': [
		sql("UPDATE checkpoint SET note = replace(note, 'test', 'fake') WHERE size = 12"),
		/not signed by this log's key/,
	],
	'a byte changed in the file': [flipIn(ZSTD), /position \d+ was changed|damaged|not the database/],
	'the file truncated to half': [
		({db}) => truncateSync(db, Math.floor(statSync(db).size / 2 / 4096) * 4096),
		/damaged|not the database|malformed/,
	],
	'the file truncated to nothing': [
		({db}) => truncateSync(db, 0),
		/holds 0 entries, but a checkpoint of 12 was signed/,
	],
	'the file overwritten with text': [
		({db}) => writeFileSync(db, 'no database\n'.repeat(999)),
		/not the database/,
	],
	'the file removed': [({db}) => rmSync(db), /holds 0 entries, but a checkpoint of 12 was signed/],
	'the anchor exchanged': [
		({folder}) => writeFileSync(join(folder, 'anchor'), 'x\n'),
		/anchor is not signed/,
	],
};

for (const [name, [edit, reason]] of Object.entries(edits)) {
	test(`edited by hand: ${name} is found at the start, refused, and reads go on as broken`, async t => {
		const record = testLog(t);
		await record.fill(12);
		edit({db: record.path, folder: record.folder});

		const log = await record.open();

		const integrity = log.integrity();
		t.is(integrity.state, 'broken');
		t.regex(integrity.state === 'broken' ? integrity.reason : '', reason);
		await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_BROKEN', message: reason});
		try {
			const listing = await log.list(all);
			t.is(listing.integrity.state, 'broken');
		} catch (error) {
			// A file that SQLite can't read has no entries to serve; what it answers says so by name.
			t.like(error, {code: 'LOG_BROKEN'});
		}
	});
}

test('an untouched log of the same make passes the same check', async t => {
	const record = testLog(t);
	await record.fill(12);
	sql()({db: record.path, folder: record.folder});

	t.deepEqual((await record.open()).integrity(), {state: 'ok'});
});

test('a store put back to an older copy is noticed by the anchor', async t => {
	const record = testLog(t);
	await record.fill(5);
	copyFileSync(record.path, `${record.path}.old`);
	await record.fill(5);
	copyFileSync(`${record.path}.old`, record.path);

	const integrity = (await record.open()).integrity();

	t.like(integrity, {state: 'broken'});
	t.regex(JSON.stringify(integrity), /holds 5 entries, but a checkpoint of 10 was signed/);
});

test('a log opened with another key is broken, and its entries can still be read', async t => {
	const record = testLog(t);
	await record.fill(3);
	const log = await record.open({logKey: newSigner()});

	t.regex(JSON.stringify(log.integrity()), /not signed by this log's key/);
	t.is((await log.list(all)).entries.length, 3);
});

test('an entry edited while the log runs is noticed when it is read, and the next append is refused', async t => {
	const record = testLog(t);
	await record.fill(12);
	const log = await record.open();
	const {entries} = await log.list(all);
	const edited = entries.find(({position}) => position === 5);
	sql('UPDATE entry SET verdict = NULL WHERE position = 5')({db: record.path, folder: record.folder});
	t.deepEqual(log.integrity(), {state: 'ok'});

	await log.get(String(edited?.id));

	t.like(log.integrity(), {state: 'broken'});
	await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_BROKEN', message: /position 5/});
});

test('the self-check can be run again, and finds what was edited since the start', async t => {
	const record = testLog(t);
	await record.fill(12);
	const log = await record.open();
	t.deepEqual(await log.check(), {state: 'ok'});
	sql('UPDATE entry SET pattern = NULL WHERE position = 5')({db: record.path, folder: record.folder});

	t.like(await log.check(), {state: 'broken'});
});

test('a start goes on from where the log was last found whole; what lies before is found by the whole check', async t => {
	const record = testLog(t);
	const marks = fileMarks(join(record.folder, 'checked'));
	await (await record.open({marks})).close();
	const before = await record.open({marks});
	await Promise.all(Array.from({length: 12}, async () => before.append(await record.sealed())));
	await before.close();
	sql('UPDATE entry SET verdict = NULL WHERE position = 5')({db: record.path, folder: record.folder});

	const log = await record.open({marks});

	t.is((await marks.read())?.size, 12);
	t.deepEqual(log.integrity(), {state: 'ok'});
	await log.append(await record.sealed());
	t.regex(JSON.stringify(await log.check(0.5)), /broken.+position 5/);
});

test('what was edited after the mark is found at the start', async t => {
	const record = testLog(t);
	const marks = fileMarks(join(record.folder, 'checked'));
	const first = await record.open({marks});
	await Promise.all(Array.from({length: 7}, async () => first.append(await record.sealed())));
	await first.close();
	const mark = await marks.read();
	const second = await record.open({marks});
	await Promise.all(Array.from({length: 7}, async () => second.append(await record.sealed())));
	await second.close();
	await marks.write(mark ?? {size: 0, chain: new Uint8Array(32)});
	sql('UPDATE entry SET verdict = NULL WHERE position = 9')({db: record.path, folder: record.folder});

	t.regex(JSON.stringify((await record.open({marks})).integrity()), /broken.+position 9/);
});

test('a mark that no signature bears out is none: everything is checked', async t => {
	const record = testLog(t);
	const path = join(record.folder, 'checked');
	await record.fill(12);
	sql('UPDATE entry SET verdict = NULL WHERE position = 5')({db: record.path, folder: record.folder});
	const forged = (size: number): string => JSON.stringify({size, chain: Buffer.alloc(32).toString('base64')});

	for (const text of [forged(12), forged(6), forged(99), forged(-1), '{"size":12}', 'not JSON', '']) {
		writeFileSync(path, text);
		t.regex(
			JSON.stringify((await record.open({marks: fileMarks(path)})).integrity()),
			/broken.+position 5/,
			text,
		);
	}
});

test('while another daemon holds the log, appends are refused and reads served as broken; then it goes on', async t => {
	const record = testLog(t);
	await record.fill(3);
	const first = await record.open();
	const second = await record.open();

	t.regex(JSON.stringify(second.integrity()), /Another process holds the log/);
	await t.throwsAsync(second.append(await record.sealed()), {code: 'LOG_LOCKED'});
	const {entries, integrity} = await second.list(all);
	t.is(entries.length, 3);
	t.is(integrity.state, 'broken');
	await first.append(await record.sealed());
	await first.close();
	t.is((await second.append(await record.sealed())).position, 4);
	await checkLog(t, second, 5);
});

test('a lock held by another program is waited for, then named; reads go on, and so do appends afterwards', async t => {
	const record = testLog(t);
	await record.fill(3);
	const log = await record.open({lockTimeoutMs: 300});
	const holder = child(t, 'hold', record.path);
	await once(holder.stdout ?? holder, 'data');

	await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_LOCKED', message: /another process/});
	t.like(log.integrity(), {state: 'broken'});
	t.is((await log.list(all)).entries.length, 3);
	holder.kill('SIGKILL');
	await once(holder, 'close');
	t.is((await log.append(await record.sealed())).position, 3);
	await checkLog(t, log, 4);
});

test('keys are made once, for their owner alone, and anything else in their place is refused', async t => {
	const path = join(folderOf(t), 'keys', 'log.pem');
	const made = await loadOrCreateKey(path);

	t.is(statSync(path).mode & 0o777, 0o600);
	t.true((await loadOrCreateKey(path)).equals(made));
	t.is(made.asymmetricKeyDetails?.namedCurve, 'prime256v1');
	chmodSync(path, 0o644);
	await t.throwsAsync(loadOrCreateKey(path), {code: 'LOG_BAD_KEY', message: /read by others/});
	const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-384'});
	for (const text of ['', 'x', privateKey.export({type: 'pkcs8', format: 'pem'}), 'y'.repeat(5000)]) {
		writeFileSync(path, text);
		chmodSync(path, 0o600);
		await t.throwsAsync(loadOrCreateKey(path), {code: 'LOG_BAD_KEY'});
	}
});
