import {request} from 'node:http';
import {run} from './run.ts';

/** BuildKit 0.11, the oldest that our frontend speaks with, came with this major version of Docker Engine. */
export const FLOOR = 24;

export const DEFAULT_HOST = 'unix:///var/run/docker.sock';

export interface Answer {
	/** As the engine writes it, such as `28.5.2+dfsg4`. */
	readonly version: string;
	readonly major: number;
}

/**
 * Asks the engine behind a `DOCKER_HOST` value for its version, for at most five seconds.
 * Resolves to undefined when nothing there answers like a Docker Engine.
 */
export async function askEngine(host: string, signal?: AbortSignal): Promise<Answer | undefined> {
	const timeout = AbortSignal.timeout(5000);
	const bounded = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
	try {
		const version = host.startsWith('unix://')
			? await askSocket(host.slice('unix://'.length), bounded)
			: // TLS, SSH and their keys are the docker client's business.
				(await run('docker', ['-H', host, 'version', '-f', '{{.Server.Version}}'], {signal: bounded})).trim();
		const major = Number.parseInt(version, 10);
		return Number.isNaN(major) ? undefined : {version, major};
	} catch {
		signal?.throwIfAborted();
		return undefined;
	}
}

async function askSocket(socketPath: string, signal: AbortSignal): Promise<string> {
	const {promise, resolve, reject} = Promise.withResolvers<string>();
	const asked = request({socketPath, path: '/version', host: 'docker', signal}, response => {
		let body = '';
		response.setEncoding('utf8');
		response.on('data', (part: string) => {
			body += part;
			// An engine's own answer is about 1 kB; whatever sends more is something else.
			if (body.length > 65_536) {
				asked.destroy(new Error(`${socketPath} does not answer like a Docker Engine`));
			}
		});
		response.on('end', () => resolve(body));
		response.on('error', reject);
	});
	asked.on('error', reject);
	asked.end();

	const answer: unknown = JSON.parse(await promise);
	const version = answer !== null && typeof answer === 'object' && 'Version' in answer ? answer.Version : '';
	return typeof version === 'string' ? version : '';
}
