import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readFile, writeFile} from 'node:fs/promises';
import {Agent, get} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as wait} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {makeAuthority} from '../test/helpers/certificates.ts';
import {done, openDocker} from '../test/helpers/docker.ts';
import {ensureTools} from '../test/helpers/tls/stage.ts';
import {median} from './median.ts';
import {AT_ONCE, FIRST_PORT, HEADERS, HOST} from './sweep/headers.ts';
import {recipe} from './tls/recipe.ts';

// A thousand HTTPS targets verified anew, by us and by blackbox_exporter, one after the other in the same run.

const {values} = parseArgs({
	options: {targets: {type: 'string', default: '1000'}, rounds: {type: 'string', default: '5'}},
});
const targets = Number(values.targets);
const rounds = Number(values.rounds);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const EXPORTER_PORT = 29_115;

interface Round {
	readonly good: number;
	readonly wallMs: number;
	readonly cpuMs: number;
	/** What asking cost the one who asked. */
	readonly callerMs?: number;
}

const docker = await openDocker();
const image = await ensureTools(docker, recipe);
const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));

const id = await done(docker, [
	'create',
	'--ulimit',
	'nofile=20000',
	'--label',
	'sallyport-bench',
	image,
	'nginx',
	'-c',
	'/nginx.conf',
]);
const children: ChildProcess[] = [];
try {
	await measure();
} finally {
	for (const child of children) {
		child.kill();
	}

	await docker(['rm', '-f', id]);
}

async function measure(): Promise<void> {
	await prepare();
	const address = await done(docker, [
		'inspect',
		'-f',
		'{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
		id,
	]);
	const ours = startOurs(address);
	const theirs = await startTheirs(address);
	const pairs: (readonly [Round, Round])[] = [];
	for (let at = 0; at <= rounds; at += 1) {
		// By turns, and the first round of each only warms up.
		const first = at % 2 === 0;
		const one = first ? await ours() : await theirs();
		const other = first ? await theirs() : await ours();
		pairs.push(first ? [one, other] : [other, one]);
		const [mine, peer] = pairs[at] ?? [one, other];
		say(`${at === 0 ? 'warming up' : `round ${at}`}: ours ${told(mine)}; blackbox_exporter ${told(peer)}`);
	}

	const warm = pairs.slice(1);
	const line = (name: string, index: 0 | 1): void => {
		const of = (key: 'wallMs' | 'cpuMs'): number => median(warm.map(pair => pair[index][key]));
		const caller = median(warm.map(pair => pair[index].callerMs ?? 0));
		say(
			`${name}: ${(of('wallMs') / 1000).toFixed(2)} s, ${(of('cpuMs') / targets).toFixed(2)} ms of processor time a target${caller > 0 ? `, and ${(caller / targets).toFixed(2)} for asking it` : ''}`,
		);
	};
	line('ours', 0);
	line('blackbox_exporter', 1);
	say(
		`processor time, ours to theirs: ${median(warm.map(([mine, peer]) => mine.cpuMs / peer.cpuMs)).toFixed(2)}`,
	);
}

function told({good, wallMs, cpuMs}: Round): string {
	return `${good} of ${targets} good, ${(wallMs / 1000).toFixed(2)} s, ${(cpuMs / targets).toFixed(2)} ms each`;
}

async function prepare(): Promise<void> {
	const authority = makeAuthority();
	const {key, cert} = authority.issue(HOST);
	const headers = HEADERS.map(([name, value]) => `add_header ${name} "${value}" always;`).join('\n');
	const servers = Array.from(
		{length: targets},
		(_, index) => `server { listen ${FIRST_PORT + index} ssl; location / { return 200 "ok"; } }`,
	);
	const text = `daemon off; worker_processes 1; worker_rlimit_nofile 20000; error_log /dev/null; events { worker_connections 8192; }
http { access_log off; ssl_certificate /tls.crt; ssl_certificate_key /tls.key; ssl_protocols TLSv1.2 TLSv1.3;
${headers}
${servers.join('\n')} }`;
	const files: Readonly<Record<string, string>> = {
		'nginx.conf': text,
		'tls.crt': cert,
		'tls.key': key,
		'ca.pem': authority.cert,
	};
	for (const [name, content] of Object.entries(files)) {
		await writeFile(join(folder, name), content);
		await done(docker, ['cp', join(folder, name), `${id}:/${name}`]);
	}

	await done(docker, ['start', id]);
	await wait(1500);
	await done(docker, ['cp', `${id}:/usr/bin/prometheus-blackbox-exporter`, join(folder, 'exporter')]);
}

function startOurs(address: string): () => Promise<Round> {
	const args = [
		join(import.meta.dirname, 'sweep', 'prober.ts'),
		'--address',
		address,
		'--targets',
		String(targets),
		'--ca',
		join(folder, 'ca.pem'),
	];
	const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']});
	children.push(child);
	const lines = createInterface({input: child.stdout});
	return async () => {
		child.stdin.write('round\n');
		const [line] = (await once(lines, 'line')) as [string];
		return JSON.parse(line) as Round;
	};
}

async function startTheirs(address: string): Promise<() => Promise<Round>> {
	const rules = HEADERS.map(([name, , pattern]) => ({header: name, regexp: pattern, allow_missing: false}));
	const http = {
		method: 'GET',
		fail_if_not_ssl: true,
		follow_redirects: false,
		preferred_ip_protocol: 'ip4',
		headers: {Host: HOST},
		fail_if_header_not_matches: rules,
		tls_config: {ca_file: join(folder, 'ca.pem'), server_name: HOST},
	};
	// JSON is YAML.
	await writeFile(
		join(folder, 'exporter.yml'),
		JSON.stringify({modules: {six: {prober: 'http', timeout: '5s', http}}}),
	);
	const child = spawn(
		join(folder, 'exporter'),
		[
			`--config.file=${join(folder, 'exporter.yml')}`,
			`--web.listen-address=127.0.0.1:${EXPORTER_PORT}`,
			'--log.level=error',
		],
		{stdio: 'ignore'},
	);
	children.push(child);
	await wait(1000);
	const agent = new Agent({keepAlive: true, maxSockets: AT_ONCE});
	return async () => {
		const before = await cpuMsOf(child.pid ?? 0);
		const own = process.cpuUsage();
		const began = performance.now();
		let next = 0;
		let good = 0;
		const worker = async (): Promise<void> => {
			while (next < targets) {
				const port = FIRST_PORT + next++;
				const isGood = await probe(agent, `https://${address}:${port}/`);
				good += isGood ? 1 : 0;
			}
		};
		await Promise.all(Array.from({length: AT_ONCE}, worker));
		const {user, system} = process.cpuUsage(own);
		return {
			good,
			wallMs: performance.now() - began,
			cpuMs: (await cpuMsOf(child.pid ?? 0)) - before,
			callerMs: (user + system) / 1000,
		};
	};
}

async function probe(agent: Agent, target: string): Promise<boolean> {
	const path = `/probe?module=six&target=${encodeURIComponent(target)}`;
	const request = get({host: '127.0.0.1', port: EXPORTER_PORT, path, agent});
	const [response] = (await once(request, 'response')) as [AsyncIterable<Buffer>];
	let text = '';
	for await (const chunk of response) {
		text += chunk.toString();
	}

	return /^probe_success 1$/m.test(text);
}

/** User and system time, fields 14 and 15 of proc(5) stat; a tick is 10 ms. */
async function cpuMsOf(pid: number): Promise<number> {
	const text = await readFile(`/proc/${pid}/stat`, 'utf8');
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * 10;
}
