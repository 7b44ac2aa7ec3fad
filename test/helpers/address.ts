import {request as plainRequest} from 'node:http';
import {request as secureRequest} from 'node:https';
import {setTimeout as wait} from 'node:timers/promises';
import type {Docker} from './docker.ts';
import {linesOf} from './proxied.ts';

/**
 * A container's own address on the engine's network. What is asked there does not go through the engine's port proxy, which ends with
 * the container and takes what it has not passed on yet with it: on a busy machine the last answer of a container that was stopped.
 */
export async function addressOf(docker: Docker, id: string): Promise<string> {
	const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
	const {stdout} = await docker(['inspect', '--format', format, id]);
	return stdout.trim().split(' ')[0] ?? '';
}

export interface Said {
	readonly status: number;
	readonly headers: NodeJS.Dict<string | string[]>;
	readonly body: string;
}

/** One request to a container; the certificate is not looked at. */
export function askAt(host: string, path: string, port = 8443, plain = false): Promise<Said> {
	const options = {host, port, path, agent: false, headers: {Connection: 'close'}} as const;
	return new Promise((resolve, reject) => {
		const sent = plain ? plainRequest(options) : secureRequest({...options, rejectUnauthorized: false});
		sent.setTimeout(30_000, () => sent.destroy(new Error(`no answer to ${path}`)));
		sent.on('error', reject);
		sent.on('response', answer => {
			let body = '';
			answer.on('data', part => {
				body += String(part);
			});
			answer.on('error', reject);
			answer.on('end', () => resolve({status: answer.statusCode ?? 0, headers: answer.headers, body}));
		});
		sent.end();
	});
}

const HEALTH = '/.sallyport/health';

/** A container's address, once its proxy says that the application is well. */
export async function healthyAt(docker: Docker, id: string): Promise<string> {
	const host = await addressOf(docker, id);
	for (let tries = 0; host !== '' && tries < 200; tries += 1) {
		const answer = await askAt(host, HEALTH).catch(() => undefined);
		if (answer?.status === 200) {
			return host;
		}

		await wait(50);
	}

	const {stderr} = await linesOf(docker, {id});
	throw new Error(`The proxy does not answer:\n${stderr.join('\n')}`);
}
