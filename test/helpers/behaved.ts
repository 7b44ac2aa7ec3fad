import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {connectEngine} from '../../daemon/docker/engine.ts';
import {subjectOf} from '../../daemon/look.ts';
import {healthRouting} from '../../daemon/probes/availability/health-routing.ts';
import {cacheProbes} from '../../daemon/probes/cache/index.ts';
import {logIpMinimised} from '../../daemon/probes/logging/log-ip-minimised.ts';
import {logRedaction} from '../../daemon/probes/logging/log-redaction.ts';
import {monApmActive} from '../../daemon/probes/logging/mon-apm-active.ts';
import {monMetrics} from '../../daemon/probes/logging/mon-metrics.ts';
import type {Subject} from '../../daemon/probes/probe.ts';
import {proxyProbes} from '../../daemon/probes/proxy/index.ts';
import {runProbes} from '../../daemon/probes/run.ts';
import type {Engine} from '../../frontend/proxies/engine.ts';
import type {Finding} from '../../policies/finding.ts';
import {ensureImages} from '../engine/images.ts';
import {ensureProduct} from '../engine/product.ts';
import {type Docker, folderOf, openDocker} from './docker.ts';
import {goodHost} from './subject.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/behaviour', import.meta.url));

/** Everything that this file's probes ask of a proxy. */
const asked = {
	...proxyProbes,
	...cacheProbes,
	'health-routing': {probe: healthRouting, pace: 'thorough'},
	'log-redaction': {probe: logRedaction, pace: 'thorough'},
	'log-ip-minimised': {probe: logIpMinimised, pace: 'thorough'},
	'mon-metrics': {probe: monMetrics, pace: 'thorough'},
	'mon-apm-active': {probe: monApmActive, pace: 'thorough'},
} as const;

export interface Behaved {
	readonly docker: Docker;
	/** Starts the image, and waits until it is healthy; `mounts` and so on as for `docker run`. */
	start(args?: readonly string[]): Promise<string>;
	/** The configuration as the build gate has written it. */
	config(id: string): Promise<string>;
	/** One whole look, all probes side by side, as the daemon does it. */
	look(id: string, params?: Readonly<Record<string, unknown>>): Promise<readonly Finding[]>;
	/** Every request that the application has got. */
	requests(id: string): Promise<readonly string[]>;
	/** How much the application is to be asked by somebody who is no probe. */
	visit(id: string, path: string, times: number): Promise<void>;
	close(): Promise<void>;
}

/** Traefik keeps nothing and knows no routes that do. */
async function contextOf(proxy: Engine): Promise<string> {
	const file = (name: string): string => readFileSync(`${FIXTURE}/${name}`, 'utf8');
	const project = file('.sallyport.yaml');
	return folderOf({
		Dockerfile: file('Dockerfile'),
		'app.mjs': file('app.mjs'),
		'.sallyport.yaml':
			proxy === 'nginx' ? project : project.replace(/ {2}- path: \/news\n {4}cache: \{\}\n/, ''),
	});
}

/** Builds one application through the real frontend. For `test.before`. */
export async function behaved(proxy: Engine = 'nginx'): Promise<Behaved> {
	const docker = await openDocker();
	const image = `sallyport-test/behaved-${proxy}`;
	await ensureImages(docker.engine, ['node:24-bookworm-slim']);
	await ensureProduct(docker.engine, {only: [`sallyport/proxy-${proxy}:1`, 'sallyport/frontend:1']});
	const built = await docker([
		'build',
		'-q',
		'-t',
		image,
		'--build-arg',
		`SALLYPORT_PROXY=${proxy}`,
		await contextOf(proxy),
	]);
	if (built.code !== 0) {
		throw new Error(built.stderr);
	}

	const engine = connectEngine(docker.engine.host);
	const started: string[] = [];
	return {
		docker,
		start: async (args = []) => {
			const id = await startOf(docker, image, args);
			started.push(id);
			return id;
		},
		config: async id => (await docker(['exec', id, 'cat', '/opt/sallyport/conf/nginx.conf'])).stdout,
		look: async (id, params = {}) => {
			const signal = AbortSignal.timeout(30_000);
			const means = {
				engine,
				record: undefined,
				trust: [],
				host: goodHost,
				reachMs: 3000,
				paramsOf: () => params as ReturnType<Subject['paramsOf']>, // What a test says.
			};
			const subject = await subjectOf(id, means, signal);
			try {
				return await runProbes(asked, subject, {probeMs: 9000, totalMs: 12_000}, signal);
			} finally {
				subject.close();
			}
		},
		requests: async id =>
			(await docker(['exec', id, 'cat', '/tmp/requests'])).stdout.split('\n').filter(Boolean),
		visit: async (id, path, times) => {
			const script = `process.env.NODE_TLS_REJECT_UNAUTHORIZED='0';for(let i=0;i<${times};i++)await new Promise(done=>require('https').get({host:'127.0.0.1',port:8443,path:'${path}',headers:{host:'app.example'}},r=>r.resume().on('end',done)))`;
			const {code, stderr} = await docker(['exec', id, 'node', '-e', `(async()=>{${script}})()`]);
			if (code !== 0) {
				throw new Error(stderr);
			}
		},
		close: async () => {
			if (started.length > 0) {
				await docker(['rm', '-f', '-v', ...started]);
			}

			await docker(['rmi', '-f', image]);
		},
	};
}

async function startOf(docker: Docker, image: string, args: readonly string[]): Promise<string> {
	const {code, stdout, stderr} = await docker(['run', '-d', ...args, image]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const id = stdout.trim();
	for (let tries = 0; tries < 150; tries += 1) {
		const {code: health} = await docker(['exec', id, '/opt/sallyport/bin/sallyport-init', 'health']);
		if (health === 0) {
			return id;
		}

		await wait(100);
	}

	const said = await docker(['logs', id]);
	throw new Error(`The proxy does not answer:\n${said.stdout.slice(-2000)}${said.stderr.slice(-2000)}`);
}
