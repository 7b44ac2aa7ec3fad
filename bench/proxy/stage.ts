import {chmod, readFile} from 'node:fs/promises';
import {setTimeout as wait} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {nginx} from '../../frontend/proxies/nginx.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {ensureImages} from '../../test/engine/images.ts';
import {ensureProduct} from '../../test/engine/product.ts';
import {makeAuthority} from '../../test/helpers/certificates.ts';
import {type Docker, folderOf, openDocker} from '../../test/helpers/docker.ts';
import {commands, configurations, type Peer, PORTS} from './peers.ts';

/** Where a comparison takes place: the application and our proxy in a container, everyone else in its network namespace. */
export interface Stage {
	/** In the container of tools, which sees all processes of the engine. */
	tool(args: readonly string[]): Promise<string>;
	docker(args: readonly string[]): Promise<string>;
	/** What one of the programs here says at its end, in a container of its own, which stays when ours is stopped. */
	program(name: Program, args: readonly string[]): Promise<string>;
	/** The same in the background, with the address of ours before its arguments; its container's name. */
	background(name: Program, args: readonly string[]): Promise<string>;
	/** Where our proxy is reached by another container. */
	readonly address: string;
	/** The folder that is mounted with certificate and key. */
	readonly certificates: string;
	/** Ours and each peer's container. */
	readonly ids: Readonly<Record<string, string>>;
	remove(): Promise<void>;
}

export type Program = (typeof PROGRAMS)[number];

export interface StageOptions {
	readonly plan: Plan;
	readonly peers: readonly Peer[];
	/** Further ones of ours before the same application, by name: their ports and what is changed in their text. */
	readonly variants?: Readonly<Record<string, Variant>>;
	readonly say: (line: string) => void;
}

export interface Variant {
	readonly plain: number;
	readonly tls: number;
	readonly redirect: number;
	readonly edit: (configuration: string) => string;
}

const IMAGES = {ours: 'sallyport-bench/proxied', tools: 'sallyport-bench/tools'} as const;

/** Everything that is measured or measures, from Debian. */
const TOOLS = `FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends \\
	nginx-light haproxy caddy wrk nghttp2-client slowhttptest openssl procps && rm -rf /var/lib/apt/lists/*
`;

const PROGRAMS = ['application', 'client', 'slow', 'start'] as const;
const ADDRESS = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
const SUPERVISOR = '/opt/sallyport/bin/sallyport-init';

const OURS = `FROM node:24-bookworm-slim
COPY --from=sallyport/proxy-nginx:1 / /
COPY *.mjs /
USER 10001
ENTRYPOINT ["/opt/sallyport/bin/sallyport-init","run","--","node","/application.mjs"]
`;

export async function openStage({plan, peers, variants = {}, say}: StageOptions): Promise<Stage> {
	const docker = await openDocker();
	const must = async (words: readonly string[]): Promise<string> => {
		const {code, stdout, stderr} = await docker(words);
		if (code !== 0) {
			throw new Error(`docker ${words.slice(0, 3).join(' ')}: ${stderr}${stdout}`);
		}

		return stdout.trim();
	};
	await imagesFor(docker, must, say);
	const conf = await readable(confOf(plan, AS_IT_IS));
	const tls = await readable(certificates());
	const others = await readable(
		Object.fromEntries(Object.values(configurations).map(({file, text}) => [file, text])),
	);
	const started: string[] = [];
	const start = async (words: readonly string[]): Promise<string> => {
		const id = await must(['run', '-d', '--label', 'sallyport-bench', ...words]);
		started.push(id);
		return id;
	};
	const mounts = (folder: string) => [
		...['--tmpfs', '/run/sallyport', '-v', `${folder}:/opt/sallyport/conf:ro`],
		...['-v', `${tls}:/etc/sallyport/tls:ro`],
	];
	const alone = [...mounts(conf), '--entrypoint', 'node'];
	const ours = await start([...mounts(conf), IMAGES.ours]);
	const beside = ['--network', `container:${ours}`, '-v', `${others}:/peers:ro`, '-v', `${tls}:/tls:ro`];
	const ids: Record<string, string> = {ours};
	for (const peer of peers) {
		ids[peer] = await start([...beside, IMAGES.tools, ...commands[peer]]);
	}

	for (const [name, variant] of Object.entries(variants)) {
		const folder = await readable(confOf(plan, variant));
		const network = ['--network', `container:${ours}`, '--user', '10001'];
		const command = ['run', '--', 'sleep', 'infinity'];
		ids[name] = await start([
			...network,
			...mounts(folder),
			'--entrypoint',
			SUPERVISOR,
			IMAGES.ours,
			...command,
		]);
	}

	const tools = await start([
		...beside,
		'--pid',
		'host',
		'--cap-add',
		'SYS_PTRACE',
		'--init',
		IMAGES.tools,
		'sleep',
		'infinity',
	]);
	for (const name of ['ours', ...Object.keys(variants)]) {
		await answering(docker, ids[name] ?? '');
	}

	const remove = async (): Promise<void> => {
		await docker(['rm', '-f', ...started.toReversed()]);
	};
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void remove().finally(() => process.exit(1)));
	}

	return {
		tool: words => must(['exec', tools, ...words]),
		docker: must,
		address: await must(['inspect', '-f', ADDRESS, ours]),
		program: (name, words) => must(['run', '--rm', ...alone, IMAGES.ours, `/${name}.mjs`, ...words]),
		background: (name, words) => start([...alone, IMAGES.ours, `/${name}.mjs`, ...words]),
		certificates: tls,
		ids,
		remove,
	};
}

async function answering(docker: Docker, id: string): Promise<void> {
	for (let tries = 0; tries < 300; tries += 1) {
		if ((await docker(['exec', id, SUPERVISOR, 'health'])).code === 0) {
			return;
		}

		await wait(100);
	}

	const {stdout, stderr} = await docker(['logs', '--tail', '5', id]);
	throw new Error(`The proxy does not answer: ${stdout}${stderr}`);
}

async function imagesFor(
	docker: Docker,
	must: (words: readonly string[]) => Promise<string>,
	say: StageOptions['say'],
): Promise<void> {
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim'], {progress: say});
	await ensureProduct(docker.engine, {progress: say, only: ['sallyport/proxy-nginx:1']});
	const own = async (name: string) => readFile(fileURLToPath(new URL(name, import.meta.url)));
	const programs = Object.fromEntries(
		await Promise.all(PROGRAMS.map(async name => [`${name}.mjs`, await own(`${name}.mjs`)] as const)),
	);
	for (const [name, files] of [
		[IMAGES.tools, {Dockerfile: TOOLS}],
		[IMAGES.ours, {Dockerfile: OURS, ...programs}],
	] as const) {
		say(`building ${name} …`);
		await must(['build', '-q', '-t', name, await folderOf(files)]);
	}
}

/**
 * What is generated serves TLS alone. To be compared over plain HTTP, the very same server is given a plain listener beside its
 * own, here and nowhere else.
 */
function confOf(plan: Plan, {plain, tls, redirect, edit}: Variant): Readonly<Record<string, string>> {
	const files = nginx.render({...plan, listeners: {...plan.listeners, https: tls, redirect}});
	const listen = `listen ${tls} ssl default_server;`;
	return Object.fromEntries(
		files.map(({path, content}) => {
			const name = path.slice('/opt/sallyport/conf/'.length);
			if (name !== 'nginx.conf') {
				return [name, content];
			}

			if (!content.includes(listen)) {
				throw new Error('The generated configuration has another TLS listener than this bench knows');
			}

			return [name, edit(content.replace(listen, `${listen} listen ${plain} default_server;`))];
		}),
	);
}

const AS_IT_IS: Variant = {...PORTS.ours, redirect: 8080, edit: text => text};

function certificates(): Readonly<Record<string, string>> {
	const {key, cert} = makeAuthority().issue('localhost');
	return {'tls.crt': cert, 'tls.key': key, 'both.pem': cert + key};
}

/** The proxy runs as another user than the one who makes the folder. */
async function readable(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await folderOf(files);
	await chmod(folder, 0o755);
	return folder;
}
