import {once} from 'node:events';
import {chmod, mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {ensureImages} from '../../engine/images.ts';
import {type Docker, done, folderOf, openDocker} from '../docker.ts';
import {makeCertificates} from './certificates.ts';
import type {Configuration} from './configurations.ts';

/** All servers and all tools in one container, so that nobody has a longer way than another. */
export interface Stage {
	readonly id: string;
	readonly address: string;
	/** The authority that the good certificates come from. */
	readonly authority: string;
	readonly portOf: (index: number) => number;
	/** Resolves when the server there accepts connections. */
	readonly listening: (port: number) => Promise<void>;
	/** What a tool prints, whatever it makes of it. */
	readonly tool: (words: readonly string[]) => Promise<string>;
	readonly remove: () => Promise<void>;
}

/** What there is in a container of tools. */
export interface Recipe {
	readonly image: string;
	readonly packages: readonly string[];
	/** Further lines of its Dockerfile. */
	readonly lines?: readonly string[];
}

const FIRST_PORT = 20_000;

/** From Debian, and built once. */
export async function ensureTools(docker: Docker, {image, packages, lines = []}: Recipe): Promise<string> {
	await ensureImages(docker.engine, ['debian:trixie-slim']);
	const install = `apt-get install -qy --no-install-recommends ${packages.join(' ')}`;
	const text = [
		'FROM debian:trixie-slim',
		`RUN apt-get update -q && ${install} && rm -rf /var/lib/apt/lists/*`,
		...lines,
	];
	const empty = await folderOf({});
	const {code, stderr} = await docker(['build', '-q', '-t', image, '-f', '-', empty], {
		input: text.join('\n'),
	});
	if (code !== 0) {
		throw new Error(`The tools could not be built:\n${stderr}`);
	}

	return image;
}

export async function openStage(configurations: readonly Configuration[], recipe: Recipe): Promise<Stage> {
	const docker = await openDocker();
	const image = await ensureTools(docker, recipe);
	const certificates = makeCertificates();
	const folder = await mounted({
		...certificates,
		'nginx.conf': nginxOf(configurations),
		'start.sh': startOf(configurations),
	});
	const id = await done(docker, [
		...['run', '-d', '--init', '--label', recipe.image.replace(/\/.*/, ''), '-v', `${folder}:/certs:ro`],
		...['--add-host', 'www.app.example:127.0.0.1', '-w', '/tmp', image, 'sh', '/certs/start.sh'],
	]);
	const remove = async (): Promise<void> => void (await docker(['rm', '-f', id]));
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.once(signal, () => void remove().finally(() => process.exit(1)));
	}

	const address = await done(docker, [
		'inspect',
		'-f',
		'{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}',
		id,
	]);
	return {
		id,
		address,
		listening: port => accepts(address, port),
		authority: certificates['ca.pem'] ?? '',
		portOf: index => FIRST_PORT + index,
		tool: async words => (await docker(['exec', id, ...words])).stdout,
		remove,
	};
}

async function mounted(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
	await mkdir(folder, {recursive: true});
	await chmod(folder, 0o755);
	for (const [name, text] of Object.entries(files)) {
		await writeFile(join(folder, name), text);
	}

	return folder;
}

function nginxOf(configurations: readonly Configuration[]): string {
	const servers = configurations.flatMap(({server, certificate = 'leaf'}, index) =>
		'nginx' in server
			? [
					[
						'server {',
						`listen ${FIRST_PORT + index} ssl;`,
						`ssl_certificate /certs/${certificate}.crt; ssl_certificate_key /certs/${certificate}.key;`,
						...server.nginx.map(line => `${line};`),
						'location / { return 200 "ok"; }',
						'}',
					].join('\n'),
				]
			: [],
	);
	return `daemon off; worker_processes 2; error_log /dev/null; pid /tmp/nginx.pid; events { worker_connections 1024; } http { access_log off;\n${servers.join('\n')}\n}`;
}

/** Servers that take one connection at a time, or end at a bad one, are started anew. */
function startOf(configurations: readonly Configuration[]): string {
	const others = configurations.flatMap(({server, certificate = 'leaf'}, index) => {
		const pair = [`/certs/${certificate}.crt`, `/certs/${certificate}.key`] as const;
		const port = FIRST_PORT + index;
		const command =
			'openssl' in server
				? `openssl s_server -accept ${port} -cert ${pair[0]} -key ${pair[1]} -www ${server.openssl}`
				: 'gnutls' in server
					? `gnutls-serv -q --http -p ${port} --x509certfile ${pair[0]} --x509keyfile ${pair[1]} --priority '${server.gnutls}'`
					: undefined;
		return command === undefined
			? []
			: [`(while :; do ${command} </dev/null >/dev/null 2>&1; sleep 0.1; done) &`];
	});
	return `${others.join('\n')}\nexec nginx -c /certs/nginx.conf\n`;
}

async function accepts(host: string, port: number): Promise<void> {
	for (let tries = 0; tries < 100; tries += 1) {
		const socket = connect({host, port});
		const isOpen = await once(socket, 'connect').then(
			() => true,
			() => false,
		);
		socket.destroy();
		if (isOpen) {
			return;
		}

		await wait(100);
	}

	throw new Error(`Nobody listens on port ${port}`);
}
