import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {containersInKernel} from '../daemon/docker/cgroups.ts';
import {dockerOf} from '../daemon/docker/client.ts';
import {connectEngine} from '../daemon/docker/engine.ts';
import {composed} from '../daemon/docker/engines.ts';
import {openRoster} from '../daemon/docker/roster.ts';
import {parseTarget} from '../daemon/docker/target.ts';
import {availNoCrashLoop} from '../daemon/probes/availability/avail-no-crash-loop.ts';
import {runExecObserved} from '../daemon/probes/isolation/run-exec-observed.ts';
import type {Probe} from '../daemon/probes/probe.ts';
import {passedOf} from '../daemon/short-lived.ts';
import {isDigest} from '../proto/digest.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, openDocker} from './helpers/docker.ts';
import {documentedPaths, engineProxy} from './helpers/engine-proxy.ts';
import {eventually} from './helpers/eventually.ts';
import {subjectWith} from './helpers/subject.ts';
import {start} from './helpers/target.ts';
import {startWatching, type Watching} from './helpers/watching.ts';

// Real containers on a real engine, through a socket that can be narrowed, cut and made to hang.

const IMAGE = 'alpine:3.22';
const soon = (): AbortSignal => AbortSignal.timeout(20_000);

async function ready(): Promise<Docker> {
	const docker = await openDocker();
	await ensureImages(docker.engine, [IMAGE]);
	return docker;
}

async function connected(watching: Watching): Promise<void> {
	await eventually(() => (watching.kind('connected').length > 0 ? true : undefined));
}

/** One probe's answer about a container, by what the engine says now and what events told. */
async function answer(probe: Probe, docker: Docker, watching: Watching, id: string): Promise<string> {
	const target = parseTarget(await connectEngine(docker.engine.host).inspect(id, soon()));
	const [finding] = await probe({...subjectWith(), target, past: watching.pasts.of(id)}, soon());
	return `${finding?.result}: ${finding?.message}`;
}

test.serial(
	'a container that lives for an instant is told from start to end, and a statement can be made of it',
	async t => {
		const docker = await ready();
		const watching = startWatching(t, connectEngine(docker.engine.host));
		await connected(watching);

		const ran = await docker([
			'run',
			'--rm',
			'--name',
			'sallyport-brief',
			IMAGE,
			'sh',
			'-c',
			'sleep 0.2; exit 7',
		]);

		t.is(ran.code, 7);
		const end = await eventually(() =>
			watching.kind('event').find(({action, name}) => action === 'die' && name === 'sallyport-brief'),
		);
		t.like(end, {exitCode: 7, image: IMAGE});
		t.true(watching.actionsOf(end.id).includes('start'));
		const passed = await eventually(() => passedOf(end.id, watching.pasts.of(end.id)));
		t.like(passed.target, {name: 'sallyport-brief', running: false, exitCode: 7});
		t.true(isDigest(passed.target.image.digest));
		t.regex(passed.message, /^It started at .*Z, ended at .*Z with exit code 7, and could not be looked at/);
	},
);

test.serial('what is done to a container is told in order: renamed, updated, paused, stopped', async t => {
	const docker = await ready();
	const watching = startWatching(t, connectEngine(docker.engine.host));
	await connected(watching);
	const id = await start(t, docker, '--memory=64m', '--memory-swap=64m', IMAGE, 'sleep', '60');

	await docker(['rename', id, 'sallyport-renamed']);
	await docker(['update', '--memory=48m', '--memory-swap=48m', id]);
	await docker(['pause', id]);
	await docker(['unpause', id]);
	await docker(['stop', '-t', '0', id]);
	await eventually(() => (watching.actionsOf(id).includes('die') ? true : undefined));

	const told = watching.actionsOf(id).filter(action => !['connect', 'disconnect'].includes(action));
	const each = told.filter((action, index) => action !== told[index - 1]);
	t.deepEqual(each, ['create', 'start', 'rename', 'update', 'pause', 'unpause', 'kill', 'die']);
	t.is(watching.of(id).find(({action}) => action === 'rename')?.name, 'sallyport-renamed');
	t.is(watching.pasts.of(id)?.name, 'sallyport-renamed');
	t.like(watching.pasts.of(id)?.ends[0], {exitCode: 137, asked: true});
});

test.serial(
	'a command that somebody starts is told with user and privileges, and a health check is not',
	async t => {
		const docker = await ready();
		const engine = connectEngine(docker.engine.host);
		const watching = startWatching(t, engine);
		await connected(watching);
		const check = ['--health-cmd', 'true', '--health-interval', '1s', '--user', '1000'];
		const id = await start(t, docker, ...check, IMAGE, 'sleep', '60');
		watching.pasts.know(parseTarget(await engine.inspect(id, soon())));
		await eventually(() =>
			watching.pasts.of(id)?.health.some(({status}) => status === 'healthy') ? true : undefined,
		);
		const quiet = await answer(runExecObserved, docker, watching, id);

		await docker(['exec', id, 'echo', 'S3CRET']);
		await eventually(() => (watching.pasts.of(id)?.execs[0]?.privileged === undefined ? undefined : true));
		const ordinary = await answer(runExecObserved, docker, watching, id);
		await docker(['exec', '--user', 'root', '--privileged', id, 'id']);
		await eventually(() => (watching.pasts.of(id)?.execs[1]?.privileged === undefined ? undefined : true));
		const bad = await answer(runExecObserved, docker, watching, id);

		t.regex(quiet, /^pass/);
		t.regex(ordinary, /^pass/);
		t.is(bad, 'fail: Somebody started "id" in the container with privileges');
		t.deepEqual(
			watching.pasts.of(id)?.execs.map(({word, user, privileged}) => [word, user, privileged]),
			[
				['echo', '1000', false],
				['id', 'root', true],
			],
		);
		t.false(JSON.stringify(watching.pasts.of(id)).includes('S3CRET'));
	},
);

test.serial('a label cannot pass off an end or a command as another', async t => {
	const docker = await ready();
	const watching = startWatching(t, connectEngine(docker.engine.host));
	await connected(watching);
	const forged = ['--label', 'exitCode=0', '--label', `execID=${'a'.repeat(64)}`];
	const id = await start(t, docker, ...forged, '--user', '1000', IMAGE, 'sh', '-c', 'sleep 2; exit 9');

	await docker(['exec', '--user', '0', id, 'true']);
	const hidden = await answer(runExecObserved, docker, watching, id);
	await eventually(() => (watching.actionsOf(id).includes('die') ? true : undefined));

	t.regex(hidden, /^not-evaluated: A command was started/);
	t.like(watching.pasts.of(id)?.ends[0], {exitCode: undefined});
});

test.serial(
	'a container that ends again and again is a crash loop, and one without memory is killed',
	async t => {
		const docker = await ready();
		const watching = startWatching(t, connectEngine(docker.engine.host));
		await connected(watching);
		const looping = await start(t, docker, '--restart=always', IMAGE, 'sh', '-c', 'exit 3');
		const hungry = await start(
			t,
			docker,
			...[
				'--memory=16m',
				'--memory-swap=16m',
				IMAGE,
				'sh',
				'-c',
				'x=$(dd if=/dev/zero bs=1M count=64 | tr "\\0" x)',
			],
		);

		await eventually(() => ((watching.pasts.of(looping)?.ends.length ?? 0) > 3 ? true : undefined));
		await eventually(() => ((watching.pasts.of(hungry)?.ends.length ?? 0) > 0 ? true : undefined));

		t.regex(await answer(availNoCrashLoop, docker, watching, looping), /^fail: It ended by itself \d+ times/);
		t.regex(await answer(availNoCrashLoop, docker, watching, hungry), /^fail: The kernel killed it/);
		t.true(watching.pasts.of(looping)?.ends.every(({exitCode, asked}) => exitCode === 3 && !asked));
	},
);

test.serial(
	'what happens while the connection is cut is told afterwards, once, and nothing counts as lost',
	async t => {
		const docker = await ready();
		await using proxy = await engineProxy(docker.engine.host);
		const watching = startWatching(t, connectEngine(proxy.host));
		await connected(watching);
		const before = await start(t, docker, IMAGE, 'sleep', '60');
		await eventually(() => (watching.actionsOf(before).includes('start') ? true : undefined));

		await proxy.cut();
		const during = await start(t, docker, IMAGE, 'sleep', '60');
		const brief = await start(t, docker, IMAGE, 'true');
		await docker(['kill', before]);
		await docker(['wait', brief]);
		await proxy.mend();
		await eventually(() => (watching.kind('connected').length > 1 ? true : undefined));
		const after = await start(t, docker, IMAGE, 'true');
		await eventually(() => (watching.actionsOf(after).includes('die') ? true : undefined));

		t.true(watching.kind('connected')[1]?.running.some(({id}) => id === during));
		t.true(watching.kind('lost').length > 0);
		t.deepEqual(watching.kind('gap'), []);
		for (const [id, ...actions] of [
			[before, 'start', 'die'],
			[during, 'start'],
			[brief, 'start', 'die'],
			[after, 'start', 'die'],
		] as const) {
			const told = watching.actionsOf(id).filter(action => action === 'start' || action === 'die');
			t.deepEqual(told, actions);
		}
	},
);

test.serial(
	'more events than the engine remembers leave a gap, and the list still has what runs',
	async t => {
		const docker = await ready();
		await using proxy = await engineProxy(docker.engine.host);
		const watching = startWatching(t, connectEngine(proxy.host));
		await connected(watching);
		const image = dockerOf(docker.engine.host).getImage(IMAGE);
		t.teardown(() => docker(['rmi', 'sallyport-flood:1']));
		const known = await start(t, docker, IMAGE, 'sleep', '60');
		await eventually(() => (watching.actionsOf(known).includes('start') ? true : undefined));

		await proxy.cut();
		const missed = await start(t, docker, IMAGE, 'sleep', '60');
		for (let round = 0; round < 13; round += 1) {
			await Promise.all(Array.from({length: 20}, () => image.tag({repo: 'sallyport-flood', tag: '1'})));
		}

		await proxy.mend();
		const gap = await eventually(() => watching.kind('gap')[0]);
		await eventually(() => (watching.kind('connected').length > 1 ? true : undefined));

		t.regex(gap.reason, /^events were lost: more happened than the 256 events that the engine remembers$/);
		t.true(gap.from < gap.to);
		t.true(watching.kind('connected')[1]?.running.some(({id}) => id === missed));
		t.is(watching.pasts.of(known)?.gaps.length, 1);
	},
);

test.serial('an engine that does not answer any more is lost, though its stream stays open', async t => {
	const docker = await ready();
	await using proxy = await engineProxy(docker.engine.host);
	const watching = startWatching(t, connectEngine(proxy.host, 500), {rollMs: 200});
	await eventually(() => (watching.kind('listed').length > 0 ? true : undefined));

	proxy.hang('/containers/json');
	const lost = await eventually(() => watching.kind('lost')[0]);
	proxy.hang('/events');
	await eventually(() => (watching.kind('lost').length > 3 ? true : undefined));
	proxy.hang();
	await eventually(() => (watching.kind('connected').length > 1 ? true : undefined));

	t.regex(lost.reason, /No Docker Engine answers|took too long/);
	t.deepEqual(watching.kind('gap'), [], 'the engine was the same all the time, and remembers everything');
});

test.serial(
	'two sockets of one engine are one engine with two ways: nothing counts twice, and one of them is enough',
	async t => {
		const docker = await ready();
		await using left = await engineProxy(docker.engine.host);
		await using right = await engineProxy(docker.engine.host);
		const engines = [
			connectEngine({name: 'left', address: left.host}),
			connectEngine({name: 'right', address: right.host}),
		];
		const engine = composed(engines);
		const roster = openRoster({scan: containersInKernel, everyMs: 400});
		const watching = startWatching(t, engine, {roster, rollMs: 300});
		await eventually(() => (watching.kind('connected').length === 2 ? true : undefined));
		const id = await start(t, docker, IMAGE, 'sleep', '60');
		await eventually(() => (watching.actionsOf(id).includes('start') ? true : undefined));
		await sleep(300);

		const once = watching.actionsOf(id).filter(action => action === 'start');
		const running = await engine.running(soon());
		await left.cut();
		await eventually(() => watching.kind('lost')[0]);
		const inspected = parseTarget(await engine.inspect(id, soon()));
		await docker(['kill', id]);
		await eventually(() => (watching.actionsOf(id).includes('die') ? true : undefined));

		t.deepEqual(once, ['start']);
		t.is(running.filter(each => each.id === id).length, 1);
		t.is(inspected.id, id);
		t.true(watching.kind('lost').every(lost => lost.engine === 'left'));
		t.is(watching.actionsOf(id).filter(action => action === 'die').length, 1);
		t.false(
			watching.kind('stray').some(stray => stray.id === id),
			'every source knew of it',
		);
	},
);

test.serial('the kernel knows every container that the engine lists', async t => {
	const docker = await ready();
	const id = await start(t, docker, IMAGE, 'sleep', '60');

	const groups = await containersInKernel();

	if (docker.engine.own) {
		t.true(groups?.has(id));
	} else {
		t.pass('the engine may run on another machine');
	}
});

test.serial('the documented questions are all that is asked', async t => {
	t.deepEqual(
		documentedPaths().filter(path => !path.startsWith('/')),
		[],
	);
	t.true(documentedPaths().length >= 10);
	const docker = await ready();
	await using proxy = await engineProxy(docker.engine.host);
	const engine = connectEngine(proxy.host);
	const watching = startWatching(t, engine, {rollMs: 300});
	await connected(watching);
	const id = await start(t, docker, '--user', '1000', IMAGE, 'sleep', '60');
	await docker(['exec', id, 'true']);
	await engine.imageConfig(IMAGE, soon());
	(await engine.changes(id, soon())).destroy();
	(await engine.logs(id, new Date(), soon())).destroy();
	await engine.readFile(id, '/etc/os-release', 4096, soon());
	await engine.inspect(id, soon());
	await eventually(() => (watching.kind('listed').length > 0 ? true : undefined));
	await eventually(() => (watching.pasts.of(id)?.execs[0]?.privileged === false ? true : undefined));

	const asked = [...proxy.passed].toSorted();

	t.deepEqual([...proxy.refused], []);
	t.deepEqual(
		asked,
		documentedPaths()
			.filter(path => !['/info', '/networks/bridge'].includes(path))
			.map(path => `GET ${path}`)
			.toSorted(),
	);
});
