import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import {ask, type Container, exitOf, linesOf} from './helpers/proxied.ts';
import {load, type Supervised, saidBy, several, supervised, until, whoAnswers} from './helpers/supervised.ts';

// The supervisor and several instances of an application, in real containers.

let around: Supervised;

test.before(async () => {
	around = await supervised();
});

test.after.always(() => around.close());

const metricsOf = (container: Container) =>
	around.inside(container, 'cat /run/sallyport/proxy/supervisor.prom');
const poolOf = (container: Container) =>
	around.inside(container, 'cat /run/sallyport/proxy/upstreams/application.conf');

async function numberOf(container: Container, name: string): Promise<number> {
	return Number(new RegExp(`^sallyport_${name} (\\d+)$`, 'm').exec(await metricsOf(container))?.[1]);
}

test('every instance has a port of its own by the variable, and otherwise sees what the container gives', async t => {
	const container = await around.run(several(3), ['-e', 'SECRET=mine']);
	const ports = await until(
		async () => [...(await whoAnswers(container)).keys()].sort(),
		({length}) => length === 3,
	);
	t.deepEqual(ports, [3000, 3001, 3002]);
	const {PORT, SECRET, OPENSSL_CONF} = JSON.parse((await ask(container.https, '/environment')).body);
	t.true(ports.includes(Number(PORT)));
	t.is(SECRET, 'mine');
	t.is(OPENSSL_CONF, undefined);
});

test('with `auto` there are as many instances as the container has CPUs', async t => {
	const container = await around.run(several('auto'), ['--cpus', '1']);
	t.is((await poolOf(container)).trim(), 'server 127.0.0.1:3000 max_fails=2 fail_timeout=1s;');
});

test('an instance that crashes costs no request and no reload, and comes back', async t => {
	const container = await around.run(several(3));
	await until(
		() => whoAnswers(container),
		({size}) => size === 3,
	);
	const over = load(container);
	for (let crash = 1; crash <= 3; crash += 1) {
		await ask(container.https, '/crash');
		await until(
			() => numberOf(container, 'instance_restarts_total'),
			count => count === crash,
		);
		await until(
			() => whoAnswers(container),
			({size}) => size === 3,
		);
	}

	const {sent, failed} = await over();
	t.deepEqual(failed, [], `of ${sent}`);
	t.is(await numberOf(container, 'instance_restarts_total'), 3);
	t.is(await numberOf(container, 'proxy_reloads_total'), 0);
	t.is((await whoAnswers(container)).size, 3);
});

test('an instance that hangs gets no more requests, is killed and comes back; no request fails', async t => {
	const container = await around.run(several(3));
	await until(
		() => whoAnswers(container),
		({size}) => size === 3,
	);
	const before = await whoAnswers(container);
	const hung = Number(JSON.parse((await ask(container.https, '/environment')).body).PORT);
	// Every instance is asked to hang but two of three connections are closed before: one is enough.
	await around.inside(container, `node -e "fetch('http://127.0.0.1:${hung}/hang')"`);
	const over = load(container);
	const down = await until(
		() => poolOf(container),
		pool => pool.includes(' down;'),
	);
	t.regex(down, new RegExp(`^server 127\\.0\\.0\\.1:${hung} .* down;$`, 'm'));
	const back = await until(
		() => poolOf(container),
		pool => !pool.includes(' down;'),
	);
	t.notRegex(back, / down;/);
	const {failed, sent} = await over();
	t.deepEqual(failed, [], `of ${sent}`);
	const after = await until(
		() => whoAnswers(container),
		({size}) => size === 3,
	);
	t.not(after.get(hung), before.get(hung));
	t.true(
		(await saidBy(around.docker, container)).includes('instance hangs and is killed, to be started again'),
	);
});

test('SIGHUP restarts one instance after the other, and no request fails', async t => {
	const container = await around.run(several(3));
	const before = await until(
		() => whoAnswers(container),
		({size}) => size === 3,
	);
	const over = load(container);
	await around.docker(['kill', '-s', 'HUP', container.id]);
	const said = await until(
		() => saidBy(around.docker, container),
		lines => lines.includes('rolling restart is done'),
	);
	t.true(said.includes('rolling restart is done'));
	const {failed, sent} = await over();
	t.deepEqual(failed, [], `of ${sent}`);
	const after = await until(
		() => whoAnswers(container),
		({size}) => size === 3,
	);
	t.deepEqual([...after.keys()].sort(), [3000, 3001, 3002]);
	t.true([...after].every(([port, pid]) => pid !== before.get(port)));
	const stops = (await linesOf(around.docker, container)).stdout.filter(line => line.endsWith(' stops'));
	t.deepEqual(stops, ['3000 stops', '3001 stops', '3002 stops']);
});

test('instances that are all sick are answered for at once, and that is told on the health route', async t => {
	const container = await around.run(several(2));
	// One that does not listen yet cannot be told that it is sick.
	await until(
		() => whoAnswers(container),
		({size}) => size === 2,
	);
	for (const port of [3000, 3001]) {
		await around.inside(container, `node -e "fetch('http://127.0.0.1:${port}/sick')"`);
	}

	const health = await until(
		() => ask(container.https, '/healthz'),
		({status}) => status === 503,
	);
	t.is(health.status, 503);
	await until(
		() => poolOf(container),
		pool => pool.split(' down;').length === 3,
	);
	await until(
		() => ask(container.https, '/'),
		({status}) => status >= 502,
	);
	// Whoever waited for an instance would wait every time, a machine that is busy only sometimes.
	const took = await until(
		async () => {
			const since = Date.now();
			t.true((await ask(container.https, '/')).status >= 502);
			return Date.now() - since;
		},
		ms => ms < 500,
	);
	t.true(took < 500, `${took} ms`);
	await around.inside(container, `node -e "fetch('http://127.0.0.1:3000/well')"`);
	const back = await until(
		() => ask(container.https, '/'),
		({status}) => status === 200,
	);
	t.is(back.status, 200);
});

test('when every instance fails again and again the container ends, with their code', async t => {
	const since = Date.now();
	const {code, stderr} = await around.end(several(2), [], ['sh', '-c', 'exit 5']);
	t.is(code, 5);
	t.true(Date.now() - since > 600, 'they were given some chances');
	t.is(stderr.split('\n').filter(line => line.includes('application ended')).length, 10);
	t.is((await around.end(several(2), [], ['no-such-command'])).code, 127);
});

test('stop lets a running request finish, then every instance end, with their code', async t => {
	const container = await around.run(several(2));
	const slow = ask(container.https, '/slow');
	await wait(700);
	await around.docker(['stop', container.id]);
	t.is((await slow).body, 'slow but whole');
	t.is(await exitOf(around.docker, container), 7);
	const {stdout} = await linesOf(around.docker, container);
	const order = stdout.filter(line => line.includes('"/slow"') || line.endsWith(' stops'));
	t.true(order[0]?.includes('"/slow"'));
	t.is(order.length, 3);
});

const ZOMBIES = 'grep -l "^State:.Z" /proc/[0-9]*/status 2>/dev/null | wc -l';

test('orphans are reaped, and left-overs of a command are ended with it, whether or not it is the first process', async t => {
	const orphans = '(sleep 0.2 &) ; (sleep 77 &) ; exec node /test/app.mjs';
	for (const args of [[], ['--init']]) {
		const container = await around.run(several(1), args, ['sh', '-c', orphans]);
		await wait(400);
		t.is((await around.inside(container, ZOMBIES)).trim(), '0');
		const since = Date.now();
		await around.docker(['stop', container.id]);
		t.true(Date.now() - since < 5000);
		t.is(await exitOf(around.docker, container), 7);
	}
});

test('nothing is written outside of its folder, and at rest supervisor and proxy hold less than 15 MB', async t => {
	const idle = await around.run(several(1));
	t.is((await around.docker(['diff', idle.id])).stdout.trim(), 'A /test', 'the mount of the test itself');
	const script =
		'cd /proc; for p in [0-9]*; do case "$(tr "\\0" " " <$p/cmdline)" in *sallyport*) awk "/^Pss:/ {print \\$2}" $p/smaps_rollup;; esac; done 2>/dev/null';
	const held = (await around.inside(idle, script)).split('\n').reduce((sum, line) => sum + Number(line), 0);
	t.true(held > 0 && held < 15_000, `${held} kB`);
});
