import {parseArgs} from 'node:util';
import {DaemonError, reasonOf} from '../daemon/error.ts';
import {CliError} from './error.ts';
import {type Io, lookOf} from './io.ts';
import {printable} from './printable.ts';
import {openVerifying, type Verifying} from './verify-container.ts';
import {type Examined, isPassed} from './verify-examined.ts';
import {type Asked, examine} from './verify-look.ts';
import {examineAll} from './verify-many.ts';
import {textOf} from './verify-text.ts';
import {watchChanges} from './verify-watch.ts';

const usage = `Usage: sallyport verify CONTAINER|URL|IMAGE ... [options]
       sallyport verify --all [options]

Looks once, and prints what was seen: at running containers by name or id, at what answers at a URL (headers and TLS; the other
controls need a container), or at what an image says of its build. Nothing is recorded, and nothing is changed.

  --all                every running container
  --run                start each image in a container that nobody can reach, look at that, and remove it
  --thorough           ask also what takes half a minute
  --image              take names for images, also where a container is called so
  --watch              look again and again, and print what changed
  --interval SECONDS   between two looks (10)
  --policy FILE        by what is judged (baseline)
  --trust FILE         PEM certificates to trust
  --attestations DIR   build attestations that release jobs signed
  --docker-host HOST   the engine [DOCKER_HOST]
  --json               the statements that a daemon would sign, unsigned

Exit 0 when every verdict is pass, 1 when one is fail or incomplete, 2 for wrong usage.
`;

const text = {type: 'string'} as const;
const options = {
	all: {type: 'boolean', default: false},
	run: {type: 'boolean', default: false},
	thorough: {type: 'boolean', default: false},
	image: {type: 'boolean', default: false},
	watch: {type: 'boolean', default: false},
	interval: {type: 'string', default: '10'},
	policy: text,
	trust: text,
	attestations: text,
	'docker-host': text,
	json: {type: 'boolean', default: false},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

/** More names than this are a mistake in somebody's shell. */
const MAX_NAMES = 10_000;
const MAX_INTERVAL = 86_400;

/** `sallyport verify`: the daemon's look, now, without its log. */
export async function runVerify(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], allowPositionals: true, options});
	if (values.help) {
		io.stdout.write(usage);
		return 0;
	}

	if ((positionals.length === 0) !== values.all) {
		io.stderr.write(usage);
		return 2;
	}

	if (positionals.length > MAX_NAMES) {
		throw new CliError('CLI_USAGE', `${positionals.length} names are too many; --all takes every container`);
	}

	const intervalMs = intervalOf(values.interval);
	const stop = new AbortController();
	// The first ^C ends what was begun and cleans up behind it; a second one is the shell's own.
	const onSignal = (): void => stop.abort();
	process.once('SIGINT', onSignal);
	process.once('SIGTERM', onSignal);
	try {
		const verifying = await openVerifying(values, io);
		const asked: Asked = {names: positionals, isAll: values.all, run: values.run, image: values.image};
		return values.watch
			? await watchChanges(verifying, asked, {io, isJson: values.json, intervalMs, signal: stop.signal})
			: await once(verifying, asked, io, values.json, stop.signal);
	} catch (error) {
		return refused(error, stop.signal, io);
	} finally {
		process.off('SIGINT', onSignal);
		process.off('SIGTERM', onSignal);
	}
}

function refused(error: unknown, signal: AbortSignal, io: Io): number {
	if (signal.aborted) {
		return 130;
	}

	if (!(error instanceof DaemonError)) {
		throw error;
	}

	io.stderr.write(`sallyport verify: ${printable(reasonOf(error))}\n`);
	return 2;
}

async function once(
	verifying: Verifying,
	asked: Asked,
	io: Io,
	isJson: boolean,
	signal: AbortSignal,
): Promise<number> {
	const [only, ...more] = asked.names;
	if (only !== undefined && more.length === 0) {
		const examined = await examine(verifying, only, asked, signal);
		io.stdout.write(
			isJson ? `${JSON.stringify(examined.statement, undefined, 2)}\n` : textOf(examined, lookOf(io)),
		);
		return isPassed(examined) ? 0 : 1;
	}

	const {examined, isComplete} = await examineAll(verifying, asked, io, signal);
	io.stdout.write(
		isJson
			? `${JSON.stringify(
					examined.map(each => each.statement),
					undefined,
					2,
				)}\n`
			: manyText(examined, io),
	);
	return isComplete ? (examined.every(isPassed) ? 0 : 1) : 2;
}

function manyText(examined: readonly Examined[], io: Io): string {
	const look = lookOf(io);
	const failed = examined.filter(each => each.verdict === 'fail').length;
	const open = examined.filter(each => each.verdict === 'incomplete').length;
	const told = examined
		.toSorted((a, b) => weightOf(a) - weightOf(b))
		.map(each => textOf(each, look, {isBrief: true}));
	return `${told.join('\n')}\n${examined.length} looked at: ${examined.length - failed - open} pass, ${failed} fail, ${open} incomplete\n`;
}

/** Worst last: that is what stands above the prompt. */
function weightOf({verdict, checks}: Examined): number {
	const failing = checks.filter(({result}) => result === 'fail').length;
	return (verdict === 'fail' ? 1e6 : verdict === 'incomplete' ? 1e3 : 0) + failing;
}

function intervalOf(raw: string): number {
	const seconds = /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
	if (!(seconds >= 1 && seconds <= MAX_INTERVAL)) {
		throw new CliError(
			'CLI_USAGE',
			`--interval ${JSON.stringify(raw)} is not a number of seconds from 1 to ${MAX_INTERVAL}`,
		);
	}

	return seconds * 1000;
}
