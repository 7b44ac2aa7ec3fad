import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, request as httpRequest, type IncomingMessage, type ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

// An engine with more containers than a machine has room for: one real container, under as many ids, names and addresses as asked
// for. What is asked about any of them is asked of the real one, by the real engine; the list, the events and the ends are made here.

/** A container that there is not. Its address is one of loopback's, where the real one listens. */
interface Many {
	readonly id: string;
	readonly name: string;
	readonly address: string;
	readonly startedAt: string;
}

export interface ManyEngine extends AsyncDisposable {
	/** As DOCKER_HOST wants it. */
	readonly host: string;
	/** Starts more, and tells of it. @returns their ids */
	start(count: number): readonly string[];
	/** Ends one, and tells of it. */
	stop(id: string, exitCode?: number): void;
	/** Cuts every connection and answers nobody until `return`. */
	vanish(): void;
	appear(): void;
	/** How often each kind of question was asked. */
	readonly asked: Readonly<Record<string, number>>;
}

/**
 * @param real where the one real container runs, which MUST use the host's network
 * @param fields what is said of each differently than of the real one
 */
export async function manyEngine(
	real: {readonly socket: string; readonly id: string},
	fields: (index: number) => Readonly<Record<string, unknown>> = () => ({}),
): Promise<ManyEngine> {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-many-'));
	const path = join(folder, 'docker.sock');
	const truth = JSON.parse(await textOf(real.socket, `/containers/${real.id}/json`)) as Inspected;
	const containers = new Map<string, Many>();
	const listeners = new Set<ServerResponse>();
	const sockets = new Set<Socket>();
	const told: string[] = [];
	const asked: Record<string, number> = {};
	let born = 0;
	let isThere = true;

	const tell = (id: string, name: string, action: string, attributes: object = {}): void => {
		const at = Date.now();
		const attributed = {image: truth.Config.Image, name, ...truth.Config.Labels, ...attributes};
		const line = `${JSON.stringify({Type: 'container', Action: action, Actor: {ID: id, Attributes: attributed}, scope: 'local', time: Math.floor(at / 1000), timeNano: at * 1_000_000})}\n`;
		// As many as an engine keeps.
		told.push(line);
		told.splice(0, told.length - 256);
		for (const listener of listeners) {
			listener.write(line);
		}
	};
	const answers: readonly (readonly [RegExp, (url: URL, many: Many, response: ServerResponse) => void])[] = [
		[
			/^\/containers\/json$/,
			(_, __, response) =>
				say(
					response,
					[...containers.values()].map(each => listed(each, truth)),
				),
		],
		[
			/^\/containers\/[^/]+\/json$/,
			(_, many, response) => say(response, inspected(many, truth, fields(Number(many.name.slice(5))))),
		],
		[
			/^\/events$/,
			(url, _, response) => {
				response.writeHead(200, {'Content-Type': 'application/json'}).flushHeaders();
				const [since, until] = ['since', 'until'].map(name => url.searchParams.get(name));
				const isAsked = (line: string): boolean => {
					const seconds = (JSON.parse(line) as {readonly timeNano: number}).timeNano / 1e9;
					return seconds >= Number(since ?? Number.POSITIVE_INFINITY) && seconds <= Number(until ?? seconds);
				};
				response.write(told.filter(isAsked).join(''));
				if (until != null) {
					response.end();
					return;
				}

				listeners.add(response);
				response.on('close', () => listeners.delete(response));
			},
		],
	];
	const answer = (question: IncomingMessage, response: ServerResponse): void => {
		const address = question.url ?? '/';
		const url = new URL(address, 'http://docker');
		const route = url.pathname.replace(/^\/v[\d.]+/, '');
		const id = /^\/containers\/([^/]+)\//.exec(route)?.[1] ?? '';
		const many = containers.get(id) ?? nobody;
		const own = answers.find(([pattern]) => pattern.test(route))?.[1];
		if (id !== many.id) {
			response.writeHead(404).end('{"message":"No such container"}');
		} else if (own === undefined) {
			passOn(question, response, real.socket, address.replace(id, id && real.id));
		} else {
			own(url, many, response);
		}
	};
	const server = createServer((question, response) => {
		const kind = (question.url ?? '')
			.replace(/\?.*|^\/v[\d.]+/g, '')
			.replace(/(?<=^\/(?:containers|images)\/)[^/]+(?=\/)/, '*');
		asked[kind] = (asked[kind] ?? 0) + 1;
		if (isThere) {
			answer(question, response);
		} else {
			question.socket.destroy();
		}
	});
	server.on('connection', socket => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(path);
	await once(server, 'listening');

	return {
		host: `unix://${path}`,
		asked,
		start: count =>
			Array.from({length: count}, () => {
				born += 1;
				const id = `a${born.toString(16).padStart(63, '0')}`;
				const many = {
					id,
					name: `many-${born}`,
					address: `127.${1 + (born >> 16)}.${(born >> 8) & 255}.${born & 255}`,
					startedAt: new Date().toISOString(),
				};
				containers.set(id, many);
				tell(id, many.name, 'start');
				return id;
			}),
		stop: (id, exitCode = 0) => {
			const many = containers.get(id);
			containers.delete(id);
			if (many !== undefined) {
				tell(id, many.name, 'die', {exitCode: String(exitCode)});
				tell(id, many.name, 'destroy');
			}
		},
		vanish: () => {
			isThere = false;
			for (const socket of sockets) {
				socket.destroy();
			}
		},
		appear: () => {
			isThere = true;
		},
		[Symbol.asyncDispose]: async () => {
			for (const socket of sockets) {
				socket.destroy();
			}

			server.close();
			rmSync(folder, {recursive: true, force: true});
		},
	};
}

const nobody: Many = {id: '', name: 'many-0', address: '', startedAt: ''};

interface Inspected {
	readonly Config: {readonly Image: string; readonly Labels: Readonly<Record<string, string>>};
	readonly State: object;
	readonly HostConfig: object;
	readonly NetworkSettings: {readonly Ports?: object};
	readonly Image: string;
}

function listed({id, name, address, startedAt}: Many, {Config, Image}: Inspected): unknown {
	return {
		Id: id,
		Names: [`/${name}`],
		Image: Config.Image,
		ImageID: Image,
		Command: 'run',
		Created: Math.floor(Date.parse(startedAt) / 1000),
		Ports: [],
		Labels: Config.Labels,
		State: 'running',
		Status: 'Up',
		HostConfig: {NetworkMode: 'bridge'},
		NetworkSettings: {Networks: {bridge: {IPAddress: address}}},
		Mounts: [],
	};
}

function inspected({id, name, address, startedAt}: Many, truth: Inspected, fields: object): unknown {
	const networks = {bridge: {IPAddress: address, GlobalIPv6Address: ''}};
	return {
		...truth,
		...fields,
		Id: id,
		Name: `/${name}`,
		Created: startedAt,
		State: {...truth.State, StartedAt: startedAt},
		HostConfig: {...truth.HostConfig, NetworkMode: 'bridge'},
		NetworkSettings: {...truth.NetworkSettings, Ports: {}, IPAddress: address, Networks: networks},
	};
}

function say(response: ServerResponse, value: unknown): void {
	response.writeHead(200, {'Content-Type': 'application/json'}).end(JSON.stringify(value));
}

function passOn(question: IncomingMessage, response: ServerResponse, socketPath: string, path: string): void {
	const passed = httpRequest({socketPath, path, method: question.method ?? 'GET'}, answer => {
		response.writeHead(answer.statusCode ?? 500, {
			'Content-Type': answer.headers['content-type'] ?? 'text/plain',
		});
		answer.pipe(response);
	});
	passed.on('error', () => response.destroy());
	response.on('close', () => passed.destroy());
	passed.end();
}

async function textOf(socketPath: string, path: string): Promise<string> {
	const asking = httpRequest({socketPath, path});
	asking.end();
	const [answer] = (await once(asking, 'response')) as [IncomingMessage];
	let text = '';
	for await (const part of answer.setEncoding('utf8')) {
		text += String(part);
	}

	return text;
}
