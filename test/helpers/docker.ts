import {spawn} from 'node:child_process';
import {chmod, mkdir, mkdtemp, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {type EngineHandle, ensureEngine} from '../engine/engine.ts';

export interface Ran {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RanOptions {
	readonly input?: Uint8Array | string;
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
}

/** A docker client on the engine that the tests share. A failing command is an answer, not an exception. */
export interface Docker {
	(args: readonly string[], options?: RanOptions): Promise<Ran>;
	readonly engine: EngineHandle;
}

/** Finds the engine, which the whole test run keeps up; costs a round trip when it is there. */
export async function openDocker(options: Parameters<typeof ensureEngine>[0] = {}): Promise<Docker> {
	const engine = await ensureEngine(options);
	const turn = turns(AT_ONCE);
	const docker = (args: readonly string[], {input, cwd, env = {}}: RanOptions = {}): Promise<Ran> =>
		turn(() => runIt(engine.docker, args, {...engine.env, ...env}, input, cwd));
	return Object.assign(docker, {engine});
}

/** What a command says on standard output; one that fails is an exception with its words. */
export async function done(docker: Docker, args: readonly string[], options?: RanOptions): Promise<string> {
	const {code, stdout, stderr} = await docker(args, options);
	if (code !== 0) {
		throw new Error(`docker ${args.join(' ')}\n${stderr}${stdout}`);
	}

	return stdout.trim();
}

/** AVA starts all tests of a file together, and BuildKit gives a frontend ten seconds to say its first word. */
const AT_ONCE = 3;

/** Lets at most `limit` of the works given to it run at a time, the others in the order they came. */
export function turns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
	const waiting: (() => void)[] = [];
	let running = 0;
	return async work => {
		if (running >= limit) {
			await new Promise<void>(resolve => waiting.push(resolve));
		}

		running += 1;
		try {
			return await work();
		} finally {
			running -= 1;
			waiting.shift()?.();
		}
	};
}

/** A folder with these files, named by their paths in it. It lies in the temporary folder and is left to the system. */
export async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
	for (const [path, content] of Object.entries(files)) {
		await mkdir(dirname(join(folder, path)), {recursive: true});
		await writeFile(join(folder, path), content);
	}

	return folder;
}

function runIt(
	command: string,
	args: readonly string[],
	env: Readonly<Record<string, string>>,
	input: Uint8Array | string | undefined,
	cwd: string | undefined,
): Promise<Ran> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {env: {...process.env, ...env}, ...(cwd === undefined ? {} : {cwd})});
		let stdout = '';
		let stderr = '';
		child.stdout.on('data', (chunk: Buffer) => {
			stdout += chunk.toString();
		});
		child.stderr.on('data', (chunk: Buffer) => {
			stderr += chunk.toString();
		});
		child.on('error', reject);
		child.on('close', code => resolve({code: code ?? 1, stdout, stderr}));
		// A command that ends without reading its input is no failure.
		child.stdin.on('error', () => undefined);
		child.stdin.end(input);
	});
}

/** Such a folder to be mounted: a temporary one is its maker's alone, and the container's user must get in. */
export async function mountable(files: Parameters<typeof folderOf>[0]): Promise<string> {
	const folder = await folderOf(files);
	await chmod(folder, 0o755);
	return folder;
}
