import {renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import type {Plan} from '../frontend/proxies/plan.ts';
import {makeAuthority} from '../test/helpers/certificates.ts';
import {plan as plain} from '../test/helpers/plan.ts';
import {openStage, type Stage} from './proxy/stage.ts';

// What of a stream of requests is lost while something happens to the container that a team does on an ordinary day.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {requests: {type: 'string', default: '100000'}, connections: {type: 'string', default: '32'}},
});

const plan: Plan = {
	...plain,
	hosts: ['app.example'],
	application: {
		port: 3000,
		healthPath: '/',
		health: {intervalSeconds: 1, timeoutSeconds: 2, failures: 2, passes: 1},
		instances: 1,
		portVariable: 'PORT',
	},
	limits: {...plain.limits, requestsPerSecond: 1_000_000, burst: 10_000, connections: 10_000},
};
const two: Plan = {...plan, ...(plan.application && {application: {...plan.application, instances: 2}})};

/** How a client's requests ended; client.mjs says what each means. */
interface Told {
	readonly sent: number;
	readonly answered: number;
	readonly resent: number;
	readonly posts: number;
	readonly failed: number;
	readonly refused: number;
	readonly why: Readonly<Record<string, number>>;
}

interface Fault {
	readonly plan: Plan;
	/** Happens again and again until the client is done. Resolves to how often it did. */
	happen(stage: Stage, isOver: () => boolean): Promise<number>;
}

const hangUp = (stage: Stage): Promise<unknown> =>
	stage.docker(['kill', '-s', 'HUP', stage.ids['ours'] ?? '']);
const faults: Readonly<Record<string, Fault>> = {
	nothing: {plan, happen: async () => 0},
	reload: {plan, happen: again(1000, hangUp)},
	// One of two at a time, and the second only once the first is back: both at once would be an outage.
	'instance crash': {
		plan: two,
		happen: again(8000, (stage, turn) => {
			const url = `http://127.0.0.1:${3000 + (turn % 2)}/crash`;
			return stage.docker(['exec', stage.ids['ours'] ?? '', 'node', '-e', `fetch('${url}').catch(() => {})`]);
		}),
	},
	// With several instances the same signal restarts one after the other.
	'rolling restart': {plan: two, happen: again(10_000, hangUp)},
	'certificate change': {plan, happen: again(3000, changeCertificate)},
	// In the middle; whoever comes after finds the door shut, and goes to another container.
	'docker stop': {
		plan: two,
		happen: async stage => {
			await wait(8000);
			await stage.docker(['stop', '-t', '30', stage.ids['ours'] ?? '']);
			return 1;
		},
	},
};

say(
	'| what happened | how often | requests | failed | of them after sending again | POSTs that may not be sent again |',
);
say('|---|---|---|---|---|---|');
let isMet = true;
for (const [name, fault] of Object.entries(faults)) {
	if (positionals.length === 0 || positionals.includes(name)) {
		await measure(name, fault);
	}
}

say(isMet ? 'met: nothing that may be sent again was lost' : 'NOT MET');
say(`repeat: npm run bench -- proxy-faults --requests ${values.requests}`);

async function measure(name: string, fault: Fault): Promise<void> {
	const stage = await openStage({plan: fault.plan, peers: [], say: () => undefined});
	try {
		let isOver = false;
		const client = stage
			.program('client', [stage.address, values.requests, values.connections])
			.then(text => JSON.parse(text) as Told)
			.finally(() => {
				isOver = true;
			});
		const [told, times] = await Promise.all([client, fault.happen(stage, () => isOver)]);
		const lost = told.failed + (name === 'docker stop' ? 0 : told.refused);
		isMet &&= lost === 0;
		say(
			`| ${name} | ${times} | ${told.sent} | ${lost + told.resent + told.posts} | ${lost} | ${told.posts} |`,
		);
		for (const [why, count] of Object.entries(told.why)) {
			say(`  ${count} x ${why}`);
		}
	} finally {
		await stage.remove();
	}
}

function again(everyMs: number, work: (stage: Stage, turn: number) => Promise<unknown>): Fault['happen'] {
	return async (stage, isOver) => {
		let turn = 0;
		for (await wait(1000); !isOver(); await wait(everyMs)) {
			await work(stage, turn);
			turn += 1;
		}

		return turn;
	};
}

async function changeCertificate(stage: Stage): Promise<void> {
	const {key, cert} = makeAuthority().issue('localhost');
	for (const [name, text] of Object.entries({'tls.key': key, 'tls.crt': cert})) {
		writeFileSync(join(stage.certificates, `.${name}`), text);
		renameSync(join(stage.certificates, `.${name}`), join(stage.certificates, name));
	}
}
