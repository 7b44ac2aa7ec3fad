import {setTimeout as wait} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import type {Plan} from '../frontend/proxies/plan.ts';
import {plan as plain} from '../test/helpers/plan.ts';
import {median} from './median.ts';
import {openStage, type Stage} from './proxy/stage.ts';
import {readWrk} from './proxy/wrk.ts';

// What the proxy weighs: on disk, in memory at rest, in time until it answers, and in what patient clients can take from others.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {values} = parseArgs({
	options: {
		starts: {type: 'string', default: '15'},
		rounds: {type: 'string', default: '5'},
		slow: {type: 'string', default: '500'},
	},
});

/** The default patience; and room for all slow clients, which come from one address here. */
const plan: Plan = {
	...plain,
	limits: {...plain.limits, requestsPerSecond: 1_000_000, burst: 10_000, connections: 10_000},
	timeouts: {...plain.timeouts, clientSeconds: 30},
};
const stage = await openStage({plan, peers: [], say});

try {
	await disk(stage);
	// At rest is not at start: a first reload, once the application answers, leaves workers behind for some seconds.
	await wait(10_000);
	await memory(stage);
	await start(stage);
	await patience(stage);
} finally {
	await stage.remove();
}

say('repeat: npm run bench -- proxy-size');

async function disk({docker, ids}: Stage): Promise<void> {
	const folders = ['nginx', 'bin', 'njs'].map(name => `/opt/sallyport/${name}`);
	const text = await docker(['exec', ids['ours'] ?? '', 'du', '-sb', ...folders]);
	const [tree = 0, supervisor = 0, scripts = 0] = text
		.split('\n')
		.map(line => Number.parseInt(line, 10) / 1e6);
	const sum = tree + supervisor;
	const told = `${sum.toFixed(1)} MB, and ${scripts.toFixed(1)} MB where a plan has scripts`;
	goal('tree and supervisor', told, 'under 15 MB', sum < 15);
}

/** PSS counts a page that several processes share once; RSS counts it for each of them. */
async function memory({tool, ids}: Stage): Promise<void> {
	const find = `for f in $(grep -ls ${ids['ours']} /proc/[0-9]*/cgroup); do p=\${f%/cgroup}; n=$(cat $p/comm);`;
	const each = 'awk -v n="$n" \'/^(Rss|Pss):/ {print n, $1, $2}\' $p/smaps_rollup;';
	const lines = (await tool(['sh', '-c', `${find} ${each} done`])).split('\n').map(line => line.split(' '));
	const kilobytes = (kind: string): number =>
		lines
			.filter(([name = '', which]) => which === kind && /^(?:nginx|loader|sallyport-init)$/.test(name))
			.reduce((sum, [, , value]) => sum + Number(value), 0);
	const pss = kilobytes('Pss:') / 1000;
	const rss = kilobytes('Rss:') / 1000;
	goal('memory at rest', `${pss.toFixed(1)} MB (RSS added up: ${rss.toFixed(1)})`, 'under 15 MB', pss < 15);
}

async function start({program}: Stage): Promise<void> {
	const times = JSON.parse(await program('start', [values.starts])) as readonly number[];
	const middle = median(times);
	const told = `${middle.toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`;
	goal('start to first connection, certificate mounted', told, 'under 50 ms', middle < 50);
}

async function patience({tool, background, docker, address}: Stage): Promise<void> {
	const shares: number[] = [];
	const honest = async () =>
		readWrk(await tool(['wrk', '-t1', '-c32', '-d4s', '--latency', `https://${address}:8443/`])).perSecond;
	await honest();
	for (let round = 0; round < Number(values.rounds); round += 1) {
		const before = await honest();
		const slow = await background('slow', [address, values.slow]);
		while (!(await docker(['logs', slow])).includes('ready')) {
			await wait(200);
		}

		const during = await honest();
		await docker(['rm', '-f', slow]);
		// Both ends of the time in which the slow ones were there: the machine may have changed meanwhile.
		const after = await honest();
		shares.push(1 - during / ((before + after) / 2));
	}

	const middle = median(shares);
	const percent = (share: number) => (share * 100).toFixed(1);
	const told = `${percent(middle)} % (${shares.map(percent).join(', ')})`;
	goal(`${values.slow} slow clients take from the others`, told, 'at most 5 %', middle <= 0.05);
}

function goal(what: string, told: string, least: string, isMet: boolean): void {
	say(`${isMet ? 'met    ' : 'NOT MET'} ${what}: ${told} (goal: ${least})`);
}
