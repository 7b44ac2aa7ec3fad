import {readFileSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import type {Plan, PlanApplication} from '../../frontend/proxies/plan.ts';
import {ensureImages} from '../engine/images.ts';
import {type Docker, folderOf, mountable, openDocker} from './docker.ts';
import {plan} from './plan.ts';
import {ask, type Container, confOf, HARDENED, linesOf, start} from './proxied.ts';

const IMAGE = 'sallyport-test/supervised';
export const INIT = '/opt/sallyport/bin/sallyport-init';

/** The proxy's layer with Node and the shell of its base; plan, application and certificates are mounted. */
const DOCKERFILE = `FROM sallyport/proxy-nginx:1 AS layer
FROM node:24-bookworm-slim
COPY --from=layer / /
USER 10001
ENTRYPOINT ["${INIT}","run","--"]
CMD ["node","/test/app.mjs"]
`;

export interface Supervised {
	readonly docker: Docker;
	readonly image: string;
	/** A container that answers; gone after the tests. */
	run(plan: Plan, args?: readonly string[], command?: readonly string[]): Promise<Container>;
	/** One that ends by itself. */
	end(plan: Plan, args?: readonly string[], command?: readonly string[]): ReturnType<Docker>;
	/** What a command in the container prints. */
	inside(container: Container, script: string): Promise<string>;
	close(): Promise<void>;
}

/** For `test.before`. */
export async function supervised(): Promise<Supervised> {
	const docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim']);
	const built = await docker(['build', '-q', '-t', IMAGE, await folderOf({Dockerfile: DOCKERFILE})]);
	if (built.code !== 0) {
		throw new Error(built.stderr);
	}

	const started: string[] = [];
	const app = readFileSync(new URL('../fixtures/init/app.mjs', import.meta.url), 'utf8');
	const mounts = async (plan: Plan) => [
		'-v',
		`${await mountable(confOf(plan))}:/opt/sallyport/conf:ro`,
		'-v',
		`${await mountable({'app.mjs': app})}:/test:ro`,
	];
	return {
		docker,
		image: IMAGE,
		async run(plan, args = [], command = []) {
			const container = await start(docker, IMAGE, [...HARDENED, ...(await mounts(plan)), ...args], command);
			started.push(container.id);
			return container;
		},
		async end(plan, args = [], command = []) {
			const run = ['run', '--rm', '--tmpfs', '/run/sallyport', ...HARDENED, ...(await mounts(plan))];
			return docker([...run, ...args, IMAGE, ...command]);
		},
		async inside({id}, script) {
			return (await docker(['exec', id, 'sh', '-c', script])).stdout;
		},
		async close() {
			if (started.length > 0) {
				await docker(['rm', '-f', ...started]);
			}
		},
	};
}

/** `count` instances that are looked after every second. */
export function several(count: number | 'auto', different: Partial<PlanApplication> = {}): Plan {
	const application: PlanApplication = {
		port: 3000,
		healthPath: '/health',
		health: {intervalSeconds: 1, timeoutSeconds: 2, failures: 2, passes: 1},
		instances: count,
		portVariable: 'PORT',
		...different,
	};
	return {
		...plan,
		application,
		limits: {...plan.limits, requestsPerSecond: 5000, burst: 5000, connections: 500},
	};
}

/** Asks without a pause, on a connection for each request, until told to stop; what was not a 200. */
export function load(
	{https}: Container,
	path = '/',
): () => Promise<{sent: number; failed: readonly string[]}> {
	let isOver = false;
	let sent = 0;
	const failed: string[] = [];
	const asking = Array.from({length: 3}, async () => {
		while (!isOver) {
			sent += 1;
			const answer = await ask(https, path).catch((error: unknown) => String(error));
			if (typeof answer === 'string' || answer.status !== 200) {
				failed.push(typeof answer === 'string' ? answer : String(answer.status));
			}
		}
	});
	return async () => {
		isOver = true;
		await Promise.all(asking);
		return {sent, failed};
	};
}

/** Who answers, by asking often. */
export async function whoAnswers({https}: Container, times = 30): Promise<ReadonlyMap<number, number>> {
	const found = new Map<number, number>();
	for (const {status, body} of await Promise.all(Array.from({length: times}, () => ask(https, '/')))) {
		if (status === 200) {
			const {port, pid} = JSON.parse(body) as {readonly port: number; readonly pid: number};
			found.set(port, pid);
		}
	}

	return found;
}

/** Waits for something that is promised to come. */
export async function until<T>(
	question: () => Promise<T>,
	isIt: (answer: T) => boolean,
	withinMs = 60_000,
): Promise<T> {
	const end = Date.now() + withinMs;
	for (;;) {
		const answer = await question();
		if (isIt(answer) || Date.now() > end) {
			return answer;
		}

		await wait(100);
	}
}

/** What the supervisor itself has said. */
export async function saidBy(docker: Docker, container: {readonly id: string}): Promise<readonly string[]> {
	const {stderr} = await linesOf(docker, container);
	return stderr.map(line => String((JSON.parse(line) as {readonly message: unknown}).message));
}
