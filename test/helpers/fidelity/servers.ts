import {type ChildProcess, spawn} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import {type AddressInfo, connect, createServer as createSocket} from 'node:net';
import {tmpdir} from 'node:os';
import {join, normalize} from 'node:path';
import {run} from '../../engine/run.ts';
import {folderOf} from '../docker.ts';
import type {Addresses} from './context.ts';

export interface Servers extends Addresses {
	close(): void;
}

/** A web server with the contexts of all cases, and a git server with one repository. */
export async function openServers(): Promise<Servers> {
	const web = createServer((request, response) => {
		const path = normalize(decodeURIComponent(request.url ?? '/'));
		readFile(join(tmpdir(), path.endsWith('/') ? `${path}a` : path)).then(
			bytes => response.end(bytes),
			() => response.writeHead(404).end(),
		);
	});
	const [server, {git, daemon}] = await Promise.all([listening(web), openGit()]);
	const close = (): void => {
		web.close();
		daemon.kill();
	};
	return {server, git, close};
}

async function listening(server: Server): Promise<string> {
	server.listen(0, '127.0.0.1');
	await new Promise(resolve => server.once('listening', resolve));
	const {port} = server.address() as AddressInfo; // Listens on a port.
	return `127.0.0.1:${port}`;
}

async function openGit(): Promise<{readonly git: string; readonly daemon: ChildProcess}> {
	const folder = await folderOf({
		'repo/Dockerfile': 'FROM scratch\nCOPY a /a\n',
		'repo/other.Dockerfile': 'FROM scratch\nCOPY b /other\n',
		'repo/keep.Dockerfile': 'FROM alpine:3.22\nCOPY . /src\nRUN test -d /src/.git && rm -rf /src\n',
		'repo/a': 'a\n',
		'repo/b/c': 'c\n',
		'repo/b/Dockerfile': 'FROM scratch\nCOPY a /a\n',
	});
	const git = (...args: string[]): Promise<string> =>
		run('git', ['-C', `${folder}/repo`, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
	await git('init', '-q', '-b', 'main');
	await git('add', '.');
	await git('commit', '-q', '-m', 'first');
	const port = await freePort();
	const args = ['daemon', '--export-all', '--reuseaddr', '--listen=127.0.0.1', `--port=${port}`];
	const daemon = spawn('git', [...args, `--base-path=${folder}`], {stdio: 'ignore'});
	await reachable(port);
	return {git: `127.0.0.1:${port}`, daemon};
}

export function freePort(): Promise<number> {
	return new Promise(resolve => {
		const socket = createSocket().listen(0, '127.0.0.1', () => {
			const {port} = socket.address() as AddressInfo; // Listens on a port.
			socket.close(() => resolve(port));
		});
	});
}

async function reachable(port: number): Promise<void> {
	for (let tries = 0; tries < 100; tries += 1) {
		const isOpen = await new Promise(resolve => {
			const socket = connect(port, '127.0.0.1', () => resolve(true));
			socket.on('error', () => resolve(false));
			socket.on('connect', () => socket.end());
		});
		if (isOpen === true) {
			return;
		}

		await new Promise(resolve => setTimeout(resolve, 50));
	}

	throw new Error(`git daemon does not answer on port ${port}`);
}
