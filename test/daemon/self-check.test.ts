import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {fileMarks} from '../../daemon/log/mark.ts';
import {checkHourly} from '../../daemon/self-check.ts';
import {testLog} from '../helpers/record.ts';

// The daemon is kept alive by what it watches; here nothing else is.
let alive: NodeJS.Timeout;
test.before(() => {
	alive = setInterval(() => undefined, 1000);
});
test.after.always(() => clearInterval(alive));

test('a log that is edited while the daemon runs is found broken by the next check, told once, and takes nothing more', async t => {
	const record = testLog(t);
	const log = await record.open({marks: fileMarks(join(record.folder, 'checked'))});
	await Promise.all(Array.from({length: 5}, async () => log.append(await record.sealed())));
	const told: string[] = [];
	const end = new AbortController();
	const times = {firstMs: 20, everyMs: 20};
	const checking = checkHourly(log, reason => told.push(reason), end.signal, times);
	await sleep(200);
	t.deepEqual(told, []);
	await log.append(await record.sealed());

	const db = new DatabaseSync(record.path);
	db.exec('DROP TRIGGER entry_no_update; UPDATE entry SET verdict = NULL WHERE position = 2');
	db.close();
	await checking;

	t.is(told.length, 1);
	t.regex(String(told[0]), /changed by hand|position 2/);
	await t.throwsAsync(log.append(await record.sealed()), {code: 'LOG_BROKEN'});
	end.abort();
});

test('a daemon that stops while the log is checked stops, and calls nothing broken', async t => {
	const record = testLog(t);
	const log = await record.open();
	await Promise.all(Array.from({length: 200}, async () => log.append(await record.sealed())));
	const end = new AbortController();
	const checking = checkHourly(log, t.fail, end.signal, {firstMs: 1, everyMs: 1});
	await sleep(30);

	end.abort();
	await log.close();
	await checking;
	t.pass();
});
