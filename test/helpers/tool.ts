import {execFile} from 'node:child_process';
import {mkdtemp, readdir} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);
const SOURCE = join(import.meta.dirname, '..', '..', 'frontend', 'tool');

export interface Said {
	readonly code: number;
	/** One value a line. */
	readonly lines: readonly Readonly<Record<string, unknown>>[];
	readonly stdout: string;
	readonly stderr: string;
}

export type Tool = (...words: readonly string[]) => Promise<Said>;

/** The program with sanitizers in it, which end it with a code of their own: what they find is a failure of every test. */
export async function buildTool(): Promise<Tool> {
	const folder = await mkdtemp(join(tmpdir(), 'sallyport-tool-'));
	const sources = (await readdir(SOURCE)).filter(name => name.endsWith('.c')).map(name => join(SOURCE, name));
	const flags = [
		'-std=c17',
		'-g',
		'-O1',
		'-D_GNU_SOURCE',
		'-fsanitize=address,undefined',
		'-fno-sanitize-recover=all',
	];
	await run('cc', [...flags, '-o', join(folder, 'tool'), ...sources]);
	return async (...words) => {
		const env = {ASAN_OPTIONS: 'exitcode=99', UBSAN_OPTIONS: 'exitcode=99'};
		const {code, stdout, stderr} = await run(join(folder, 'tool'), [...words], {
			env,
			timeout: 60_000,
			maxBuffer: 1 << 24,
		}).then(
			said => ({code: 0, ...said}),
			(error: {code?: number | string; stdout?: string; stderr?: string}) => ({
				code: typeof error.code === 'number' ? error.code : -1,
				stdout: error.stdout ?? '',
				stderr: error.stderr ?? '',
			}),
		);
		const lines = stdout
			.split('\n')
			.filter(line => line.startsWith('{'))
			.map(line => JSON.parse(line) as Readonly<Record<string, unknown>>);
		return {code, lines, stdout, stderr};
	};
}

/** Compiles one file of C, for the images of these tests. */
export async function compile(folder: string, source: string, flags: readonly string[]): Promise<void> {
	await run('cc', [...flags, source], {cwd: folder});
}
