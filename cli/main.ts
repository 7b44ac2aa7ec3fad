#!/usr/bin/env node
import {VERSION} from '../proto/version.ts';
import type {Io} from './io.ts';

const help = `Usage: sallyport COMMAND [options]

Before the build
  check [FILE ...]  judge Dockerfiles, repair them
  render [FILE]     show what the build gate makes of a Dockerfile

Policies
  policy            show, compare, test, sign, approve, waive
  keys              make keys for those who sign

At run time
  daemon            watch this host's containers and keep the record; what it can see
  verify            look at containers, URLs or images now
  proxy list        which images carry a proxy with known holes
  log               list, get and verify entries of the record

  --help, --version

"sallyport COMMAND --help" tells more. What is printed is evidence that supports criteria; it is no conclusion about them.
`;

type Command = (argv: readonly string[], io: Io) => Promise<number>;

// Loaded when asked for: `check` in a pre-commit hook does not wait for the daemon's dependencies.
const commands: Readonly<Record<string, () => Promise<Command>>> = {
	check: async () => (await import('./check.ts')).runCheck,
	render: async () => (await import('./render.ts')).runRender,
	policy: async () => (await import('./policy.ts')).runPolicy,
	keys: async () => (await import('./keys.ts')).runKeys,
	daemon: async () => (await import('./daemon.ts')).runDaemon,
	verify: async () => (await import('./verify.ts')).runVerify,
	proxy: async () => (await import('./proxy.ts')).runProxy,
	log: async () => (await import('./log.ts')).runLog,
};

/** The command's exit code: 0 fine, 1 findings at error level or a failed check, 2 wrong usage or bad input. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
	const [name = '', ...rest] = argv;
	if (name === '--help' || name === '-h' || name === 'help') {
		io.stdout.write(help);
		return 0;
	}

	if (name === '--version') {
		io.stdout.write(`${VERSION}\n`);
		return 0;
	}

	const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (load === undefined) {
		const shown = JSON.stringify(name.slice(0, 40));
		io.stderr.write(
			name === ''
				? help
				: `sallyport: ${shown} is not a command; it has ${Object.keys(commands).join(', ')}\n`,
		);
		return 2;
	}

	try {
		const command = await load();
		return await command(rest, io);
	} catch (error) {
		const message = await messageFor(error);
		if (message === undefined) {
			throw error;
		}

		io.stderr.write(`sallyport ${name}: ${message}\n`);
		return 2;
	}
}

/** The sentence for a mistake of the user's; undefined for a defect of ours, which keeps its stack. */
async function messageFor(error: unknown): Promise<string | undefined> {
	// What can go wrong knows every parser: nobody who makes no mistake waits for that.
	const {sentenceOf} = await import('./problem.ts');
	const sentence = sentenceOf(error);
	if (sentence !== undefined) {
		return sentence;
	}

	// What node:util's parseArgs throws for an option it does not know.
	const isUsage =
		error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
	return isUsage ? (error.message.split('. ')[0] ?? error.message) : undefined;
}

/** The process: what is typed, what is printed, and the code it ends with. */
export async function start(): Promise<void> {
	process.stdout.on('error', (error: NodeJS.ErrnoException) => {
		// Whoever reads us, such as `head`, has seen enough: end as the signal for it would have ended us.
		process.exit(error.code === 'EPIPE' ? 141 : 1);
	});
	process.exitCode = await run(process.argv.slice(2), process);
}

if (import.meta.main) {
	await start();
}
