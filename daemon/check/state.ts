import {constants} from 'node:fs';
import {access, readFile, stat} from 'node:fs/promises';
import {request} from 'node:http';
import {createServer} from 'node:net';
import {dirname, join} from 'node:path';
import type {Config} from '../config.ts';
import {reasonOf} from '../error.ts';
import {readKeyFiles} from '../host/keys.ts';
import {type CheckLine, failed, limited, ok} from './line.ts';

/** The daemon's own folder, its keys, and the addresses of its API. Nothing is made and nothing is changed. */
export async function checkState({state, socket, listen}: Config): Promise<readonly CheckLine[]> {
	const isRunning = await answers(socket);
	return [
		await checkFolder(state, isRunning),
		...(await checkKeys(state)),
		...(isRunning
			? [ok('API', `a daemon answers at ${socket}`)]
			: [await checkSocket(socket), await checkListen(listen)]),
	];
}

async function checkFolder(path: string, isRunning: boolean): Promise<CheckLine> {
	const what = `state ${path}`;
	const found = await stat(path).catch(() => undefined);
	if (found === undefined) {
		const above = dirname(path);
		return (await isWritable(above))
			? ok(what, 'is not there yet, and can be made')
			: failed(what, `is not there, and ${above} may not be written to`, 'make it, and give it to this user');
	}

	if (!found.isDirectory() || !(await isWritable(path))) {
		return failed(
			what,
			'may not be written to by this user',
			`chown it to the daemon's user (${process.getuid?.()})`,
		);
	}

	const version = (await readFile(join(path, 'version'), 'utf8').catch(() => '')).trim();
	const mode = found.mode & 0o777;
	return (mode & 0o077) === 0 || version === ''
		? ok(what, isRunning ? 'is held by the daemon that runs' : 'can be used')
		: limited(what, `is open to others (mode ${mode.toString(8)})`, 'the daemon sets 0700 when it starts');
}

async function checkKeys(state: string): Promise<readonly CheckLine[]> {
	const keys = await readKeyFiles(state);
	if (keys.length === 0) {
		return [ok('keys', 'are made at the first start')];
	}

	return keys.map(({name, mode, isOurs}) =>
		(mode & 0o077) !== 0
			? failed(
					`key ${name}`,
					`may be read by others (mode ${mode.toString(8)})`,
					'make a new one: this one is known',
				)
			: isOurs
				? ok(`key ${name}`, `is this user's alone`)
				: failed(`key ${name}`, 'belongs to another user', "chown it to the daemon's user"),
	);
}

async function checkSocket(path: string): Promise<CheckLine> {
	const folder = dirname(path);
	const found = await stat(folder).catch(() => undefined);
	const writable = found === undefined ? await isWritable(dirname(folder)) : await isWritable(folder);
	return writable
		? ok(`socket ${path}`, 'can be made')
		: failed(
				`socket ${path}`,
				`${folder} may not be written to`,
				'name another with --socket, or mount a tmpfs there',
			);
}

async function checkListen(listen: string): Promise<CheckLine> {
	const at = listen.lastIndexOf(':');
	const host = listen.slice(0, at).replace(/^\[|\]$/g, '');
	const {promise, resolve} = Promise.withResolvers<unknown>();
	const server = createServer();
	server.on('error', resolve);
	server.listen({host, port: Number(listen.slice(at + 1))}, () => resolve(undefined));
	const error = await promise;
	server.close();
	return error === undefined
		? ok(`address ${listen}`, 'is free')
		: failed(`address ${listen}`, reasonOf(error), 'name another with --listen, or end who has it');
}

const ANSWER_MS = 1000;

/** Whether somebody who speaks HTTP holds the socket: a daemon that runs. */
function answers(socketPath: string): Promise<boolean> {
	const {promise, resolve} = Promise.withResolvers<boolean>();
	const asked = request({socketPath, path: '/healthz', timeout: ANSWER_MS, agent: false}, response => {
		response.resume();
		resolve(response.statusCode === 200);
	});
	asked.on('error', () => resolve(false));
	asked.on('timeout', () => resolve(false));
	asked.end();
	return promise.finally(() => asked.destroy());
}

async function isWritable(path: string): Promise<boolean> {
	return access(path, constants.W_OK | constants.X_OK).then(
		() => true,
		() => false,
	);
}
