import {chmod, lstat, mkdir, rm} from 'node:fs/promises';
import type {Server as HttpServer} from 'node:http';
import {createConnection, createServer, type ListenOptions, type Server, type Socket} from 'node:net';
import {dirname} from 'node:path';
import type {Log} from '../log/log.ts';
import {answersOf, type TargetView} from './answers.ts';
import type {People} from './episodes.ts';
import {type GrpcServer, grpcServer} from './grpc.ts';
import {httpServer} from './http.ts';
import {pageTokens} from './page-token.ts';
import {ApiError} from './status.ts';

export interface ApiOptions {
	readonly log: Log;
	/** The containers that the daemon knows of now. */
	readonly targets: () => readonly TargetView[];
	/** What is known of episodes, and who is told of them. */
	readonly people: People;
	/** Path of the Unix socket; made with mode 0660. */
	readonly socket: string;
	/** `host:port`; port 0 takes a free one. */
	readonly listen: string;
	/** Told about failures that nobody foresaw; what was asked gets an answer without details. */
	readonly onDefect: (error: unknown) => void;
}

export interface Api {
	/** `host:port` as it was bound. */
	readonly address: string;
	/** Takes no more connections, lets running answers end for a second, closes. */
	close(): Promise<void>;
}

/** Connections at once over both listeners; the next ones are dropped by the kernel's rules. */
const MAX_CONNECTIONS = 256;
const FIRST_BYTES_MS = 5000;

/**
 * Serves the API on the Unix socket and on a TCP address. Each serves HTTP/JSON and gRPC on the same door: HTTP/2 begins
 * with a fixed preface ("PRI "), which no HTTP/1 request can begin with.
 * @throws {ApiError} UNAVAILABLE when an address is taken or can't be used
 */
export async function startApi({log, targets, people, socket, listen, onDefect}: ApiOptions): Promise<Api> {
	const tokens = pageTokens();
	const halvesOf = (mayChange: boolean): Halves => {
		const answers = answersOf({log, targets, people, mayChange, tokens});
		return {http: httpServer({answers, onDefect}), grpc: grpcServer(answers, onDefect)};
	};
	const open = new Set<Socket>();
	const acceptAt =
		({http, grpc}: Halves) =>
		(connection: Socket): void => {
			open.add(connection);
			connection.once('close', () => open.delete(connection));
			if (open.size > MAX_CONNECTIONS) {
				connection.destroy();
				return;
			}

			sort(connection, {http: c => http.emit('connection', c), grpc: c => grpc.inject(c)});
		};
	// Who reaches the socket was let in by its owner; who reaches the address may be anybody on this machine.
	const doors = {unix: halvesOf(true), tcp: halvesOf(false)};
	const tcp = createServer({noDelay: true}, acceptAt(doors.tcp));
	const unix = createServer(acceptAt(doors.unix));
	await makeRoom(socket);
	await bind(unix, {path: socket}, socket);
	await chmod(socket, 0o660);
	try {
		await bind(tcp, hostAndPort(listen), listen);
	} catch (error) {
		unix.close();
		throw error;
	}

	const bound = tcp.address();
	return {
		address: typeof bound === 'object' && bound !== null ? `${hostOf(listen)}:${bound.port}` : listen,
		close: async () => {
			const closed = [unix, tcp].map(server => new Promise(resolve => server.close(resolve)));
			for (const {http, grpc} of Object.values(doors)) {
				http.closeIdleConnections();
				await grpc.close();
			}

			for (const connection of open) {
				connection.destroySoon();
			}

			await Promise.all(closed);
		},
	};
}

interface Halves {
	readonly http: HttpServer;
	readonly grpc: GrpcServer;
}

interface Doors {
	readonly http: (connection: Socket) => unknown;
	readonly grpc: (connection: Socket) => unknown;
}

/** Looks at the first four bytes, puts them back, and hands the connection on. */
function sort(connection: Socket, doors: Doors): void {
	let seen = Buffer.alloc(0);
	connection.setTimeout(FIRST_BYTES_MS, () => connection.destroy());
	connection.on('error', () => connection.destroy());
	const onData = (chunk: Buffer): void => {
		seen = Buffer.concat([seen, chunk]);
		if (seen.length < 4) {
			return;
		}

		connection.off('data', onData);
		connection.pause();
		connection.setTimeout(0);
		connection.removeAllListeners('timeout');
		connection.unshift(seen);
		if (seen.toString('latin1', 0, 4) === 'PRI ') {
			// An HTTP/2 session takes what was put back by itself, and then reads from the handle below the stream.
			doors.grpc(connection);
		} else {
			doors.http(connection);
			connection.resume();
		}
	};
	connection.on('data', onData);
}

/** Makes the folder, and removes a socket that a daemon left behind; one that answers belongs to a living daemon. */
async function makeRoom(path: string): Promise<void> {
	await mkdir(dirname(path), {recursive: true, mode: 0o750});
	const found = await lstat(path).catch(() => undefined);
	if (found === undefined) {
		return;
	}

	if (!found.isSocket()) {
		throw cannotListen(
			path,
			'there is a file of that name that is no socket; remove it or choose another path',
		);
	}

	if (await answersAt(path)) {
		throw cannotListen(path, 'another daemon answers there; stop it first');
	}

	await rm(path, {force: true});
}

function answersAt(path: string): Promise<boolean> {
	return new Promise(resolve => {
		const probe = createConnection({path});
		const settle = (answer: boolean) => () => {
			probe.destroy();
			resolve(answer);
		};
		probe.once('connect', settle(true));
		probe.once('error', settle(false));
		probe.setTimeout(1000, settle(true));
	});
}

function bind(server: Server, where: ListenOptions, name: string): Promise<void> {
	return new Promise((resolve, reject) => {
		server.once('error', cause => reject(cannotListen(name, cause.message, cause)));
		server.listen({...where, backlog: 128}, () => resolve());
	});
}

function cannotListen(name: string, why: string, cause?: unknown): ApiError {
	return new ApiError('UNAVAILABLE', 'CANNOT_LISTEN', `The API can't listen on ${name}: ${why}`, {cause});
}

function hostOf(listen: string): string {
	return listen.slice(0, listen.lastIndexOf(':'));
}

function hostAndPort(listen: string): ListenOptions {
	const port = Number(listen.slice(listen.lastIndexOf(':') + 1));
	return {host: hostOf(listen).replace(/^\[|\]$/g, ''), port};
}
