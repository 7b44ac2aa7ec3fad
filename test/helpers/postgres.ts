import {setTimeout as sleep} from 'node:timers/promises';
import {Client} from 'pg';
import {ensureImages} from '../engine/images.ts';
import {done, folderOf, openDocker} from './docker.ts';

const IMAGE = 'sallyport-test/postgres:1';
/** Debian's own, with its defaults, of which durability is one; who can reach it may do all: it listens for this host alone. */
const DOCKERFILE = `FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends postgresql && rm -rf /var/lib/apt/lists/*
USER postgres
RUN /usr/lib/postgresql/17/bin/initdb -D /var/lib/postgresql/data -A trust -U owner -E UTF8 --locale=C.UTF-8 \\
	&& echo "host all all all trust" >> /var/lib/postgresql/data/pg_hba.conf
STOPSIGNAL SIGINT
ENTRYPOINT ["/usr/lib/postgresql/17/bin/postgres", "-D", "/var/lib/postgresql/data", "-c", "listen_addresses=*"]
`;

export interface Postgres {
	/** Makes a database that is empty. @returns its URL, for the role that owns it */
	database(name: string): Promise<string>;
	/** Runs SQL as the owner of everything. */
	sql(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
	/** Kills the server as a power cut would, and starts it again. The port stays. */
	crash(): Promise<void>;
	close(): Promise<void>;
}

/** A real server in a container, for \`test.before\`. */
export async function startPostgres(args: readonly string[] = []): Promise<Postgres> {
	const docker = await openDocker();
	await ensureImages(docker.engine, ['debian:trixie-slim']);
	await done(docker, ['build', '-q', '-t', IMAGE, await folderOf({Dockerfile: DOCKERFILE})]);
	// A port that is the same after a restart.
	const port = 20_000 + (process.pid % 20_000);
	const run = ['run', '-d', '--label', 'sallyport-test', '-p', `127.0.0.1:${port}:5432`, '--shm-size=256m'];
	const id = await done(docker, [...run, IMAGE, ...args]);
	const base = `postgresql://owner@127.0.0.1:${port}`;
	await answers(`${base}/postgres`);
	return {
		database: async name => {
			await sqlAt(`${base}/postgres`, `CREATE DATABASE ${name}`);
			return `${base}/${name}`;
		},
		sql: sqlAt,
		crash: async () => {
			await done(docker, ['kill', '--signal=KILL', id]);
			await done(docker, ['start', id]);
			await answers(`${base}/postgres`);
		},
		close: async () => void (await docker(['rm', '-f', '-v', id])),
	};
}

async function sqlAt(url: string, text: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
	const client = new Client({connectionString: url});
	// A server that goes away in the middle is part of these tests.
	client.on('error', () => undefined);
	await client.connect();
	try {
		const {rows} = await client.query<Record<string, unknown>>(text);
		return rows;
	} finally {
		await client.end().catch(() => undefined);
	}
}

async function answers(url: string): Promise<void> {
	const end = performance.now() + 30_000;
	for (;;) {
		try {
			await sqlAt(url, 'SELECT 1');
			return;
		} catch (error) {
			if (performance.now() > end) {
				throw error;
			}
		}

		await sleep(100);
	}
}
