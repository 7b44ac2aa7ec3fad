import type {Readable} from 'node:stream';
import Docker from 'dockerode';
import {DaemonError, reasonOf} from '../error.ts';
import {readArchivedFile} from './archive.ts';

/** What the daemon asks of a Docker Engine. All of it reads; nothing here can change a container. */
export interface Engine {
	/** For messages: where the engine is. */
	readonly address: string;
	/** Unix sockets of it on this host, by path. */
	readonly sockets: readonly string[];
	/** @throws {DaemonError} `DOCKER_TOO_OLD` below the floor, `DOCKER_UNREACHABLE` */
	check(signal: AbortSignal): Promise<{readonly version: string}>;
	/** Every running container; the labels come from images and people, and are hostile. */
	running(signal: AbortSignal): Promise<readonly Listed[]>;
	/** The engine's own words, for `parseTarget`. @throws {DaemonError} `TARGET_GONE` */
	inspect(id: string, signal: AbortSignal): Promise<unknown>;
	/**
	 * One regular file as the container sees it, mounts included.
	 * @throws {DaemonError} `FILE_ABSENT`, or `FILE_REFUSED` for what is no regular file or too large
	 */
	readFile(id: string, path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
	/** The engine's own words about an image, for `parseImageConfig`. @throws {DaemonError} `TARGET_GONE` */
	imageConfig(digest: string, signal: AbortSignal): Promise<unknown>;
	/** How a container's file system differs from its image: a JSON array, for `readChanges`. Destroy it when done. */
	changes(id: string, signal: AbortSignal): Promise<Readable>;
	/** The container's output since then, and what follows. Destroy it when done. */
	logs(id: string, since: Date, signal: AbortSignal): Promise<Readable>;
	/** Container events, one JSON object a line, from `since` on where given. Destroy it when done. */
	events(since: Date | undefined, signal: AbortSignal): Promise<Readable>;
}

export interface Listed {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
}

/** Docker Engine 24, by the API it brought. */
const FLOOR_API = 1.43;
/** How long a question may take; the streams have no limit but their signal. */
const ANSWER_MS = 10_000;

const watched = ['start', 'die', 'destroy', 'rename', 'update', 'health_status', 'connect', 'disconnect'];

/** @param host as in DOCKER_HOST: `unix:///path` or `tcp://host:port` */
export function connectEngine(host: string): Engine {
	const docker = dockerOf(host);
	const ask = <T>(question: (abortSignal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> =>
		question(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])).catch((cause: unknown) => {
			throw failureOf(cause, host);
		});
	const open = (stream: Promise<NodeJS.ReadableStream>): Promise<Readable> =>
		stream.then(
			opened => opened as Readable, // An http.IncomingMessage, whatever the library's type says.
			(cause: unknown) => {
				throw failureOf(cause, host);
			},
		);
	return {
		address: host,
		sockets: socketsOf(host),
		check: async signal => {
			const {Version, ApiVersion} = await ask(() => docker.version(), signal);
			if (Number(ApiVersion) < FLOOR_API) {
				throw new DaemonError(
					'DOCKER_TOO_OLD',
					`Docker Engine ${Version} at ${host} is older than 24, which Sallyport needs; upgrade the engine`,
				);
			}

			return {version: Version};
		},
		running: async signal => {
			const containers = await ask(abortSignal => docker.listContainers({abortSignal}), signal);
			return containers.map(({Id, Names, Image, Labels}) => ({
				id: Id,
				name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
				image: Image,
				labels: Labels ?? {},
			}));
		},
		inspect: (id, signal) => ask(abortSignal => docker.getContainer(id).inspect({abortSignal}), signal),
		readFile: (id, path, maxBytes, signal) =>
			ask(async abortSignal => {
				const tar = await docker.getContainer(id).getArchive({path, abortSignal});
				return readArchivedFile(tar, path, maxBytes, abortSignal);
			}, signal),
		imageConfig: (digest, signal) =>
			ask(
				abortSignal => docker.getImage(digest).inspect({abortSignal} as Docker.ImageInspectOptions),
				signal,
			),
		// The library would hold all of it: whoever runs the container decides how much that is.
		changes: (id, signal) => open(changesOf(docker, id, signal)),
		logs: (id, since, signal) =>
			// Followed even where one look would do: without `follow` the library holds the whole output in memory.
			open(
				docker.getContainer(id).logs({
					follow: true,
					stdout: true,
					stderr: true,
					since: secondsOf(since),
					abortSignal: signal,
				}),
			),
		events: (since, signal) =>
			open(
				docker.getEvents({
					filters: {type: ['container', 'network'], event: [...watched]},
					...(since && {since: secondsOf(since)}),
					abortSignal: signal,
				} as Docker.GetEventsOptions),
			),
	};
}

/** The engine's client, for who may do more than look. @throws {DaemonError} DOCKER_HOST_INVALID */
export function dockerOf(host: string): Docker {
	return new Docker(optionsOf(host));
}

function changesOf(docker: Docker, id: string, abortSignal: AbortSignal): Promise<NodeJS.ReadableStream> {
	const {promise, resolve, reject} = Promise.withResolvers<NodeJS.ReadableStream>();
	const question = {
		path: `/containers/${id}/changes`,
		method: 'GET',
		isStream: true,
		statusCodes: {200: true, 404: 'no such container', 500: 'server error'},
		abortSignal,
	};
	docker.modem.dial(
		question,
		(error: unknown, answer: unknown) => (error ? reject(error) : resolve(answer as NodeJS.ReadableStream)), // It is one, because `isStream` asks for it.
	);
	return promise;
}

function socketsOf(host: string): readonly string[] {
	const path = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
	return path === undefined ? [] : [path];
}

function optionsOf(host: string): Docker.DockerOptions {
	const unix = /^unix:\/\/(\/.+)$/.exec(host)?.[1];
	if (unix !== undefined) {
		// Explicit, because the library would otherwise mix in DOCKER_HOST from the environment.
		return {socketPath: unix, host: undefined, protocol: 'http'} as unknown as Docker.DockerOptions;
	}

	const [, name, port] = /^tcp:\/\/([^/:]+):(\d+)$/.exec(host) ?? [];
	if (name === undefined) {
		throw new DaemonError(
			'DOCKER_HOST_INVALID',
			`The Docker host ${JSON.stringify(host)} is neither unix:///path nor tcp://host:port`,
		);
	}

	return {host: name, port: Number(port), protocol: 'http'};
}

/** The engine takes fractions of seconds too. */
function secondsOf(time: Date): number {
	return time.getTime() / 1000;
}

function failureOf(cause: unknown, host: string): unknown {
	if (cause instanceof DaemonError) {
		return cause;
	}

	const status = typeof cause === 'object' && cause !== null && 'statusCode' in cause ? cause.statusCode : 0;
	if (status === 404) {
		const isFile = /could not find the file|no such file/i.test(reasonOf(cause));
		return isFile
			? new DaemonError('FILE_ABSENT', 'The container has no such file', {cause})
			: new DaemonError('TARGET_GONE', 'There is no such container, or there is none any more', {cause});
	}

	return status === 0
		? new DaemonError('DOCKER_UNREACHABLE', `No Docker Engine answers at ${host}: ${reasonOf(cause)}`, {
				cause,
			})
		: new DaemonError('DOCKER_BAD_REPLY', `Docker Engine refused a question: ${reasonOf(cause)}`, {cause});
}
