import {randomUUID} from 'node:crypto';
import {rm} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {connectEngine} from '../../daemon/docker/engine.ts';
import {reasonOf} from '../../daemon/error.ts';
import {type Means, subjectOf} from '../../daemon/look.ts';
import type {Remembered} from '../../daemon/probes/remembered.ts';
import {openRemembered} from '../../daemon/remembered.ts';
import {ensureImages} from '../engine/images.ts';
import type {Docker} from './docker.ts';
import {folderOf} from './docker.ts';
import {goodHost} from './subject.ts';

// Containers that are kept carefully, but for one thing or two.

const IMAGE = 'alpine:3.22';

/** Every option that a careful operator gives, by what it is for: each can be left out or given differently. */
const careful = {
	network: ['--network', 'sallyport-kept'],
	root: ['--read-only'],
	temporary: ['--tmpfs', '/tmp'],
	capabilities: ['--cap-drop', 'ALL'],
	privileges: ['--security-opt', 'no-new-privileges:true'],
	user: ['--user', '10001:10001'],
	memory: ['--memory', '64m'],
	pids: ['--pids-limit', '32'],
	cpu: ['--cpus', '0.5'],
	restart: ['--restart', 'on-failure:5'],
	log: ['--log-opt', 'max-size=1m', '--log-opt', 'max-file=2'],
	health: ['--health-cmd', 'true', '--health-interval', '30s', '--health-timeout', '5s'],
} as const;

/** What is given instead of the careful options; nothing is an empty list. */
export interface Kept {
	readonly name: string;
	/** The container's own name; one of its own where it does not matter. */
	readonly called?: string;
	readonly instead?: Partial<Record<keyof typeof careful, readonly string[]>>;
	readonly more?: readonly string[];
	/** Run instead of waiting; says `ready` when it has done what it is there for. */
	readonly command?: readonly string[];
}

/** Makes the network that careful containers are on; gives how to take it away. */
export async function prepare(docker: Docker): Promise<AsyncDisposable> {
	await ensureImages(docker.engine, [IMAGE]);
	await docker(['network', 'create', 'sallyport-kept']);
	return {
		[Symbol.asyncDispose]: async () => {
			await docker(['network', 'rm', 'sallyport-kept']);
		},
	};
}

/** Starts it and gives its id; what does not start leaves nothing behind. @throws {Error} when the engine does not */
export async function startKept(
	docker: Docker,
	{called = `sallyport-kept-${randomUUID()}`, instead = {}, more = [], command}: Kept,
): Promise<string> {
	const options = Object.values({...careful, ...instead}).flat();
	const run = ['run', '-d', '--label', 'sallyport-test', '--name', called, ...options, ...more];
	const {code, stdout, stderr} = await docker([...run, IMAGE, ...(command ?? ['sleep', '600'])]);
	if (code !== 0) {
		await docker(['rm', '-f', called]);
		throw new Error(`A container did not start:\n${stderr}`);
	}

	const id = stdout.trim();
	while (command !== undefined && !(await docker(['logs', id])).stdout.includes('ready')) {
		await sleep(100);
	}

	return id;
}

/** Looks at containers as the daemon does, without a log. */
export async function openLooking(docker: Docker): Promise<
	AsyncDisposable & {
		readonly look: (id: string, signal: AbortSignal) => ReturnType<typeof subjectOf>;
		readonly remembered: Remembered;
	}
> {
	const folder = await folderOf({});
	const remembered = await openRemembered(folder, (code, data) => {
		throw new Error(`${code} ${reasonOf(data)}`);
	});
	const means: Means = {
		engine: connectEngine(docker.engine.host),
		record: undefined,
		trust: [],
		host: goodHost,
		remembered,
		paramsOf: () => ({}),
		reachMs: 1,
	};
	return {
		look: (id, signal) => subjectOf(id, means, signal),
		remembered,
		[Symbol.asyncDispose]: () => rm(folder, {recursive: true, force: true}),
	};
}
