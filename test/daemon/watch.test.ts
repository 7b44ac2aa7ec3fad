import {createHash} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {readConfig} from '../../daemon/config.ts';
import {containersInKernel} from '../../daemon/docker/cgroups.ts';
import {describe} from '../../daemon/docker/describe.ts';
import {connectEngine, type Engine, type Listed} from '../../daemon/docker/engine.ts';
import {composed} from '../../daemon/docker/engines.ts';
import {type Happening, parseEvent} from '../../daemon/docker/happening.ts';
import {engineHosts} from '../../daemon/docker/hosts.ts';
import {openPasts} from '../../daemon/docker/past-book.ts';
import {openRoster} from '../../daemon/docker/roster.ts';
import {serviceOf} from '../../daemon/docker/served.ts';
import {parseTarget} from '../../daemon/docker/target.ts';
import {DaemonError} from '../../daemon/error.ts';
import {passedOf} from '../../daemon/short-lived.ts';
import {digestOf} from '../../proto/digest.ts';
import {eventually} from '../helpers/eventually.ts';
import {startWatching} from '../helpers/watching.ts';

const id = 'a'.repeat(64);
const other = 'b'.repeat(64);

function folderWith(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-watch-'));
	t.teardown(() => rmSync(folder, {recursive: true, force: true}));
	for (const [path, content] of Object.entries(files)) {
		mkdirSync(dirname(join(folder, path)), {recursive: true});
		writeFileSync(join(folder, path), content);
	}

	return folder;
}

// ---- one event

let clock = 1_795_375_717_000_000_000n;

/** A line as the engine writes it, later than every one before. */
function line(
	action: string,
	attributes: Readonly<Record<string, string>> = {},
	type = 'container',
	of = id,
): string {
	clock += 1_000_001n;
	const rest = JSON.stringify({
		Type: type,
		Action: action,
		Actor: {ID: of, Attributes: {name: 'web-1', image: 'example/app:1', ...attributes}},
		scope: 'local',
	});
	return `${rest.slice(0, -1)},"time":${clock / 1_000_000_000n},"timeNano":${clock}}`;
}

test('an event keeps the nanoseconds that no number holds', t => {
	const told = parseEvent(line('start').replace(/"timeNano":\d+/, '"timeNano":1795375717812345678'), 'e');

	t.is(told?.nanos, 1_795_375_717_812_345_678n);
	t.is(told?.happening?.at.toISOString(), '2026-11-22T19:28:37.812Z');
});

test('a label that looks like the time of an event is not taken for it', t => {
	const told = parseEvent(
		line('start', {'x","timeNano":1,"y': '"timeNano":2', '"timeNano":3': '"timeNano":4}'}),
		'e',
	);

	t.is(told?.nanos, clock);
});

test('an event says what it is about, in words of a closed set', t => {
	const happening = (...words: Parameters<typeof line>): unknown =>
		parseEvent(line(...words), 'e')?.happening;

	t.like(happening('die', {exitCode: '137'}), {action: 'die', exitCode: 137, name: 'web-1', engine: 'e'});
	t.like(happening('health_status: unhealthy'), {action: 'health_status', status: 'unhealthy'});
	t.like(happening('exec_create: sh -c echo a: b', {execID: 'f'.repeat(64)}), {
		action: 'exec_create',
		exec: {id: 'f'.repeat(64), command: 'sh -c echo a: b'},
	});
	t.like(happening('rename', {oldName: '/before'}), {action: 'rename', oldName: 'before'});
	t.like(happening('connect', {container: other, name: 'bridge'}, 'network', 'n'), {id: other, name: ''});
	t.like(happening('pull', {name: 'alpine:3'}, 'image', 'alpine:3'), {kind: 'image', action: 'pull'});
	t.is(happening('mystery'), undefined);
	t.is(happening('start', {}, 'container', '../x'), undefined);
});

test('an exit code is a number that a process can end with, or not known', t => {
	for (const exitCode of ['-1', '1e3', '', '9999', 'x'.repeat(1e6)]) {
		t.false('exitCode' in (parseEvent(line('die', {exitCode}), 'e')?.happening ?? {}));
	}
});

// ---- an engine of lines

interface Script {
	/** Lines of the stream, one list for each connection; the last stays open. */
	readonly streams: readonly (readonly string[])[];
	/** What the engine remembers at each question, the last for ever. */
	readonly remembered: readonly (readonly string[])[];
	readonly running?: readonly Listed[];
}

function scripted({streams, remembered, running = []}: Script): Engine {
	let connections = 0;
	let questions = 0;
	return {
		...connectEngine('unix:///nowhere.sock'),
		name: 'e',
		check: async () => ({version: '28'}),
		running: async () => running,
		events: async () => {
			const lines = streams[connections] ?? streams.at(-1) ?? [];
			const isLast = connections >= streams.length - 1;
			connections += 1;
			return isLast
				? Readable.from(
						(async function* () {
							yield `${lines.join('\n')}\n`;
							await new Promise<never>(() => undefined);
						})(),
					)
				: Readable.from([`${lines.join('\n')}\n`]);
		},
		remembered: async () => {
			const lines = remembered[Math.min(questions, remembered.length - 1)] ?? [];
			questions += 1;
			return Readable.from([`${lines.join('\n')}\n`]);
		},
	};
}

const kinds = (all: readonly Happening[]): readonly string[] =>
	all.map(each => (each.kind === 'event' ? each.action : each.kind));

test('after a loss the engine tells again what is known, and it counts once', async t => {
	const [first, second] = [line('start'), line('die', {exitCode: '0'})];
	const engine = scripted({
		streams: [[first], [first, second]],
		remembered: [[], [first, second]],
	});

	const watching = startWatching(t, engine, {clockMs: 10});
	await eventually(() => (watching.kind('connected').length === 2 ? true : undefined));

	t.deepEqual(kinds(watching.all), ['connected', 'start', 'lost', 'die', 'connected']);
});

test('an engine that has forgotten what was heard was restarted, and that is a gap', async t => {
	const engine = scripted({
		streams: [[line('start')], []],
		remembered: [[], [line('start', {}, 'container', other)]],
	});

	const watching = startWatching(t, engine, {clockMs: 10});
	const gap = await eventually(() => watching.kind('gap')[0]);

	t.is(gap.reason, 'events were lost: the engine was restarted, and has forgotten what happened before');
	t.true(watching.actionsOf(other).includes('start'), 'what it does remember is told');
});

test('an engine of which no event was ever heard may have been restarted, and that is said', async t => {
	const watching = startWatching(t, scripted({streams: [[], []], remembered: [[]]}), {clockMs: 10});

	const gap = await eventually(() => watching.kind('gap')[0]);

	t.regex(gap.reason, /whether the engine was restarted meanwhile cannot be told/);
});

test('what happened in the moment before the first connection is told, and is no gap', async t => {
	const [heard, before] = [line('start'), line('start', {}, 'container', other)];
	const engine = scripted({streams: [[heard]], remembered: [[], [heard, before]]});

	const watching = startWatching(t, engine, {rollMs: 50, lateMs: 20});
	await eventually(() => (watching.kind('listed').length > 2 ? true : undefined));

	t.deepEqual(watching.kind('gap'), []);
	t.deepEqual(watching.actionsOf(other), ['start']);
});

test('what the open stream leaves out is told a little later, with a gap', async t => {
	// Surely after the connection, whose moment the engine tells to a second only.
	clock = BigInt(Date.now() + 10_000) * 1_000_000n;
	const [heard, left] = [line('start'), line('start', {}, 'container', other)];
	const engine = scripted({streams: [[heard]], remembered: [[], [heard, left]]});

	const watching = startWatching(t, engine, {rollMs: 50, lateMs: 20});
	const gap = await eventually(() => watching.kind('gap')[0]);
	await eventually(() => (watching.kind('listed').length > 2 ? true : undefined));

	t.is(gap.reason, "events were lost: the engine's stream left out 1 that it remembers");
	t.deepEqual(watching.actionsOf(other), ['start']);
	t.is(watching.kind('gap').length, 1);
});

// ---- what is kept of a container

const listed = (container: string, labels: Readonly<Record<string, string>> = {}): Listed => ({
	id: container,
	name: 'web-1',
	image: 'example/app:1',
	labels,
	engine: 'e',
	health: undefined,
});

test('what is kept of a container has an end, whatever happens to it', t => {
	const pasts = openPasts(undefined, AbortSignal.timeout(1000));
	for (let index = 0; index < 1000; index += 1) {
		for (const action of ['start', 'oom', 'exec_create: sh', 'die', 'health_status: unhealthy']) {
			const told = parseEvent(line(action, {execID: String(index).padStart(64, '0')}), 'e');
			t.not(told?.happening, undefined);
			pasts.take(told?.happening as Happening);
		}
	}

	const past = pasts.of(id);
	t.deepEqual(
		[past?.starts, past?.ends, past?.ooms, past?.execs, past?.health].map(list => list?.length),
		[128, 128, 128, 128, 128],
	);
	t.is(past?.dropped, 5 * (1000 - 128));
});

test('a container that was there before the watch is known by its labels, so that they cannot forge its end', t => {
	const pasts = openPasts(undefined, AbortSignal.timeout(1000));
	const at = new Date();
	pasts.take({kind: 'connected', engine: 'e', at, running: [listed(id, {exitCode: '0'}), listed(other)]});

	for (const container of [id, other]) {
		pasts.take(parseEvent(line('die', {exitCode: '0'}, 'container', container), 'e')?.happening as Happening);
	}

	t.is(pasts.of(id)?.ends[0]?.exitCode, undefined);
	t.is(pasts.of(other)?.ends[0]?.exitCode, 0);
});

test('health checks before the first look are taken back when it shows that they were the engine’s own', t => {
	const pasts = openPasts(undefined, AbortSignal.timeout(1000));
	const take = (action: string, execID: string): boolean =>
		pasts.take(parseEvent(line(action, {execID}), 'e')?.happening as Happening);
	take('exec_create: /bin/sh -c curl -f localhost', '1');
	take('exec_create: sh', '2');

	pasts.know({id, healthCommand: '/bin/sh -c curl -f localhost'});

	t.deepEqual(
		pasts.of(id)?.execs.map(({id: exec}) => exec),
		['2'],
	);
	t.false(take('exec_create: /bin/sh -c curl -f localhost', '3'));
	t.true(take('exec_create: /bin/sh -c curl -f localhost; id', '4'));
});

test('a health check is written as its events are, with the shell of the image', t => {
	const command = (Test: readonly string[], Shell?: readonly string[]): string | undefined =>
		parseTarget({
			Id: id,
			Image: digestOf('image'),
			State: {},
			Config: {Healthcheck: {Test}, ...(Shell && {Shell})},
			HostConfig: {},
			NetworkSettings: {},
		}).healthCommand;

	t.is(command(['CMD', 'check', '-f']), 'check -f');
	t.is(command(['CMD-SHELL', 'curl x || exit 1']), '/bin/sh -c curl x || exit 1');
	t.is(command(['CMD-SHELL', 'test'], ['/bin/bash', '-ec']), '/bin/bash -ec test');
	t.is(command(['NONE']), undefined);
});

test('of a container that came and went, no statement is made of what was not told', t => {
	const past = {since: new Date(), name: 'x', image: 'y', starts: [], ends: [], ooms: [], execs: []} as const;
	const rest = {health: [], dropped: 0, gaps: []} as const;

	t.is(passedOf(id, undefined), undefined);
	t.is(passedOf(id, {...past, ...rest, starts: [new Date()]}), undefined, 'the image is not known');
	t.regex(
		passedOf(id, {...past, ...rest, starts: [new Date(0)], imageDigest: digestOf('i')})?.message ?? '',
		/was not seen to end/,
	);
});

// ---- three sources

test('a container that not every source knows is told once, with who knows it', async t => {
	const stop = new AbortController();
	t.teardown(() => stop.abort());
	const ids = ['1', '2', '3', '4'].map(digit => digit.repeat(64));
	const [known = '', unlisted = '', kernelOnly = '', unfollowed = ''] = ids;
	const roster = openRoster({
		scan: async () => new Set([known, unlisted, kernelOnly, unfollowed]),
		everyMs: 20,
		settleMs: 10,
	});
	const at = new Date(Date.now() - 60_000);
	roster.take({kind: 'connected', engine: 'e', at, running: [listed(known)]});
	roster.take({kind: 'event', engine: 'e', at, id: unlisted, action: 'start', name: '', image: ''});
	roster.take({kind: 'listed', engine: 'e', at: new Date(), running: [listed(known), listed(unfollowed)]});

	const told: Happening[] = [];
	for await (const stray of roster.strays(stop.signal)) {
		told.push(stray);
		if (told.length === 3) {
			break;
		}
	}

	const reasons = new Map(told.map(each => [each.kind === 'stray' ? each.id : '', each]));
	t.deepEqual([...reasons.keys()].toSorted(), [unlisted, kernelOnly, unfollowed]);
	t.like(reasons.get(kernelOnly), {
		reason:
			"sources differ: the kernel's control groups have this container, and the engine's list and the engine's events do not",
	});
	t.like(roster.population(), {listed: 2, followed: 2, groups: 4});
});

test('the kernel of another machine says nothing about an engine', async t => {
	const stop = new AbortController();
	t.teardown(() => stop.abort());
	const roster = openRoster({scan: async () => new Set(), everyMs: 10, settleMs: 5});
	roster.take({kind: 'connected', engine: 'e', at: new Date(), running: [listed(id)]});
	const strays = roster.strays(stop.signal);
	const first = strays.next();

	const population = await eventually(() => roster.population());
	stop.abort();

	t.like(population, {listed: 1, followed: 1, groups: undefined, strays: []});
	t.true((await first).done);
});

test('control groups of version 1 and 2, of systemd and of none, name their containers', async t => {
	const [a, b, c] = ['a', 'b', 'c'].map(digit => digit.repeat(64));
	const two = folderWith(t, {
		'cgroup.controllers': 'pids',
		[`system.slice/docker-${a}.scope/cgroup.procs`]: '1\n',
		[`docker/${b}/cgroup.procs`]: '',
		[`docker/${b}/init/cgroup.procs`]: '2\n',
		[`docker/${c}/cgroup.procs`]: '',
		[`docker/${b}/docker/${'d'.repeat(64)}/cgroup.procs`]: '3\n',
		'system.slice/ssh.service/cgroup.procs': '4\n',
	});
	const one = folderWith(t, {
		[`pids/docker/${a}/cgroup.procs`]: '1\n',
		[`cpu/docker/${b}/cgroup.procs`]: '1\n',
	});

	t.deepEqual([...((await containersInKernel(two)) ?? [])].toSorted(), [a, b], 'nobody is in the third');
	t.deepEqual([...((await containersInKernel(one)) ?? [])], [a]);
	t.is(await containersInKernel(join(two, 'nothing')), undefined);
});

// ---- which engines

const refused = (t: ExecutionContext, text: string, env: Readonly<Record<string, string>> = {}): string => {
	const error = t.throws(() => engineHosts(text, env), {instanceOf: DaemonError});
	t.is(error?.code, 'DOCKER_HOST_INVALID');
	t.false((error?.message ?? '').includes('\n'));
	return error?.message ?? '';
};

test('engines are named by socket, address, context or as rootless, several with commas', t => {
	const key = createHash('sha256').update('far').digest('hex');
	const folder = folderWith(t, {
		[`contexts/meta/${key}/meta.json`]: JSON.stringify({
			Name: 'far',
			Endpoints: {docker: {Host: 'tcp://10.0.0.5:2376', SkipTLSVerify: false}},
		}),
		[`contexts/tls/${key}/docker/ca.pem`]: 'ca',
	});

	t.deepEqual(
		engineHosts('unix:///var/run/docker.sock, tcp://127.0.0.1:2375,context:far,rootless', {
			DOCKER_CONFIG: folder,
			XDG_RUNTIME_DIR: '/run/user/7',
		}),
		[
			{name: 'unix:///var/run/docker.sock', address: 'unix:///var/run/docker.sock'},
			{name: 'tcp://127.0.0.1:2375', address: 'tcp://127.0.0.1:2375'},
			{
				name: 'far',
				address: 'tcp://10.0.0.5:2376',
				tls: {ca: join(folder, `contexts/tls/${key}/docker/ca.pem`), verify: true},
			},
			{name: 'rootless', address: 'unix:///run/user/7/docker.sock'},
		],
	);
	t.deepEqual(engineHosts('tcp://h:1', {DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs'})[0]?.tls, {
		ca: '/certs/ca.pem',
		cert: '/certs/cert.pem',
		key: '/certs/key.pem',
		verify: true,
	});
});

test('an engine that cannot be watched is refused in one sentence that says what to write', t => {
	const folder = folderWith(t, {
		[`contexts/meta/${createHash('sha256').update('bad').digest('hex')}/meta.json`]: '{',
	});
	const env = {DOCKER_CONFIG: folder};

	t.regex(refused(t, 'ssh://me@host'), /forward the socket with "ssh -nNT -L/);
	t.regex(
		refused(t, 'http://host'),
		/is neither unix:\/\/\/path nor tcp:\/\/host:port nor context:NAME nor rootless/,
	);
	t.regex(refused(t, 'rootless'), /needs XDG_RUNTIME_DIR/);
	t.regex(refused(t, 'context:none', env), /There is no Docker context "none".*"docker context ls"/);
	t.regex(refused(t, 'context:bad', env), /"bad" cannot be read/);
	t.regex(refused(t, 'context:../../x', env), /is no name of a Docker context/);
	t.regex(refused(t, 'unix:///a,unix:///a'), /is named twice/);
	t.regex(refused(t, ''), /0 engines are named/);
	t.regex(refused(t, Array.from({length: 17}, (_, n) => `unix:///${n}`).join()), /17 engines are named/);
});

test('the file names engines in a list, with what TLS needs, and what it says of containers', t => {
	const folder = folderWith(t, {
		'daemon.yaml': `docker-host:
  - unix:///a.sock
  - {host: 'tcp://10.0.0.5:2376', name: far, ca: /ca.pem}
containers:
  - name: 'shop-*'
    listeners: [8443/https, 8080/redirect]
    hosts: [shop.example]
    health-path: /healthz
`,
	});

	const config = readConfig(['--config', join(folder, 'daemon.yaml')], {});

	t.deepEqual(config.engines, [
		{name: 'unix:///a.sock', address: 'unix:///a.sock'},
		{name: 'far', address: 'tcp://10.0.0.5:2376', tls: {ca: '/ca.pem', verify: true}},
	]);
	t.deepEqual(config.containers, [
		{
			name: 'shop-*',
			image: undefined,
			listeners: [
				{port: 8443, protocol: 'https'},
				{port: 8080, protocol: 'redirect'},
			],
			hosts: ['shop.example'],
			healthPath: '/healthz',
		},
	]);
	t.is(
		readConfig(['--config', join(folder, 'daemon.yaml'), '--docker-host', 'unix:///b'], {}).engines[0]?.name,
		'unix:///b',
	);
});

const mistakes: readonly (readonly [string, RegExp])[] = [
	['docker-host:\n  - {name: x}\n', /daemon\.yaml:2:\d+: .*needs a host/],
	['docker-host:\n  - {host: tcp://h:1, cert: /c}\n', /daemon\.yaml:2:\d+: .*certificate without its key/],
	['docker-host: [ssh://x]\n', /needs ssh/],
	['containers:\n  - listeners: [8443/https]\n', /daemon\.yaml:2:\d+: .*needs a name or an image/],
	['containers:\n  - name: x\n    listeners: [https]\n', /daemon\.yaml:3:\d+: .*"https" is no listener/],
	['containers:\n  - name: x\n    health-path: healthz\n', /daemon\.yaml:3:\d+: .*is no path/],
	['containers:\n  - name: x\n    excuse: all\n', /daemon\.yaml:3:\d+: .*excuse/],
];

for (const [text, message] of mistakes) {
	test(`a mistake is told with its place: ${JSON.stringify(text)}`, t => {
		const folder = folderWith(t, {'daemon.yaml': text});

		const error = t.throws(() => readConfig(['--config', join(folder, 'daemon.yaml')], {}), {
			instanceOf: DaemonError,
		});

		t.is(error?.code, 'CONFIG_INVALID');
		t.regex(error?.message ?? '', message);
	});
}

test('a question goes to the engine that has the container, and one that is lost hides nothing of the others', async t => {
	const asked: string[] = [];
	const engineOf = (name: string, answer: () => Promise<unknown>): Engine => ({
		...connectEngine(`unix:///${name}.sock`),
		name,
		inspect: async () => {
			asked.push(name);
			return answer();
		},
	});
	const gone = (): Promise<never> => Promise.reject(new DaemonError('TARGET_GONE', 'no'));
	const lost = (): Promise<never> => Promise.reject(new DaemonError('DOCKER_UNREACHABLE', 'lost'));
	let has = true;
	const engine = composed([
		engineOf('a', gone),
		engineOf('b', () => (has ? Promise.resolve({it: 'is'}) : gone())),
		engineOf('c', lost),
	]);
	const signal = AbortSignal.timeout(1000);

	await engine.inspect(id, signal);
	await engine.inspect(id, signal);
	has = false;
	const ended = await t.throwsAsync(engine.inspect(id, signal), {instanceOf: DaemonError});
	const unknown = await t.throwsAsync(engine.inspect(other, signal), {instanceOf: DaemonError});

	t.deepEqual(asked.slice(0, 4), ['a', 'b', 'b', 'b']);
	t.is(ended?.code, 'TARGET_GONE', 'its home knows');
	t.is(unknown?.code, 'DOCKER_UNREACHABLE', 'the engine that is lost may have it');
});

// ---- descriptions

const described = (labels: Readonly<Record<string, string>>) => ({
	name: 'shop-1',
	image: {reference: 'example/shop:1', digest: digestOf('i'), manifest: undefined},
	described: labels,
});

test('labels describe what they can, and say what they could not', t => {
	const description = describe(
		described({
			'dev.sallyport.listeners': '8443/https, 8080/redirect 70000/https x',
			'dev.sallyport.hosts': 'shop.example -bad- \u001b[2J',
			'dev.sallyport.health-path': 'no path',
		}),
		[],
	);

	t.deepEqual(description?.listeners, [
		{port: 8443, protocol: 'https'},
		{port: 8080, protocol: 'redirect'},
	]);
	t.deepEqual(description?.hosts, ['shop.example']);
	t.is(description?.healthPath, undefined);
	t.is(description?.problems.length, 5);
	t.true(description?.problems.every(problem => /^[\x20-\x7e]*$/.test(problem)));
	t.is(describe(described({}), []), undefined);
});

test('the file wins over labels, field by field, and its first entry that matches counts', t => {
	const labels = {'dev.sallyport.hosts': 'label.example', 'dev.sallyport.health-path': '/label'};
	const file = [
		{name: 'other-*', image: undefined, healthPath: '/other'},
		{name: 'sh*-1', image: 'example/*', healthPath: '/file'},
		{name: '*', image: undefined, healthPath: '/last'},
	];

	t.like(describe(described(labels), file), {by: 'file', hosts: ['label.example'], healthPath: '/file'});
});

test('a service is named by our label, by Swarm or by Compose, in this order', t => {
	const composedOf = {'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web'};

	t.is(serviceOf(composedOf), 'shop/web');
	t.is(serviceOf({...composedOf, 'com.docker.swarm.service.name': 'stack_web'}), 'stack_web');
	t.is(serviceOf({...composedOf, 'dev.sallyport.service': 'ours'}), 'ours');
	t.is(serviceOf({constructor: 'x'}), undefined);
});
