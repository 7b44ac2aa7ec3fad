import type {EngineHandle} from '../../test/engine/engine.ts';
import {run} from '../../test/engine/run.ts';
import {freePort} from './ports.ts';

export interface Container {
	readonly id: string;
	readonly name: string;
	/** On 127.0.0.1. */
	readonly https: number;
	readonly http: number;
	/** The command that started it, for people to copy. */
	readonly command: string;
}

/** Runs the example as an operator would who has read the advice: nothing writable, no capabilities, bounded. */
export async function runContainer(
	engine: EngineHandle,
	image: string,
	name: string,
	say: (line: string) => void,
): Promise<Container> {
	await stopContainer(engine, name);
	const https = await freePort(8443);
	const http = await freePort(8080);
	const args = [
		...['run', '-d', '--name', name, '--read-only', '--tmpfs', '/run/sallyport', '--cap-drop', 'ALL'],
		...['--security-opt', 'no-new-privileges', '--memory', '256m', '--pids-limit', '128'],
		...['-p', `127.0.0.1:${https}:8443`, '-p', `127.0.0.1:${http}:8080`, image],
	];
	say('starting the container …');
	const id = (await run(engine.docker, args, {env: engine.env})).trim();
	return {id, name, https, http, command: `docker ${args.join(' ')}`};
}

/** Removes the container of that name, if there is one, and no other. */
export async function stopContainer({docker, env}: EngineHandle, name: string): Promise<void> {
	await run(docker, ['rm', '-f', name], {env}).catch(() => undefined);
}
