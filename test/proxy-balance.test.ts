import {setTimeout as wait} from 'node:timers/promises';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {type Around, around} from './helpers/balanced.ts';
import {type Loaded, load} from './helpers/load.ts';
import {plan} from './helpers/plan.ts';
import {type Answer, ask, type Container} from './helpers/proxied.ts';

// Three instances behind one proxy, under load while they crash, hang, are restarted and stop.

const {application, ...rest} = plan;
if (application === undefined) {
	throw new Error('The usual plan has an application');
}

const THREE: Plan = {
	...rest,
	application: {
		...application,
		instances: 3,
		portVariable: 'PORT',
		health: {intervalSeconds: 1, timeoutSeconds: 1, failures: 2, passes: 1},
	},
	limits: {...plan.limits, requestsPerSecond: 1_000_000, burst: 100_000, connections: 10_000},
};

let proxies: Around;
let container: Container;
test.before(async () => {
	proxies = await around();
	container = await proxies.run(THREE);
	await untilReady(container);
});
test.after.always(() => proxies?.close());

/** All three have answered. */
async function untilReady({https}: Container): Promise<void> {
	const seen = new Set<string>();
	for (let tries = 0; tries < 200 && seen.size < 3; tries += 1) {
		const answers = await Promise.all([1, 2, 3, 4].map(() => ask(https, '/port').catch(() => undefined)));
		for (const answer of answers) {
			seen.add(answer?.status === 200 ? answer.body : '3000');
		}
		await wait(50);
	}

	if (seen.size < 3) {
		throw new Error(`Only these answer: ${[...seen].join(', ')}`);
	}
}

/** Load for a while, in which something happens. */
async function during(ms: number, happens: () => Promise<unknown>): Promise<Loaded> {
	const under = load(container.https, '/port', {ms});
	await wait(500);
	await happens();
	return under;
}

test.serial('all instances share the work', async t => {
	const {bodies, failed} = await load(container.https, '/port', {ms: 1000});

	t.deepEqual(failed, []);
	t.deepEqual([...bodies.keys()].toSorted(), ['3000', '3001', '3002']);
	const counts = [...bodies.values()];
	t.true(Math.min(...counts) > Math.max(...counts) / 2, counts.join(' '));
});

test.serial('an instance crashes under load and no GET fails', async t => {
	const {failed, answers} = await during(2000, () => ask(container.https, '/crash', {method: 'POST'}));

	t.deepEqual(failed, []);
	t.true(answers > 20, String(answers));
	await untilReady(container);
});

test.serial('an instance hangs under load, is found out, and no GET fails', async t => {
	const {failed, answers, slowestMs} = await during(10_000, () =>
		ask(container.https, '/hang', {method: 'POST'}),
	);

	t.deepEqual(failed, []);
	t.true(answers > 20, String(answers));
	t.log(`slowest ${slowestMs} ms`);
	await untilReady(container);
});

test.serial('a POST that may have arrived is sent to nobody else', async t => {
	const posted = async () => {
		const counts = new Map<string, number>();
		for (let tries = 0; tries < 30; tries += 1) {
			const {body} = await ask(container.https, '/posted-by');
			const [port = '', count] = body.split(' ');
			counts.set(port, Number(count));
		}

		return [...counts.values()].reduce((sum, count) => sum + count, 0);
	};

	t.is((await ask(container.https, '/posts', {method: 'POST', body: 'order'})).status, 502);
	t.is(await posted(), 1);
});

test.serial('all instances are restarted one after the other under load, and no GET fails', async t => {
	const done = restarted();
	const {failed, answers, again} = await load(container.https, '/port', {ms: 30_000, done});

	t.deepEqual(failed, []);
	t.true(await done);
	t.true(answers > 20, String(answers));
	t.log(`${again} of ${answers} met a closing connection`);
});

async function restarted(): Promise<boolean> {
	await wait(300);
	await proxies.docker(['kill', '--signal', 'HUP', container.id]);
	for (let tries = 0; tries < 60; tries += 1) {
		await wait(400);
		const {stderr} = await proxies.docker(['logs', '--since', '30s', container.id]);
		if (stderr.includes('rolling restart is done')) {
			return true;
		}
	}

	return false;
}

test.serial('when no instance is left the answer is 503 at once, with when to come back', async t => {
	const refused: Answer[] = [];
	for (let round = 0; round < 3 && refused.length === 0; round += 1) {
		await Promise.all(
			[1, 2, 3, 4, 5].map(() => ask(container.https, '/crash', {method: 'POST'}).catch(() => undefined)),
		);
		const answers = await Promise.all([1, 2, 3, 4, 5].map(() => ask(container.https, '/port')));
		refused.push(...answers.filter(({status}) => status === 503));
		await untilReady(container);
	}

	t.true(refused.length > 0);
	for (const {headers, body} of refused) {
		t.is(headers['retry-after'], '5');
		t.regex(body, /^\{"status":503,/);
	}
});

test.serial('docker stop lets every request that was begun end', async t => {
	const slow = Promise.all(Array.from({length: 20}, () => ask(container.https, '/slow?ms=4000')));
	await wait(2000);
	const stopped = proxies.docker(['stop', '-t', '20', container.id]);

	const answers = await slow;

	t.deepEqual([...new Set(answers.map(({status, body}) => `${status} ${body}`))], ['200 slow but whole']);
	t.is((await stopped).code, 0);
});
