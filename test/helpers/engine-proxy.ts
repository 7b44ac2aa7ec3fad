import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer, type IncomingMessage, request, type Server, type ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** A socket before an engine that lets questions of a list pass and nothing else, and that can fail in every way. */
export interface EngineProxy extends AsyncDisposable {
	/** As DOCKER_HOST wants it. */
	readonly host: string;
	/** What was asked, `GET /containers/ID/json`, each once. */
	readonly passed: ReadonlySet<string>;
	readonly refused: ReadonlySet<string>;
	/** What was taken and left without an answer. */
	readonly hung: ReadonlySet<string>;
	/** Questions like these are refused from now on; by default none. */
	forbid(...paths: readonly string[]): void;
	/** Questions like these are taken, and never answered. */
	hang(...paths: readonly string[]): void;
	/** Cuts every connection, and takes no more. */
	cut(): Promise<void>;
	mend(): Promise<void>;
}

/** The paths of the table in `daemon/docker/README.md`: the page is what this proxy knows. */
export function documentedPaths(): readonly string[] {
	const page = readFileSync(new URL('../../daemon/docker/README.md', import.meta.url), 'utf8');
	return [...page.matchAll(/^\| `(\/[^`]+)` \|/gm)].map(([, path = '']) => path);
}

/** @param to `unix:///path` or `tcp://host:port` */
export async function engineProxy(to: string, allowed = documentedPaths()): Promise<EngineProxy> {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-proxy-'));
	const path = join(folder, 'docker.sock');
	const sockets = new Set<Socket>();
	const passed = new Set<string>();
	const refused = new Set<string>();
	const hung = new Set<string>();
	let forbidden: readonly string[] = [];
	let hanging: readonly string[] = [];
	let server: Server | undefined;

	function answer(asked: IncomingMessage, response: ServerResponse): void {
		const shape = shapeOf(asked.url ?? '', allowed);
		const question = `${asked.method} ${shape ?? asked.url}`;
		if (asked.method !== 'GET' || shape === undefined || forbidden.includes(shape)) {
			refused.add(question);
			response.writeHead(403).end('{"message":"Forbidden by the proxy"}');
		} else if (hanging.includes(shape)) {
			hung.add(question);
		} else {
			passed.add(question);
			forward(to, asked, response);
		}
	}

	const cut = async (): Promise<void> => {
		const closing = server;
		server = undefined;
		if (closing !== undefined) {
			const closed = once(closing, 'close');
			closing.close();
			for (const socket of sockets) {
				socket.destroy();
			}

			await closed;
		}
	};
	const mend = async (): Promise<void> => {
		server = createServer(answer);
		server.on('connection', socket => {
			sockets.add(socket);
			socket.on('close', () => sockets.delete(socket));
		});
		server.listen(path);
		await once(server, 'listening');
	};
	await mend();
	return {
		host: `unix://${path}`,
		passed,
		refused,
		hung,
		forbid: (...paths) => {
			forbidden = paths;
		},
		hang: (...paths) => {
			hanging = paths;
		},
		cut,
		mend,
		[Symbol.asyncDispose]: async () => {
			await cut();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

/** The documented path that a URL is of; undefined for none of them. */
function shapeOf(url: string, allowed: readonly string[]): string | undefined {
	const asked = (url.split('?')[0] ?? '').replace(/^\/v\d+\.\d+/, '').split('/');
	return allowed.find(shape => {
		const wanted = shape.split('/');
		const last = wanted.length - 1;
		// Names of images have slashes of their own.
		const parts =
			wanted[2] === 'NAME' ? ['', asked[1] ?? '', asked.slice(2, -1).join('/'), asked.at(-1) ?? ''] : asked;
		return (
			parts.length === last + 1 &&
			wanted.every((word, index) =>
				word === 'ID' || word === 'NAME' ? parts[index] !== '' : parts[index] === word,
			)
		);
	});
}

function forward(to: string, asked: IncomingMessage, response: ServerResponse): void {
	const [, host, port] = /^tcp:\/\/([^:]+):(\d+)$/.exec(to) ?? [];
	const far = request(
		{
			...(host === undefined ? {socketPath: to.replace('unix://', '')} : {host, port: Number(port)}),
			method: 'GET',
			path: asked.url,
			headers: {...asked.headers, connection: 'close'},
		},
		answer => {
			response.writeHead(answer.statusCode ?? 502, answer.headers);
			response.flushHeaders();
			answer.on('error', () => response.destroy());
			answer.pipe(response);
		},
	);
	far.on('error', () => response.destroy());
	response.on('close', () => far.destroy());
	far.end();
}
