import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checkTask, type Task} from '../../cli/check-task.ts';
import {checkTogether, threadsFor} from '../../cli/crew.ts';
import {inputsOf} from '../../cli/inputs.ts';
import type {FileReport} from '../../cli/told.ts';

const task: Task = {fix: false, 'fix-opt-in': false};
const given = {target: undefined, context: undefined, buildArgs: new Map<string, string>()};
const io = {env: {}, stdout: {write: () => undefined}, stderr: {write: () => undefined}};

/** A hundred files, every tenth of which cannot be parsed. */
function hundred(): readonly string[] {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-crew-'));
	return Array.from({length: 100}, (_, index) => {
		const file = join(folder, `${String(index).padStart(3, '0')}.Dockerfile`);
		writeFileSync(file, index % 10 === 9 ? 'FRM x\n' : `FROM debian:12\nRUN apt-get install jq${index}\n`);
		return file;
	});
}

async function all(reports: AsyncIterable<FileReport>): Promise<readonly FileReport[]> {
	const list: FileReport[] = [];
	for await (const report of reports) {
		list.push(report);
	}

	return list;
}

test('a few files are judged at once, and many by a thread that needs little memory', t => {
	t.is(threadsFor(1), 0);
	t.is(threadsFor(399), 0);
	t.is(threadsFor(10_000), 1);
});

test('several threads say what one says, in the same order', async t => {
	const inputs = await inputsOf(hundred(), [], given, io);

	const apart = await all((await checkTask(task))(inputs));
	const together = await all(checkTogether(inputs, task, 2));

	t.is(apart.length, 100);
	t.deepEqual(together, apart);
});

test('repairs are written by the thread that judges the file', async t => {
	const files = hundred();
	const inputs = await inputsOf(files, [], given, io);

	const reports = await all(checkTogether(inputs, {...task, fix: true}, 2));

	t.is(reports.filter(({repaired}) => repaired.length > 0).length, 90);
	t.regex(readFileSync(files[0] ?? '', 'utf8'), /apt-get install -y/);
});

test('what the command line names wrongly is one sentence, from whichever thread', async t => {
	const inputs = await inputsOf(hundred(), [], given, io);

	await t.throwsAsync(all(checkTogether(inputs, {...task, policy: 'nonsense'}, 2)), {
		message: /"nonsense" is not a policy/,
	});
});

test('whoever has seen enough stops all threads', async t => {
	const inputs = await inputsOf(hundred(), [], given, io);

	for await (const {file} of checkTogether(inputs, task, 2)) {
		t.regex(file, /000\.Dockerfile$/);
		break;
	}
});
