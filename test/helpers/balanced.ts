import {readFileSync} from 'node:fs';
import {type Engine, engines} from '../../frontend/proxies/engine.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {ensureImages} from '../engine/images.ts';
import {ensureProduct} from '../engine/product.ts';
import {type Docker, folderOf, mountable, openDocker} from './docker.ts';
import {type Container, confOf, HARDENED, start} from './proxied.ts';

const APPLICATION = readFileSync(new URL('../fixtures/balance/app.mjs', import.meta.url), 'utf8');

/** The proxy's layer with Node and no application yet: that and the plan are mounted, so one image serves every test. */
const dockerfileOf = (engine: Engine): string => `FROM sallyport/proxy-${engine}:1 AS layer
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

/** The same questions can be asked of another engine: `SALLYPORT_TEST_PROXY=traefik npx ava test/proxy-access.test.ts`. */
const USUAL = engines.find(engine => engine === process.env['SALLYPORT_TEST_PROXY']) ?? 'nginx';

/** For `test.before`. */
export async function around(engine: Engine = USUAL): Promise<Around> {
	const docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim']);
	if (engine === 'traefik') {
		// Large, and made only where it is needed.
		await ensureProduct(docker.engine, {only: ['sallyport/proxy-traefik:1']});
	}

	const image = `sallyport-test/balanced-${engine}`;
	const folder = await folderOf({Dockerfile: dockerfileOf(engine)});
	const {code, stderr} = await docker(['build', '-q', '-t', image, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const started: string[] = [];
	return {
		docker,
		async run(plan, files = {}, args = []) {
			const conf = await mountable(confOf(plan, engine));
			const test = await mountable({'app.mjs': APPLICATION, ...files});
			const mounts = ['-v', `${conf}:/opt/sallyport/conf:ro`, '-v', `${test}:/test:ro`];
			const container = await start(docker, image, [...HARDENED, ...mounts, ...args]);
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
