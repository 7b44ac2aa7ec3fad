import {createHash} from 'node:crypto';
import {request as plainRequest} from 'node:http';
import {request as secureRequest} from 'node:https';
import {setTimeout as wait} from 'node:timers/promises';
import type {EngineHandle} from '../../test/engine/engine.ts';
import {run} from '../../test/engine/run.ts';
import type {Answered, Asked, Conversation} from './application.ts';

/** Whom to ask: the application itself, or the proxy in front of it. */
export interface Door {
	readonly port: number;
	readonly isSecure: boolean;
}

export interface Said {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
}

export interface Running {
	readonly id: string;
	door(inside: number, isSecure?: boolean): Promise<Door>;
	/** What it wrote until now, both streams, in order as far as the engine keeps one. */
	said(): Promise<string>;
	/** Asks it to stop and says how it ended. */
	stopped(): Promise<number>;
	remove(): Promise<void>;
}

const STARTS_WITHIN_MS = 30_000;

/** Starts an image as a person would, with these ports published on the loopback. */
export async function started(
	{docker, env}: EngineHandle,
	image: string,
	ports: readonly number[],
	args: readonly string[] = [],
): Promise<Running> {
	const publish = ports.flatMap(port => ['-p', `127.0.0.1::${port}`]);
	const id = (await run(docker, ['run', '-d', ...publish, ...args, image], {env})).trim();
	return {
		id,
		async door(inside, isSecure = false) {
			const text = await run(docker, ['port', id, `${inside}/tcp`], {env});
			return {port: Number(/:(\d+)\s*$/m.exec(text)?.[1]), isSecure};
		},
		said: () => run('sh', ['-c', 'exec "$0" logs "$1" 2>&1', docker, id], {env: {...process.env, ...env}}),
		async stopped() {
			await run(docker, ['stop', '-t', '10', id], {env});
			return Number(await run(docker, ['inspect', '-f', '{{.State.ExitCode}}', id], {env}));
		},
		remove: async () => void (await run(docker, ['rm', '-f', '-v', id], {env})),
	};
}

/** Every answer of a conversation, in its order. */
export async function talk(door: Door, {exchanges}: Conversation): Promise<readonly Said[]> {
	const [first] = exchanges;
	if (first === undefined) {
		return [];
	}

	await answers(door);
	const said: Said[] = [];
	for (const {ask} of exchanges) {
		said.push(await asked(door, ask));
	}

	return said;
}

/** Waits until somebody answers who is not the proxy saying that nobody is there yet. */
async function answers(door: Door): Promise<void> {
	const until = Date.now() + STARTS_WITHIN_MS;
	for (;;) {
		const said = await asked(door, {path: '/', method: 'HEAD'}).catch((error: Error) => error);
		if (!(said instanceof Error) && ![502, 503, 504].includes(said.status)) {
			return;
		}

		if (Date.now() > until) {
			throw new Error(`nobody answers: ${said instanceof Error ? said.message : said.status}`);
		}

		await wait(100);
	}
}

/** One request on a connection of its own. Who the proxy says it is does not matter here: its certificate is its own. */
function asked({port, isSecure}: Door, {method = 'GET', path, headers = {}, body}: Asked): Promise<Said> {
	const send = isSecure ? secureRequest : plainRequest;
	const options = {host: '127.0.0.1', port, path, method, agent: false, rejectUnauthorized: false};
	const all = {Host: 'localhost', Connection: 'close', ...headers};
	return new Promise((resolve, reject) => {
		const sent = send({
			...options,
			headers: body === undefined ? all : {...all, 'Content-Length': Buffer.byteLength(body)},
		});
		sent.setTimeout(10_000, () => sent.destroy(new Error(`no answer to ${path}`)));
		sent.on('error', reject);
		sent.on('response', answer => {
			const chunks: Buffer[] = [];
			answer.on('data', (chunk: Buffer) => chunks.push(chunk));
			answer.on('error', reject);
			answer.on('end', () =>
				resolve({
					status: answer.statusCode ?? 0,
					headers: Object.fromEntries(
						Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
					),
					body: Buffer.concat(chunks).toString('utf8'),
				}),
			);
		});
		sent.end(body);
	});
}

/** Bodies up to this length are kept as they are. */
const LONG = 400;
const KEPT = ['content-type', 'location', 'cache-control', 'allow'];

/** What of an answer is kept in a recording. */
export function recorded({status, headers, body}: Said): Answered {
	return {
		status,
		headers: Object.fromEntries(Object.entries(headers).filter(([name]) => KEPT.includes(name))),
		// The body of a redirect is the server's own, and names its version.
		...(isRedirect(status) ? {} : body.length > LONG ? {sha256: sha256Of(body)} : {body}),
	};
}

function sha256Of(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}

function isRedirect(status: number): boolean {
	return status >= 300 && status < 400;
}
