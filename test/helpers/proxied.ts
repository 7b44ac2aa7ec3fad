import {readFileSync} from 'node:fs';
import {type OutgoingHttpHeaders, request as plainRequest} from 'node:http';
import {request as secureRequest} from 'node:https';
import {setTimeout as wait} from 'node:timers/promises';
import {connect} from 'node:tls';
import type {Engine} from '../../frontend/proxies/engine.ts';
import {proxies} from '../../frontend/proxies/index.ts';
import type {Plan} from '../../frontend/proxies/plan.ts';
import type {Docker, Ran} from './docker.ts';

const FIXTURES = new URL('../fixtures/proxy/', import.meta.url);

/** The files of a build context that puts the rendered plan in front of the test applications. */
export function contextOf(plan: Plan, engine: Engine = 'nginx'): Readonly<Record<string, string>> {
	const own = ['Dockerfile', 'app.mjs', 'app.c'].map(name => [
		name,
		readFileSync(new URL(name, FIXTURES), 'utf8').replaceAll('proxy-nginx', `proxy-${engine}`),
	]);
	const rendered = proxies[engine].render(plan).map(({path, content}) => [path.slice(1), content]);
	return Object.fromEntries([...own, ...rendered]);
}

/** A rendered plan as files of a folder that is mounted over `/opt/sallyport/conf`. */
export function confOf(plan: Plan, engine: Engine = 'nginx'): Readonly<Record<string, string>> {
	return Object.fromEntries(
		proxies[engine]
			.render(plan)
			.map(({path, content}) => [path.slice('/opt/sallyport/conf/'.length), content]),
	);
}

export interface Container {
	readonly id: string;
	readonly https: number;
	readonly redirect: number;
}

/** How the documentation tells people to run it: nothing writable but the tmpfs, no capability, no new privileges. */
export const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

/** Starts a container and waits until its proxy answers on both ports. */
export async function start(
	docker: Docker,
	image: string,
	args: readonly string[] = HARDENED,
	command: readonly string[] = [],
): Promise<Container> {
	const publish = ['-p', '127.0.0.1::8443', '-p', '127.0.0.1::8080', '--tmpfs', '/run/sallyport'];
	const {code, stdout, stderr} = await docker(['run', '-d', ...publish, ...args, image, ...command]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const id = stdout.trim();
	const ports = await docker(['port', id]);
	const of = (port: number) => Number(new RegExp(`${port}/tcp -> 127.0.0.1:(\\d+)`).exec(ports.stdout)?.[1]);
	const container = {id, https: of(8443), redirect: of(8080)};
	for (let tries = 0; tries < 100; tries += 1) {
		const answer = await ask(container.https, '/healthz').catch(() => undefined);
		if (answer?.status === 200) {
			return container;
		}

		await wait(50);
	}

	const said = await docker(['logs', id]);
	throw new Error(`The proxy does not answer:\n${said.stdout}${said.stderr}`);
}

export interface Answer {
	readonly status: number;
	readonly headers: NodeJS.Dict<string | string[]>;
	readonly body: string;
}

export interface Question {
	readonly method?: string;
	readonly headers?: OutgoingHttpHeaders;
	readonly body?: string | Uint8Array;
	readonly plain?: boolean;
}

/** One request on a connection of its own; the certificate is not looked at. */
export function ask(
	port: number,
	path: string,
	{method, headers, body, plain}: Question = {},
): Promise<Answer> {
	const options = {
		host: '127.0.0.1',
		port,
		path,
		method: method ?? 'GET',
		headers: {...headers, Connection: 'close'},
		agent: false,
	} as const;
	return new Promise((resolve, reject) => {
		const sent =
			plain === true ? plainRequest(options) : secureRequest({...options, rejectUnauthorized: false});
		sent.setTimeout(10_000, () => sent.destroy(new Error(`no answer to ${path}`)));
		sent.on('error', reject);
		sent.on('response', answer => {
			let text = '';
			answer.setEncoding('latin1');
			answer.on('data', (chunk: string) => {
				text += chunk;
			});
			answer.on('error', reject);
			answer.on('end', () => resolve({status: answer.statusCode ?? 0, headers: answer.headers, body: text}));
		});
		sent.end(body);
	});
}

/** Bytes as they are over TLS; everything that comes back until the other side closes, or has said nothing for a while. */
export function raw(port: number, bytes: string | Uint8Array): Promise<string> {
	return new Promise(resolve => {
		let text = '';
		const socket = connect({host: '127.0.0.1', port, rejectUnauthorized: false}, () => socket.write(bytes));
		socket.setTimeout(10_000, () => socket.destroy());
		socket.on('data', chunk => {
			text += chunk.toString('latin1');
			socket.setTimeout(1000);
		});
		socket.on('error', () => undefined);
		socket.on('close', () => resolve(text));
	});
}

/** The lines of a container's log, apart. */
export async function linesOf(
	docker: Docker,
	{id}: {readonly id: string},
): Promise<{readonly stdout: readonly string[]; readonly stderr: readonly string[]}> {
	const {stdout, stderr}: Ran = await docker(['logs', id]);
	return {stdout: stdout.split('\n').filter(Boolean), stderr: stderr.split('\n').filter(Boolean)};
}

/** The exit code of a container, once it has ended. */
export async function exitOf(docker: Docker, {id}: {readonly id: string}): Promise<number> {
	return Number((await docker(['wait', id])).stdout.trim());
}
