import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import test from 'ava';
import fc from 'fast-check';
import {type Header, pack} from 'tar-stream';
import {readArchivedFile} from '../../daemon/docker/archive.ts';
import {connectEngine, type Engine} from '../../daemon/docker/engine.ts';
import type {Happening} from '../../daemon/docker/happening.ts';
import {listeningOf, processesOf} from '../../daemon/docker/processes.ts';
import {readPromised} from '../../daemon/docker/promise.ts';
import {parseTarget} from '../../daemon/docker/target.ts';
import {watchContainers} from '../../daemon/docker/watch.ts';
import {DaemonError} from '../../daemon/error.ts';
import {sealContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {openDocker} from '../helpers/docker.ts';
import {eventually} from '../helpers/eventually.ts';
import {relayTo} from '../helpers/relay.ts';
import {contract, listening} from '../helpers/subject.ts';
import {buildTarget, startTarget} from '../helpers/target.ts';

const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const id = 'a'.repeat(64);

const inspected = {
	Id: id,
	Name: '/web-1',
	Image: digestOf('image'),
	State: {
		Running: true,
		Pid: 42,
		StartedAt: '2026-11-22T05:00:00.123456789Z',
		Health: {Status: 'healthy', FailingStreak: 0},
	},
	Config: {
		Image: 'example/app:1',
		User: '10001',
		Labels: {'dev.sallyport.contract': digestOf('contract')},
		Healthcheck: {Test: ['CMD', 'true'], Interval: 5e9},
	},
	HostConfig: {
		Privileged: false,
		CapAdd: null,
		CapDrop: ['ALL'],
		SecurityOpt: ['no-new-privileges'],
		Memory: 1024,
		PidsLimit: 64,
		NetworkMode: 'bridge',
	},
	Mounts: [{Type: 'bind', Source: '/srv', Destination: '/data'}],
	NetworkSettings: {
		IPAddress: '172.17.0.2',
		Ports: {'8443/tcp': [{HostIp: '0.0.0.0', HostPort: '443'}], '9000/udp': null},
		Networks: {bridge: {IPAddress: '172.17.0.2'}, back: {IPAddress: '172.18.0.2'}},
	},
};

test('a container is read once, and every field has its own type', t => {
	const target = parseTarget(inspected);

	t.is(target.name, 'web-1');
	t.is(target.contract, digestOf('contract'));
	t.deepEqual(target.addresses, ['172.17.0.2', '172.18.0.2']);
	t.deepEqual(target.published, [{port: 8443, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 443}]);
	t.deepEqual(target.healthcheck, {
		test: ['CMD', 'true'],
		intervalMs: 5000,
		timeoutMs: 30_000,
		retries: 3,
		startPeriodMs: 0,
	});
	t.is(target.startedAt.toISOString(), '2026-11-22T05:00:00.123Z');
});

test('a label that is no digest is told apart from no label', t => {
	const withLabels = (Labels: unknown): unknown => ({...inspected, Config: {...inspected.Config, Labels}});

	t.is(parseTarget(withLabels({'dev.sallyport.contract': 'sha256:ZZ'})).contract, 'malformed');
	t.is(parseTarget(withLabels({})).contract, undefined);
	t.is(parseTarget(withLabels(null)).contract, undefined);
	t.is(
		parseTarget(withLabels(JSON.parse('{"__proto__": {"dev.sallyport.contract": "x"}}'))).contract,
		undefined,
	);
});

test('names and labels of any bytes are cut and cannot break the record', t => {
	const hostile = {
		...inspected,
		Name: `/${'\ud800x'.repeat(5000)}`,
		Config: {...inspected.Config, Labels: {['\udfff'.repeat(3)]: '\u0000\u001b[2J', constructor: 'x'}},
	};

	const target = parseTarget(hostile);

	t.true(target.name.length <= 1024 && target.name.isWellFormed());
	t.regex(target.labelsDigest, /^sha256:/);
});

test('whatever the engine answers, parsing gives a target or names what is wrong', t => {
	fc.assert(
		fc.property(fc.object({maxDepth: 4}), fc.subarray(Object.keys(inspected)), (junk, kept) => {
			const mixed = {
				...junk,
				...Object.fromEntries(kept.map(key => [key, inspected[key as keyof typeof inspected]])),
			};
			try {
				parseTarget(mixed);
			} catch (error) {
				return error instanceof DaemonError && error.code === 'TARGET_MALFORMED';
			}

			return true;
		}),
	);
	t.pass();
});

// ---- files out of containers

type TarHeader = Partial<Header> & {readonly name: string};

function tarOf(entries: readonly (readonly [TarHeader, string])[]): Readable {
	const tar = pack();
	for (const [header, content] of entries) {
		tar.entry(header, content);
	}

	tar.finalize();
	return Readable.from(tar);
}

test('a file is read out of an archive up to the limit, and no byte further', async t => {
	const file: readonly [TarHeader, string] = [{name: 'contract.json', type: 'file'}, 'hello'];

	t.deepEqual(Buffer.from(await readArchivedFile(tarOf([file]), '/x', 5, soon())), Buffer.from('hello'));
	const error = await t.throwsAsync(readArchivedFile(tarOf([file]), '/x', 4, soon()), {
		instanceOf: DaemonError,
	});
	t.is(error.code, 'FILE_REFUSED');
});

for (const type of ['symlink', 'link', 'directory', 'fifo'] as const) {
	test(`a ${type} in the place of a file is refused, and not followed`, async t => {
		const tar = tarOf([[{name: 'contract.json', type, linkname: '/etc/shadow'}, '']]);

		const error = await t.throwsAsync(readArchivedFile(tar, '/x', 100, soon()), {instanceOf: DaemonError});

		t.is(error.code, 'FILE_REFUSED');
	});
}

test('an archive that never comes ends with its signal', async t => {
	const never = new PassThrough();

	await t.throwsAsync(readArchivedFile(never, '/x', 100, AbortSignal.timeout(50)), {instanceOf: DaemonError});

	t.true(never.destroyed);
});

const reading = (answer: () => Promise<Uint8Array>): Pick<Engine, 'readFile'> => ({readFile: answer});
const {bytes, digest} = sealContract(contract);

test('a contract is believed only when the file is what the label says', async t => {
	const kept = await readPromised(
		reading(async () => bytes),
		{id, contract: digest},
		soon(),
	);
	const changed = await readPromised(
		reading(async () => Buffer.from(`${Buffer.from(bytes)} `)),
		{id, contract: digest},
		soon(),
	);

	t.is(kept.state, 'kept');
	t.is(changed.state, 'broken');
});

test('a contract that is absent or no contract is broken, and one of a vanished container is unread', async t => {
	const failing = (code: DaemonError['code']) => reading(() => Promise.reject(new DaemonError(code, 'no')));
	const junk = Buffer.from('{"version":2}');

	t.is((await readPromised(failing('FILE_ABSENT'), {id, contract: digest}, soon())).state, 'broken');
	t.is(
		(
			await readPromised(
				reading(async () => junk),
				{id, contract: digestOf(junk)},
				soon(),
			)
		).state,
		'broken',
	);
	t.is((await readPromised(failing('TARGET_GONE'), {id, contract: digest}, soon())).state, 'unread');
	t.is((await readPromised(failing('DOCKER_UNREACHABLE'), {id, contract: digest}, soon())).state, 'unread');
	t.is(
		(
			await readPromised(
				reading(async () => bytes),
				{id, contract: 'malformed'},
				soon(),
			)
		).state,
		'broken',
	);
});

// ---- processes

async function procWith(files: Readonly<Record<string, string>>): Promise<string> {
	const proc = await mkdtemp(join(tmpdir(), 'sallyport-proc-'));
	for (const [path, content] of Object.entries(files)) {
		await mkdir(join(proc, path, '..'), {recursive: true});
		await writeFile(join(proc, path), content);
	}

	return proc;
}

const statusOf = (name: string, uid: number, noNewPrivs: number): string =>
	`Name:\t${name}\nUmask:\t0022\nUid:\t1000\t${uid}\t${uid}\t${uid}\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t${noNewPrivs}\n`;

test('processes are those of the control group, whoever started them', async t => {
	const proc = await procWith({
		'42/cgroup': `0::/system.slice/docker-${id}.scope\n`,
		'42/status': statusOf('app', 10_001, 1),
		'77/cgroup': `9:pids:/docker/${id}\n`,
		'77/status': statusOf('sh', 0, 0),
		'99/cgroup': '0::/init.scope\n',
		'99/status': statusOf('init', 0, 0),
	});
	t.teardown(() => rm(proc, {recursive: true}));

	const seen = await processesOf({id, pid: 42}, proc, '/nowhere');

	t.deepEqual(seen.seen && seen.items.map(({pid, uid, noNewPrivileges}) => [pid, uid, noNewPrivileges]), [
		[42, 10_001, true],
		[77, 0, false],
	]);
});

test('a PID that belongs to something else, here or on another machine, shows nothing', async t => {
	const proc = await procWith({'42/cgroup': '0::/init.scope\n', '42/status': statusOf('init', 1, 1)});
	t.teardown(() => rm(proc, {recursive: true}));

	t.false((await processesOf({id, pid: 42}, proc)).seen);
	t.false((await processesOf({id, pid: 4242}, proc, '/nowhere')).seen);
	t.false((await processesOf({id, pid: 0}, proc)).seen);
	t.false((await listeningOf({id, pid: 42}, proc)).seen);
});

for (const [title, line, folder] of [
	['version 1', `9:pids:/docker/${id}`, `pids/docker/${id}`],
	['version 2', `0::/system.slice/docker-${id}.scope`, `system.slice/docker-${id}.scope`],
] as const) {
	test(`control groups of ${title} name their processes themselves, those of groups below included`, async t => {
		const proc = await procWith({
			'42/cgroup': `${line}\n`,
			'42/status': statusOf('app', 7, 1),
			'43/cgroup': `${line}/inner\n`,
			'43/status': statusOf('inner', 8, 1),
			// A member by its own word only; the group does not have it.
			'44/cgroup': `${line}\n`,
			'44/status': statusOf('other', 9, 1),
		});
		const cgroups = await procWith({
			[`${folder}/cgroup.procs`]: '42\n',
			[`${folder}/inner/cgroup.procs`]: '43\n',
		});
		t.teardown(() => Promise.all([proc, cgroups].map(path => rm(path, {recursive: true}))));

		const seen = await processesOf({id, pid: 42}, proc, cgroups);

		t.deepEqual(seen.seen && seen.items.map(({uid}) => uid), [7, 8]);
	});
}

test('a process cannot forge a line of its status by its name', async t => {
	const proc = await procWith({
		'42/cgroup': `0::/docker/${id}\n`,
		// The kernel writes a newline in a name as backslash and n.
		'42/status': statusOf(String.raw`x\nUid:\t0\t0\t0\t0`, 7, 1),
	});
	t.teardown(() => rm(proc, {recursive: true}));

	const seen = await processesOf({id, pid: 42}, proc, '/nowhere');

	t.is(seen.seen ? seen.items[0]?.uid : undefined, 7);
});

test('listening sockets are told apart from others, and loopback from the rest', async t => {
	const head =
		'  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
	const row = (address: string, port: string, state: string): string =>
		`   0: ${address}:${port} ${'0'.repeat(address.length)}:0000 ${state} 00000000:00000000 00:00000000 00000000  0\n`;
	const proc = await procWith({
		'42/cgroup': `0::/docker/${id}\n`,
		'42/net/tcp': `${head}${row('00000000', '20FB', '0A')}${row('0100007F', '0BB8', '0A')}${row('0100007F', '1111', '01')}`,
		'42/net/tcp6': `${head}${row('0'.repeat(32), '1F90', '0A')}${row('00000000000000000000000001000000', '0BB9', '0A')}${row('0000000000000000FFFF00000100007F', '0BBA', '0A')}`,
	});
	t.teardown(() => rm(proc, {recursive: true}));

	const seen = await listeningOf({id, pid: 42}, proc);

	t.deepEqual(seen.seen && seen.items, [
		{port: 8443, loopback: false},
		{port: 3000, loopback: true},
		{port: 8080, loopback: false},
		{port: 3001, loopback: true},
		{port: 3002, loopback: true},
	]);
});

// ---- the connection

test('a host that is no socket and no address is refused in words', t => {
	for (const host of ['ssh://x', 'unix://relative', 'tcp://x', '', 'http://x:1']) {
		t.throws(() => connectEngine(host), {
			instanceOf: DaemonError,
			message: /neither unix:\/\/\/path nor tcp/,
		});
	}
});

test('an engine below the floor is refused by its version', async t => {
	await using server = await listening(
		createServer((_, response) => {
			response.setHeader('Content-Type', 'application/json');
			response.end('{"Version":"20.10.24","ApiVersion":"1.41"}');
		}),
	);

	const error = await t.throwsAsync(connectEngine(`tcp://127.0.0.1:${server.port}`).check(soon()), {
		instanceOf: DaemonError,
	});

	t.is(error.code, 'DOCKER_TOO_OLD');
	t.regex(error.message, /20\.10\.24 .* older than 24/);
});

test('an engine that is not there is told with its address', async t => {
	const error = await t.throwsAsync(connectEngine('unix:///nowhere/docker.sock').check(soon()), {
		instanceOf: DaemonError,
	});

	t.is(error.code, 'DOCKER_UNREACHABLE');
	t.true(error.message.includes('unix:///nowhere/docker.sock'));
});

/** Collects until enough was seen. */
async function until(
	happenings: AsyncIterable<Happening>,
	isEnough: (all: readonly Happening[]) => boolean | Promise<boolean>,
): Promise<readonly Happening[]> {
	const all: Happening[] = [];
	for await (const happening of happenings) {
		all.push(happening);
		if (await isEnough(all)) {
			break;
		}
	}

	return all;
}

test('a socket that is missing, appears, vanishes and returns is followed through it all', async t => {
	const docker = await openDocker();
	const image = await buildTarget(docker, 'sallyport-test-target:1');
	await using relay = relayTo(docker.engine.host);
	const engine = connectEngine(relay.host);
	const stop = new AbortController();
	t.teardown(() => stop.abort());
	let started = '';

	const watching = until(
		watchContainers(engine, stop.signal, {firstWaitMs: 20, maxWaitMs: 200}),
		async all => {
			const kinds = all.map(({kind}) => kind).filter((kind, index, every) => kind !== every[index - 1]);
			const [last] = all.slice(-1);
			if (all.length === 1) {
				// Missing at first.
				setTimeout(() => void relay.appear(), 60);
			} else if (last?.kind === 'connected' && kinds.join() === 'lost,connected') {
				await relay.vanish();
				// It starts while nobody listens.
				started = await startTarget(docker, image.tag);
				setTimeout(() => void relay.appear(), 60);
			}

			// What the engine remembers of the time between is told before the connection, what it does not yet remember after it.
			return (
				all.filter(({kind}) => kind === 'connected').length > 1 &&
				all.some(each => each.kind === 'event' && each.id === started && each.action === 'start')
			);
		},
	);
	const all = await watching;
	await docker(['rm', '-f', started]);

	const connections = all.filter(each => each.kind === 'connected');
	t.is(connections.length, 2);
	t.false(connections[0]?.running.some(each => each.id === started));
	t.true(
		connections[1]?.running.some(each => each.id === started),
		'the list after the return has what was missed',
	);
	t.is(all[0]?.kind, 'lost');
	const losses = all.filter(each => each.kind === 'lost');
	t.false(losses[0]?.again);
	t.true(
		losses.slice(1).some(each => each.again) || losses.length === 2,
		'only the first loss of a row is news',
	);
});

test('stopping ends the watch at once, also while it waits for an engine', async t => {
	const stop = new AbortController();
	const begun = performance.now();

	const all = await until(
		watchContainers(connectEngine('unix:///nowhere.sock'), stop.signal, {firstWaitMs: 60_000}),
		() => {
			setTimeout(() => stop.abort(), 30);
			return false;
		},
	);

	t.is(all.length, 1);
	t.true(performance.now() - begun < 5000);
});

test('events that are no events are passed over, and one without an end ends the connection', async t => {
	const stop = new AbortController();
	t.teardown(() => stop.abort());
	let connections = 0;
	const event = JSON.stringify({
		Type: 'container',
		Action: 'health_status: healthy',
		Actor: {ID: id},
		timeNano: 1e18,
	});
	const engine: Engine = {
		...connectEngine('unix:///nowhere.sock'),
		check: async () => ({version: '28'}),
		running: async () => [],
		remembered: async () => Readable.from([]),
		events: async () => {
			connections += 1;
			return connections === 1
				? Readable.from([
						`nonsense\n{"Action":1}\n{"Type":"container","Action":"start","Actor":{"ID":"../x"},"timeNano":1}\n${event}\n`,
					])
				: Readable.from([Buffer.alloc(2 * 1024 * 1024, 97)]);
		},
	};

	const all = await until(
		watchContainers(engine, stop.signal, {firstWaitMs: 1, maxWaitMs: 1}),
		seen => seen.length === 6,
	);

	t.deepEqual(
		all.map(({kind}) => kind),
		['connected', 'event', 'lost', 'gap', 'connected', 'lost'],
	);
	t.like(all[1], {id, action: 'health_status'});
	t.like(all[5], {reason: 'The engine sent an event without an end'});
});

test('a real container is read: its contract, its file, its processes', async t => {
	const docker = await openDocker();
	const image = await buildTarget(docker, 'sallyport-test-target:1');
	const engine = connectEngine(docker.engine.host);
	const container = await startTarget(docker, image.tag);
	t.teardown(() => docker(['rm', '-f', container]));
	const target = parseTarget(await engine.inspect(container, soon()));
	const promised = await readPromised(engine, target, soon());
	const processes = await eventually(async () => {
		const seen = await processesOf(target);
		return !seen.seen || seen.items.some(({name}) => name === 'nginx') ? seen : undefined;
	});

	t.is(promised.state, 'kept');
	t.is(target.memoryBytes, 128 * 1024 * 1024);
	if (docker.engine.own) {
		t.true(
			processes.seen && processes.items.every(({uid, noNewPrivileges}) => uid === 10_001 && noNewPrivileges),
		);
	}

	const absent = await t.throwsAsync(engine.readFile(container, '/nope', 10, soon()), {
		instanceOf: DaemonError,
	});
	t.is(absent.code, 'FILE_ABSENT');
	const gone = await t.throwsAsync(engine.inspect('f'.repeat(64), soon()), {instanceOf: DaemonError});
	t.is(gone.code, 'TARGET_GONE');
});
