import {parseArgs} from 'node:util';
import type {Plan} from '../frontend/proxies/plan.ts';
import {plan as plain} from '../test/helpers/plan.ts';
import {median} from './median.ts';
import {cpuOf} from './proxy/cpu.ts';
import {PORTS} from './proxy/peers.ts';
import {openStage} from './proxy/stage.ts';
import {type Load, readWrk} from './proxy/wrk.ts';

// How fast is what is put before the application, beside what people use without us. All in one network namespace of one engine,
// one after the other within each round; what counts are ratios.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {values} = parseArgs({
	options: {
		rounds: {type: 'string', default: '7'},
		seconds: {type: 'string', default: '4'},
		connections: {type: 'string', default: '32'},
	},
});
const rounds = Number(values.rounds);

/** Everything on, and limits that this load does not reach: they are counted all the same. */
const plan: Plan = {
	...plain,
	limits: {...plain.limits, requestsPerSecond: 1_000_000, burst: 10_000, connections: 10_000},
	cacheBytes: 16 * 2 ** 20,
	routes: [
		...plain.routes
			.slice(0, 1)
			.map(route => ({...route, path: '/kept', cache: {ignoredCookies: []}}) as const),
		...plain.routes,
	],
};

interface Contestant {
	readonly name: string;
	readonly url: string;
	/** Its container and its processes. */
	readonly id?: string;
	readonly processes?: RegExp;
}

const stage = await openStage({plan, peers: ['sample', 'haproxy', 'caddy', 'minimal'], say});
const at = (port: number, tls = false, path = '/'): string =>
	`${tls ? 'https' : 'http'}://127.0.0.1:${port}${path}`;
const contestants: readonly Contestant[] = [
	{name: 'the application itself', url: at(PORTS.application.plain)},
	{name: 'usual sample', url: at(PORTS.sample.plain), id: 'sample', processes: /^(?:nginx|loader)/},
	{name: 'HAProxy', url: at(PORTS.haproxy.plain), id: 'haproxy', processes: /^haproxy/},
	{name: 'Caddy', url: at(PORTS.caddy.plain), id: 'caddy', processes: /^caddy/},
	{name: 'ours', url: at(PORTS.ours.plain), id: 'ours', processes: /^(?:nginx|loader)/},
	{
		name: 'ours, kept answers',
		url: at(PORTS.ours.plain, false, '/kept'),
		id: 'ours',
		processes: /^(?:nginx|loader)/,
	},
	{name: 'TLS: usual sample', url: at(PORTS.sample.tls, true), id: 'sample', processes: /^(?:nginx|loader)/},
	{name: 'TLS: HAProxy', url: at(PORTS.haproxy.tls, true), id: 'haproxy', processes: /^haproxy/},
	{name: 'TLS: Caddy', url: at(PORTS.caddy.tls, true), id: 'caddy', processes: /^caddy/},
	{name: 'TLS: minimal', url: at(PORTS.minimal.tls, true), id: 'minimal', processes: /^(?:nginx|loader)/},
	{name: 'TLS: ours', url: at(PORTS.ours.tls, true), id: 'ours', processes: /^(?:nginx|loader)/},
];
type Run = Load & {readonly cpu: number};
const runs = new Map<string, Run[]>(contestants.map(({name}) => [name, []]));

try {
	for (const contestant of contestants) {
		await once(contestant, 1);
	}

	for (let round = 0; round < rounds; round += 1) {
		// Whoever comes first meets another machine than whoever comes last.
		for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
			runs.get(contestant.name)?.push(await once(contestant, Number(values.seconds)));
		}

		say(`round ${round + 1} of ${rounds}`);
	}

	tell();
} finally {
	await stage.remove();
}

async function once({name, url, id, processes}: Contestant, seconds: number): Promise<Run> {
	const before = id === undefined ? 0 : await cpuOf(stage, stage.ids[id] ?? '', processes ?? /^$/);
	const text = await stage.tool(['wrk', '-t1', `-c${values.connections}`, `-d${seconds}s`, '--latency', url]);
	const load = readWrk(text);
	const after = id === undefined ? 0 : await cpuOf(stage, stage.ids[id] ?? '', processes ?? /^$/);
	if (load.bad > 0) {
		say(`${name}: ${load.bad} of ${load.requests} requests failed`);
	}

	return {...load, cpu: (after - before) / load.requests};
}

function tell(): void {
	say('\n| what | requests/s | proxy, CPU µs/request | p50 ms | p99 ms |\n|---|---|---|---|---|');
	for (const {name} of contestants) {
		const of = (pick: (run: Run) => number): number => median((runs.get(name) ?? []).map(pick));
		say(
			`| ${name} | ${of(run => run.perSecond).toFixed(0)} | ${of(run => run.cpu).toFixed(1)} | ${of(run => run.p50Ms).toFixed(2)} | ${of(run => run.p99Ms).toFixed(2)} |`,
		);
	}

	say('');
	goal('ours / usual sample', 3, ratio('ours', 'usual sample'));
	goal('ours / HAProxy', 1, ratio('ours', 'HAProxy'));
	goal('ours / Caddy', 2.5, ratio('ours', 'Caddy'));
	goal('kept answers / usual sample', 8, ratio('ours, kept answers', 'usual sample'));
	goal('TLS: ours / minimal', 0.8, ratio('TLS: ours', 'TLS: minimal'));
	goal('TLS: ours / usual sample', 3, ratio('TLS: ours', 'TLS: usual sample'));
	goal('TLS: ours / HAProxy', 1, ratio('TLS: ours', 'TLS: HAProxy'));
	goal('TLS: ours / Caddy', 2.5, ratio('TLS: ours', 'TLS: Caddy'));
	goal('p99: HAProxy / ours', 1, p99('HAProxy', 'ours'));
	goal('TLS: p99: HAProxy / ours', 1, p99('TLS: HAProxy', 'TLS: ours'));
	say(`repeat: npm run bench -- proxy --rounds ${rounds} --seconds ${values.seconds}`);
}

/** Of each round by itself, then the median: what the machine did meanwhile hit both. */
function ratio(
	one: string,
	other: string,
	pick: (run: Run) => number = run => run.perSecond,
): readonly number[] {
	const others = runs.get(other) ?? [];
	return (runs.get(one) ?? []).map((run, index) => pick(run) / pick(others[index] ?? run));
}

function p99(one: string, other: string): readonly number[] {
	return ratio(one, other, run => run.p99Ms);
}

function goal(what: string, least: number, ratios: readonly number[]): void {
	const middle = median(ratios);
	const span = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
	say(
		`${middle >= least ? 'met    ' : 'NOT MET'} ${what}: ${middle.toFixed(2)} (goal: ${least}; rounds: ${span})`,
	);
}
