import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {EngineError} from './error.ts';

/** Told to a person, one line at a time. */
export type Progress = (message: string) => void;

export interface RunOptions {
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
	readonly input?: string;
	readonly signal?: AbortSignal | undefined;
	/** From start to end, in milliseconds. Default ten minutes. */
	readonly timeoutMs?: number;
	/** Each line of either stream as it comes. */
	readonly onLine?: (line: string) => void;
}

/** What a failed command says about itself is at its end; more than this is of no use to a person. */
const TOLD_LINES = 12;

/**
 * Runs a program without a shell and resolves to what it wrote to standard output.
 *
 * @throws EngineError `ENGINE_COMMAND_FAILED` with the last lines it wrote, when it fails, cannot be found
 * or takes longer than `timeoutMs`; the signal's own reason when the caller gave up.
 */
export async function run(
	command: string,
	args: readonly string[],
	options: RunOptions = {},
): Promise<string> {
	const timeout = AbortSignal.timeout(options.timeoutMs ?? 600_000);
	const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
	const child = spawn(command, args, {
		env: {...process.env, ...options.env},
		stdio: ['pipe', 'pipe', 'pipe'],
		signal,
		...(options.cwd === undefined ? {} : {cwd: options.cwd}),
	});
	// A program that ends without reading its input is no failure of ours.
	child.stdin.on('error', () => {});
	child.stdin.end(options.input);

	const told: string[] = [];
	let output = '';
	const hear = (line: string) => {
		told.push(line);
		told.splice(0, told.length - TOLD_LINES);
		options.onLine?.(line);
	};
	createInterface({input: child.stderr}).on('line', hear);
	createInterface({input: child.stdout}).on('line', line => {
		output += `${line}\n`;
		hear(line);
	});

	const {promise, resolve, reject} = Promise.withResolvers<string>();
	const fail = (how: string, cause?: unknown) =>
		reject(
			new EngineError(
				'ENGINE_COMMAND_FAILED',
				[`${command} ${args.slice(0, 3).join(' ')} ${how}`, ...told].join('\n  '),
				{cause},
			),
		);
	child.on('error', error => {
		if (options.signal?.aborted) {
			reject(options.signal.reason);
		} else {
			fail(timeout.aborted ? 'took too long and was ended' : `could not run: ${error.message}`, error);
		}
	});
	child.on('close', code => (code === 0 ? resolve(output) : fail(`failed with exit code ${code}`)));
	return promise;
}

/** Whether a program of this name can be run here. */
export async function has(command: string): Promise<boolean> {
	return run('sh', ['-c', 'command -v "$1"', 'sh', command]).then(
		() => true,
		() => false,
	);
}
