import {Agent, request} from 'node:https';
import {performance} from 'node:perf_hooks';

export interface Loaded {
	readonly answers: number;
	/** What went wrong, each in a word. */
	readonly failed: readonly string[];
	/** How often each body came. */
	readonly bodies: ReadonlyMap<string, number>;
	/** How often a connection was reset while a request was on its way, and the request sent again on another. */
	readonly again: number;
	readonly slowestMs: number;
}

/**
 * Clients that ask one after another on kept connections, for `ms` or until it is `done`. A GET whose connection was reset before the
 * first byte of an answer is sent again on a new one, as RFC 9112 §9.3.1 lets them and browsers do; at most three times.
 */
export async function load(
	port: number,
	path: string,
	{
		clients = 12,
		ms,
		done,
	}: {readonly clients?: number; readonly ms: number; readonly done?: Promise<unknown>},
): Promise<Loaded> {
	const agent = new Agent({keepAlive: true, maxSockets: clients, rejectUnauthorized: false});
	const failed: string[] = [];
	const bodies = new Map<string, number>();
	let answers = 0;
	let again = 0;
	let slowestMs = 0;
	let until = performance.now() + ms;
	void done?.finally(() => {
		until = 0;
	});

	function note({status, body}: Got): void {
		if (status === 200) {
			answers += 1;
			bodies.set(body, (bodies.get(body) ?? 0) + 1);
		} else {
			failed.push(String(status === 0 ? body : status));
		}
	}

	async function client(): Promise<void> {
		while (performance.now() < until) {
			const start = performance.now();
			let got = await get(agent, port, path);
			for (let tries = 0; tries < 3 && got.isReset; tries += 1) {
				again += 1;
				got = await get(false, port, path);
			}

			note(got);
			slowestMs = Math.max(slowestMs, performance.now() - start);
		}
	}

	await Promise.all(Array.from({length: clients}, client));
	agent.destroy();
	return {answers, failed, bodies, again, slowestMs};
}

interface Got {
	readonly status: number;
	readonly body: string;
	readonly isReset: boolean;
}

function get(agent: Agent | false, port: number, path: string): Promise<Got> {
	return new Promise(resolve => {
		const sent = request({host: '127.0.0.1', port, path, agent, rejectUnauthorized: false});
		let isAnswered = false;
		const fail = (cause: NodeJS.ErrnoException) =>
			resolve({
				status: 0,
				body: cause.code ?? cause.message,
				isReset: !isAnswered && ['ECONNRESET', 'EPIPE'].includes(cause.code ?? ''),
			});
		sent.setTimeout(20_000, () => sent.destroy(new Error('no answer')));
		sent.on('error', fail);
		sent.on('response', answer => {
			isAnswered = true;
			let body = '';
			answer.setEncoding('latin1');
			answer.on('data', (chunk: string) => {
				body += chunk;
			});
			answer.on('error', fail);
			answer.on('end', () => resolve({status: answer.statusCode ?? 0, body, isReset: false}));
		});
		sent.end();
	});
}
