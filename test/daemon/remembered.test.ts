import {appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {openSamples} from '../../daemon/capacity.ts';
import {parseImageConfig} from '../../daemon/docker/image-config.ts';
import {openRemembered} from '../../daemon/remembered.ts';
import {digestOf} from '../../proto/digest.ts';

// What outlives a look.

const FILE = 'first-seen.jsonl';

async function folder(): Promise<AsyncDisposable & {readonly path: string}> {
	const path = await mkdtemp(join(tmpdir(), 'sallyport-remembered-'));
	return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true})};
}

const quiet = (): void => undefined;

test('what was first seen under a name stays, over restarts, whatever is seen later', async t => {
	await using state = await folder();
	const before = await openRemembered(state.path, quiet);
	const first = await before.firstSeen('web', {'/HostConfig/Privileged': 'false'});
	await before.written();

	const after = await openRemembered(state.path, quiet);

	t.deepEqual(await after.firstSeen('web', {'/HostConfig/Privileged': 'true'}), first);
	t.is(after.keyed('x'), before.keyed('x'));
	t.is((await stat(join(state.path, FILE))).mode & 0o777, 0o600);
	t.deepEqual(await readdir(state.path), [FILE]);
});

test('a keyed hash is worth nothing on another host', async t => {
	await using one = await folder();
	await using other = await folder();

	const [a, b] = [await openRemembered(one.path, quiet), await openRemembered(other.path, quiet)];

	t.not(a.keyed('hunter2'), b.keyed('hunter2'));
	t.regex(a.keyed('hunter2'), /^[0-9a-f]{16}$/);
});

test('a file without its key is begun anew, and that is said', async t => {
	await using state = await folder();
	for (const text of ['{"key":', '{}', '{"key":"AAAA"}\n', 'null', '[]', '']) {
		await writeFile(join(state.path, FILE), text);
		const told: string[] = [];

		const remembered = await openRemembered(state.path, code => told.push(code));

		t.deepEqual(told, ['MEMORY_LOST'], text);
		t.is((await remembered.firstSeen('web', {})).configuration['x'], undefined);
		await remembered.written();
	}
});

test('a line that a crash cut off is left out, and the others stay', async t => {
	await using state = await folder();
	const before = await openRemembered(state.path, quiet);
	const first = await before.firstSeen('web', {a: '1'});
	await before.written();
	await appendFile(join(state.path, FILE), '["other",{"at":"2026-01-01T00:');

	const after = await openRemembered(state.path, quiet);
	await after.firstSeen('third', {});
	await after.written();

	t.deepEqual(await after.firstSeen('web', {a: '2'}), first);
	const lines = (await readFile(join(state.path, FILE), 'utf8')).trimEnd().split('\n');
	t.deepEqual(
		lines.slice(1).map(line => (JSON.parse(line) as [string])[0]),
		['web', 'third'],
	);
});

test('a line that lost no more than its end is not joined to the next', async t => {
	await using state = await folder();
	const path = join(state.path, FILE);
	const before = await openRemembered(state.path, quiet);
	await before.firstSeen('web', {a: '1'});
	await before.written();
	await writeFile(path, (await readFile(path, 'utf8')).trimEnd());

	const after = await openRemembered(state.path, quiet);
	await after.firstSeen('other', {});
	await after.written();

	t.is((await readFile(path, 'utf8')).trimEnd().split('\n').length, 3);
});

test('names that come at once are all there, their number has an end, and what runs is not forgotten', async t => {
	await using state = await folder();
	const remembered = await openRemembered(state.path, quiet);
	const first = await remembered.firstSeen('web', {a: '1'});

	for (let round = 0; round < 10; round += 1) {
		const names = Array.from({length: 900}, (_, index) => `job-${round}-${index}`);
		await Promise.all(names.map(name => remembered.firstSeen(name, {})));
		await remembered.written();
		t.deepEqual(await remembered.firstSeen('web', {a: '2'}), first);
	}

	const lines = (await readFile(join(state.path, FILE), 'utf8')).trimEnd().split('\n');
	t.true(lines.length <= 2 * 4096 + 1, String(lines.length));
	const again = await openRemembered(state.path, quiet);
	t.deepEqual(await again.firstSeen('web', {a: '3'}), first);
	t.deepEqual((await again.firstSeen('job-9-899', {x: '1'})).configuration, {});
	t.deepEqual((await again.firstSeen('job-0-0', {x: '1'})).configuration, {x: '1'});
});

test('the text of a configuration is kept by its digest, the last few of them', async t => {
	await using state = await folder();
	const {original} = await openRemembered(state.path, quiet);

	for (let index = 0; index < 40; index += 1) {
		original(digestOf(String(index)), String(index));
	}

	t.is(original(digestOf('0')), undefined);
	t.is(original(digestOf('39')), '39');
	t.is(original(digestOf('large'), 'x'.repeat(300_000)), undefined);
});

test('an image is read once, and one that was not there is asked for again', async t => {
	await using state = await folder();
	const {image} = await openRemembered(state.path, quiet);
	let asked = 0;
	const read = async () => {
		asked += 1;
		return asked === 1 ? undefined : parseImageConfig({Config: {User: String(asked)}});
	};

	t.is(await image(digestOf('x'), read), undefined);
	t.is((await image(digestOf('x'), read))?.user, '2');
	t.is((await image(digestOf('x'), read))?.user, '2');
	t.is(asked, 2);
});

const MINUTE = 60_000;
const at = (minutes: number): Date => new Date(Date.UTC(2026, 0, 1) + minutes * MINUTE);

test('of the samples of a day nineteen in twenty decide, and one in ten minutes counts', t => {
	const sampled = openSamples();
	for (let minutes = 0; minutes < 24 * 60; minutes += 5) {
		// One sample of 144 is very full: that is no reason to blame anybody.
		const memory = minutes === 600 ? 1 : 0.5;
		sampled('a', {at: at(minutes), memory, periods: minutes, throttled: 0});
	}

	const seen = sampled('a', {at: at(24 * 60 - 1), memory: 0.5, periods: 2000, throttled: 500});

	t.is(seen.samples, 144);
	t.is(Math.round(seen.hours), 24);
	t.is(seen.memory, 0.5);
	t.is(seen.throttled, 0.25);
});

test('a container that was started anew is counted from its start', t => {
	const sampled = openSamples();
	sampled('a', {at: at(0), memory: undefined, periods: 100_000, throttled: 90_000});

	const seen = sampled('a', {at: at(60), memory: undefined, periods: 1000, throttled: 10});

	t.is(seen.throttled, 0.01);
	t.is(seen.memory, undefined);
});

test('a few periods say nothing, and what is older than a day is forgotten', t => {
	const sampled = openSamples();
	t.is(sampled('a', {at: at(0), memory: 0.9, periods: 10, throttled: 9}).throttled, undefined);

	t.is(sampled('a', {at: at(25 * 60), memory: 0.1, periods: 20, throttled: 9}).samples, 1);
});
