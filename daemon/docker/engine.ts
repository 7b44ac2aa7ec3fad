import type {Readable} from 'node:stream';
import type Docker from 'dockerode';
import {DaemonError} from '../error.ts';
import {readArchivedFile} from './archive.ts';
import {dockerOf, socketsOf} from './client.ts';
import {failureOf} from './failure.ts';
import {watched} from './happening.ts';
import type {EngineHost} from './hosts.ts';

/** What the daemon asks of a Docker Engine. All of it reads; nothing here can change a container. */
export interface Engine {
	/** What people call it. */
	readonly name: string;
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
	/** A path as a tar stream, for `archivedFactsOf`; nothing is followed. Destroy it when done. @throws {DaemonError} `FILE_ABSENT` */
	archive(id: string, path: string, signal: AbortSignal): Promise<NodeJS.ReadableStream>;
	/** The engine's own words about an image, for `parseImageConfig`. @throws {DaemonError} `TARGET_GONE` */
	imageConfig(digest: string, signal: AbortSignal): Promise<unknown>;
	/** How a container's file system differs from its image: a JSON array, for `readChanges`. Destroy it when done. */
	changes(id: string, signal: AbortSignal): Promise<Readable>;
	/** The container's output since then, and what follows. Destroy it when done. */
	logs(id: string, since: Date, signal: AbortSignal): Promise<Readable>;
	/** The engine's own words about a command that somebody started in a container. @throws {DaemonError} `TARGET_GONE` */
	exec(id: string, exec: string, signal: AbortSignal): Promise<unknown>;
	/**
	 * Events of containers and images, one JSON object a line, from `since` on where given, in nanoseconds of the engine's
	 * clock. Destroy it when done.
	 */
	events(since: bigint | undefined, signal: AbortSignal): Promise<Readable>;
	/** Every event that the engine still remembers between the two, of any kind: what is left out would count as forgotten. */
	remembered(since: bigint, until: Date, signal: AbortSignal): Promise<Readable>;
	/** The engines that it is made of, if it stands for several. */
	readonly parts?: readonly Engine[];
	/** Address of the part that has a container, as far as it was asked about it. */
	readonly homeOf?: (id: string) => string | undefined;
}

export interface Listed {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly labels: Readonly<Record<string, string>>;
	/** Name of the engine that runs it. */
	readonly engine: string;
	/** Undefined where it has no health check. */
	readonly health: 'healthy' | 'unhealthy' | 'starting' | undefined;
}

/** Docker Engine 24, by the API it brought. */
const FLOOR_API = 1.43;
/** How long a question may take; the streams have no limit but their signal. */
const ANSWER_MS = 10_000;

/** @param at as in DOCKER_HOST, `unix:///path` or `tcp://host:port`, or with what TLS needs */
export function connectEngine(at: string | EngineHost, answerMs = ANSWER_MS): Engine {
	const {name, address: host} = typeof at === 'string' ? {name: at, address: at} : at;
	const docker = dockerOf(at);
	const ask = <T>(question: (abortSignal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> =>
		question(AbortSignal.any([signal, AbortSignal.timeout(answerMs)])).catch((cause: unknown) => {
			throw failureOf(cause, host);
		});
	const open = (stream: Promise<NodeJS.ReadableStream>): Promise<Readable> =>
		stream.then(
			opened => opened as Readable, // An http.IncomingMessage, whatever the library's type says.
			(cause: unknown) => {
				throw failureOf(cause, host);
			},
		);
	/** A stream has no limit, but its beginning has: the engine sends the head of an answer at once. */
	const opened = async (
		stream: (abortSignal: AbortSignal) => Promise<NodeJS.ReadableStream>,
		signal: AbortSignal,
	): Promise<Readable> => {
		const late = new AbortController();
		const timer = setTimeout(
			() =>
				late.abort(new DaemonError('DOCKER_UNREACHABLE', `The engine at ${host} took too long to answer`)),
			answerMs,
		);
		try {
			return await open(stream(AbortSignal.any([signal, late.signal])));
		} finally {
			clearTimeout(timer);
		}
	};
	return {
		name,
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
			return containers.map(({Id, Names, Image, Labels, Status}) => ({
				id: Id,
				name: (Names[0] ?? Id.slice(0, 12)).replace(/^\//, ''),
				image: Image,
				labels: Labels ?? {},
				engine: name,
				health: healthIn(Status),
			}));
		},
		inspect: (id, signal) => ask(abortSignal => docker.getContainer(id).inspect({abortSignal}), signal),
		readFile: (id, path, maxBytes, signal) =>
			ask(async abortSignal => {
				const tar = await docker.getContainer(id).getArchive({path, abortSignal});
				return readArchivedFile(tar, path, maxBytes, abortSignal);
			}, signal),
		archive: (id, path, signal) =>
			ask(abortSignal => docker.getContainer(id).getArchive({path, abortSignal}), signal),
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
		exec: (_id, exec, signal) => ask(abortSignal => docker.getExec(exec).inspect({abortSignal}), signal),
		events: (since, signal) =>
			opened(
				abortSignal =>
					docker.getEvents({
						filters: watched,
						...(since !== undefined && {since: nanosOf(since)}),
						abortSignal,
					} as unknown as Docker.GetEventsOptions), // The library writes whatever it is given, and its type wants a number.
				signal,
			),
		remembered: (since, until, signal) =>
			opened(
				abortSignal =>
					docker.getEvents({
						since: nanosOf(since),
						until: nanosOf(BigInt(until.getTime()) * 1_000_000n),
						abortSignal,
					} as unknown as Docker.GetEventsOptions), // As above.
				AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
			),
	};
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

/** The engine takes fractions of seconds too. */
function secondsOf(time: Date): number {
	return time.getTime() / 1000;
}

/** As the API takes times: seconds, and nanoseconds behind a point. */
function nanosOf(nanos: bigint): string {
	return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
}

/** A list tells it in its line for people only: `Up 3 minutes (healthy)`. */
function healthIn(status: string | undefined): Listed['health'] {
	const [, word] = /\((healthy|unhealthy|health: starting)\)$/.exec((status ?? '').slice(0, 200)) ?? [];
	return word === 'health: starting' ? 'starting' : (word as 'healthy' | 'unhealthy' | undefined); // By the pattern.
}
