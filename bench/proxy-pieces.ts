import {parseArgs} from 'node:util';
import type {Plan} from '../frontend/proxies/plan.ts';
import {plan as plain} from '../test/helpers/plan.ts';
import {median} from './median.ts';
import {cpuOf} from './proxy/cpu.ts';
import {openStage, type Variant} from './proxy/stage.ts';
import {readWrk} from './proxy/wrk.ts';

// What each piece of the generated configuration costs: the same server with the piece left out or told otherwise, before the same
// application, over TLS, one after the other within each round.

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const {values, positionals} = parseArgs({
	allowPositionals: true,
	options: {
		rounds: {type: 'string', default: '5'},
		seconds: {type: 'string', default: '3'},
		/** One of the names: everything else is measured on top of it. */
		over: {type: 'string', default: 'as it is'},
	},
});

const plan: Plan = {
	...plain,
	limits: {...plain.limits, requestsPerSecond: 1_000_000, burst: 10_000, connections: 10_000},
};

/** Each line that fits goes. */
const without =
	(pattern: RegExp) =>
	(text: string): string => {
		const lines = text.split('\n').filter(line => !pattern.test(line));
		if (lines.length === text.split('\n').length) {
			throw new Error(`Nothing of the configuration fits ${pattern}`);
		}

		return lines.join('\n');
	};
const also =
	(...lines: readonly string[]) =>
	(text: string): string =>
		text.replace(/^http \{$/m, `http {\n${lines.join('\n')}`);
const replaced =
	(from: RegExp, to: string) =>
	(text: string): string => {
		if (!from.test(text)) {
			throw new Error(`Nothing of the configuration fits ${from}`);
		}

		return text.replaceAll(from, to);
	};
const log = /access_log \/dev\/stdout sallyport[^;]*;/g;
const edits: Readonly<Record<string, (text: string) => string>> = {
	'as it is': text => text,
	'without a log': replaced(log, 'access_log off;'),
	'log, a write for each line': replaced(log, 'access_log /dev/stdout sallyport;'),
	'log, buffered to 4 kB': replaced(log, 'access_log /dev/stdout sallyport buffer=4k flush=1s;'),
	'log, buffered to 32 kB': replaced(log, 'access_log /dev/stdout sallyport buffer=32k flush=1s;'),
	'without limits': without(/^\s*limit_(?:req|conn) /),
	'without the check of hosts': without(/if \(\$known_host/),
	'without dropping headers of requests': without(/proxy_set_header \S+ "";/),
	'without headers of answers': without(/^\s*add_header /),
	'without hiding headers of answers': without(/proxy_hide_header/),
	'without more_clear_headers': without(/more_clear_headers/),
	'with compiled regular expressions': text => `pcre_jit on;\n${text.replace(/^pcre_jit.*;$/m, '')}`,
	'with interpreted regular expressions': text => text.replace(/^pcre_jit.*;$/m, ''),
	'with reuseport': replaced(/ssl default_server;/g, 'ssl default_server reuseport;'),
	'with sendfile and tcp_nopush': also('sendfile on;', 'tcp_nopush on;'),
	'with TLS records of 4 kB': also('ssl_buffer_size 4k;'),
	'with accept_mutex': replaced(/worker_connections/g, 'accept_mutex on; worker_connections'),
	'with multi_accept': replaced(/worker_connections/g, 'multi_accept on; worker_connections'),
};
const wanted = Object.entries(edits).filter(
	([name]) =>
		positionals.length === 0 || name === values.over || positionals.some(word => name.includes(word)),
);
const over = edits[values.over] ?? (text => text);
const variants: Readonly<Record<string, Variant>> = Object.fromEntries(
	wanted.map(([name, edit], index) => [
		name,
		{
			...{tls: 10_000 + index, plain: 11_000 + index, redirect: 12_000 + index},
			edit: (text: string) => edit(name === values.over ? text : over(text)),
		},
	]),
);
const stage = await openStage({plan, peers: ['minimal'], variants, say});
const ports = {...variants, minimal: {tls: 9444}};
const runs = new Map<string, {readonly perSecond: number; readonly cpu: number}[]>();

try {
	for (let round = 0; round <= Number(values.rounds); round += 1) {
		const all = Object.entries(ports);
		for (const [name, {tls}] of round % 2 === 0 ? all : all.toReversed()) {
			const cpu = () => cpuOf(stage, stage.ids[name] ?? '', /^(?:nginx|loader)/);
			const before = await cpu();
			// The first round only warms up.
			const seconds = round === 0 ? 1 : Number(values.seconds);
			const load = readWrk(
				await stage.tool(['wrk', '-t1', '-c32', `-d${seconds}s`, '--latency', `https://127.0.0.1:${tls}/`]),
			);
			if (load.bad > 0) {
				say(`${name}: ${load.bad} requests failed`);
			}

			const run = {perSecond: load.perSecond, cpu: ((await cpu()) - before) / load.requests};
			if (round > 0) {
				runs.set(name, [...(runs.get(name) ?? []), run]);
			}
		}
	}

	const [base = []] = [runs.get(values.over)];
	say(`\n| what | requests/s | CPU µs/request | lowest | less than: ${values.over} |\n|---|---|---|---|---|`);
	for (const [name, of] of runs) {
		const cpu = median(of.map(run => run.cpu));
		const rate = median(of.map((run, index) => run.perSecond / (base[index]?.perSecond ?? NaN)));
		const less = median(of.map((run, index) => (base[index]?.cpu ?? NaN) - run.cpu));
		say(
			`| ${name} | ${rate.toFixed(2)} | ${cpu.toFixed(1)} | ${Math.min(...of.map(run => run.cpu)).toFixed(1)} | ${less.toFixed(1)} |`,
		);
	}
} finally {
	await stage.remove();
}
