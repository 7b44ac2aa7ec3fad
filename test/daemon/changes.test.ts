import {Readable} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {readChanges} from '../../daemon/docker/changes.ts';
import {parseImageConfig} from '../../daemon/docker/image-config.ts';
import {environmentOf, settingsOf} from '../../daemon/docker/settings.ts';
import {DaemonError} from '../../daemon/error.ts';
import {digestOf} from '../../proto/digest.ts';

// What engines answer about containers and images, whatever it is.

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const kinds = ['changed', 'added', 'deleted'];

/** The answer in pieces of this many bytes. */
function answerOf(text: string, size = 7): Readable {
	const bytes = Buffer.from(text);
	const pieces = Array.from({length: Math.ceil(bytes.length / size)}, (_, index) =>
		bytes.subarray(index * size, (index + 1) * size),
	);
	return Readable.from(pieces);
}

test('changes are read as they come, whatever their names and wherever the pieces end', async t => {
	await fc.assert(
		fc.asyncProperty(
			fc.array(fc.record({Path: fc.string({unit: 'grapheme', maxLength: 30}), Kind: fc.nat({max: 2})}), {
				maxLength: 8,
			}),
			fc.integer({min: 1, max: 50}),
			async (entries, size) => {
				const {changes, isCut} = await readChanges(answerOf(JSON.stringify(entries), size), soon());
				return (
					!isCut &&
					changes.length === entries.length &&
					changes.every(({path, kind}, index) => {
						const entry = entries[index];
						return path === entry?.Path.toWellFormed() && kind === kinds[entry.Kind];
					})
				);
			},
		),
	);
	t.pass();
});

test('no changes are null or an empty list', async t => {
	t.deepEqual(await readChanges(answerOf('null\n'), soon()), {changes: [], isCut: false});
	t.deepEqual(await readChanges(answerOf('[]'), soon()), {changes: [], isCut: false});
});

test('names full of brackets, quotes and backslashes are names', async t => {
	const Path = String.raw`/a{"b}\"c\\`;

	t.deepEqual((await readChanges(answerOf(JSON.stringify([{Path, Kind: 1}]), 1), soon())).changes, [
		{path: Path, kind: 'added'},
	]);
});

test('a list without end is read as far as it is bounded, and says so', async t => {
	let sent = 0;
	async function* endless(): AsyncGenerator<Buffer> {
		for (;;) {
			sent += 1;
			yield Buffer.from(`{"Path":"/x/${sent}","Kind":1},`.repeat(100));
		}
	}

	const {changes, isCut} = await readChanges(endless(), soon());

	t.true(isCut);
	t.is(changes.length, 20_000);
	t.true(sent < 300);
});

for (const [what, text] of [
	['a path without end', `[{"Path":"${'x'.repeat(40_000)}`],
	['no path', '[{"Kind":1}]'],
	['no such kind', '[{"Path":"/x","Kind":7}]'],
	['no JSON', '[{what}]'],
] as const) {
	test(`${what} is refused as a bad reply`, async t => {
		const error = await t.throwsAsync(readChanges(answerOf(text, 4096), soon()), {instanceOf: DaemonError});

		t.is(error?.code, 'DOCKER_BAD_REPLY');
	});
}

test('a stream that nobody ends is left when the signal says so', async t => {
	async function* slow(): AsyncGenerator<Buffer> {
		for (;;) {
			await new Promise(resolve => setTimeout(resolve, 5));
			yield Buffer.from(' ');
		}
	}

	await t.throwsAsync(readChanges(slow(), AbortSignal.timeout(50)), {name: 'TimeoutError'});
});

test('of several variables with one name the last counts, and one without a value is empty', t => {
	const inspected = {Config: {Env: ['A=1', 'B', 'A=2=3', 7, '=x', '__proto__=y']}};

	t.deepEqual(environmentOf(inspected), [
		{name: 'A', value: '2=3'},
		{name: 'B', value: ''},
		{name: '__proto__', value: 'y'},
	]);
	t.deepEqual(environmentOf({Config: null}), []);
});

test('settings are read from any answer, and options of log drivers are named but not told', t => {
	const settings = settingsOf({
		HostConfig: {
			LogConfig: {Type: 'splunk', Config: {'splunk-token': 'hunter2', 'max-size': '10m'}},
			RestartPolicy: {Name: '', MaximumRetryCount: 0},
			DeviceRequests: [{Driver: 'nvidia', Capabilities: [['gpu', 'compute']]}],
			Ulimits: [{Name: 'nofile', Soft: -1, Hard: -1}],
		},
		Config: {Labels: {'com.docker.swarm.task.id': 'x'}},
	});

	t.deepEqual(settings.log, {
		driver: 'splunk',
		maxSize: '10m',
		maxFile: undefined,
		options: ['splunk-token', 'max-size'],
		path: '',
	});
	t.false(JSON.stringify(settings).includes('hunter2'));
	t.is(settings.restart.policy, 'no');
	t.deepEqual(settings.deviceRequests, ['nvidia:gpu+compute']);
	t.deepEqual(settings.ulimits, [{name: 'nofile', soft: -1, hard: -1}]);
	t.is(settings.orchestrator, 'Swarm');
	fc.assert(
		fc.property(fc.object({maxDepth: 4}), fc.object({maxDepth: 3}), (HostConfig, Config) => {
			settingsOf({HostConfig, Config});
			return true;
		}),
	);
});

test('of an image variables are kept as digests, and labels say what it was built from', t => {
	const config = parseImageConfig({
		Config: {
			Env: ['TOKEN=hunter2'],
			ExposedPorts: {'8443/tcp': {}},
			Labels: {'org.opencontainers.image.ref.name': 'refs/heads/main'},
		},
	});

	t.is(config.variables.get('TOKEN'), digestOf('hunter2'));
	t.deepEqual(config.exposed, ['8443/tcp']);
	t.is(config.ref, 'refs/heads/main');
	t.is(config.purpose, undefined);
	t.is(parseImageConfig('nothing').variables.size, 0);
});
