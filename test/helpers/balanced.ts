import {readFileSync} from 'node:fs';
import {chmod} from 'node:fs/promises';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {ensureImages} from '../engine/images.ts';
import {type Docker, folderOf, openDocker} from './docker.ts';
import {type Container, confOf, HARDENED, start} from './proxied.ts';

const IMAGE = 'sallyport-test/balanced';
const APPLICATION = readFileSync(new URL('../fixtures/balance/app.mjs', import.meta.url), 'utf8');

/** The proxy's layer with Node and no application yet: that and the plan are mounted, so one image serves every test. */
const DOCKERFILE = `FROM sallyport/proxy-nginx:1 AS layer
FROM node:24-bookworm-slim
COPY --from=layer / /
USER 10001
ENTRYPOINT ["/opt/sallyport/bin/sallyport-init","run","--","node"]
CMD ["/test/app.mjs"]
`;

export interface Around {
	readonly docker: Docker;
	/** Starts a container with this plan, the application and what else is to lie in `/test`; gone after the tests. */
	run(plan: Plan, files?: Readonly<Record<string, string>>, args?: readonly string[]): Promise<Container>;
	close(): Promise<void>;
}

/** For `test.before`. */
export async function around(): Promise<Around> {
	const docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim']);
	const folder = await folderOf({Dockerfile: DOCKERFILE});
	const {code, stderr} = await docker(['build', '-q', '-t', IMAGE, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const started: string[] = [];
	return {
		docker,
		async run(plan, files = {}, args = []) {
			const conf = await mountable(confOf(plan));
			const test = await mountable({'app.mjs': APPLICATION, ...files});
			const mounts = ['-v', `${conf}:/opt/sallyport/conf:ro`, '-v', `${test}:/test:ro`];
			const container = await start(docker, IMAGE, [...HARDENED, ...mounts, ...args]);
			started.push(container.id);
			return container;
		},
		async close() {
			if (started.length > 0) {
				await docker(['rm', '-f', ...started]);
			}
		},
	};
}

/** A temporary folder is its maker's alone; the proxy's user must get in. */
async function mountable(files: Parameters<typeof folderOf>[0]): Promise<string> {
	const folder = await folderOf(files);
	await chmod(folder, 0o755);
	return folder;
}
