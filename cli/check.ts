import {parseArgs} from 'node:util';
import type {Task} from './check-task.ts';
import {checkTogether, threadsFor} from './crew.ts';
import {CliError} from './error.ts';
import {fixingOf, fixOptions} from './fixing.ts';
import {annotations} from './format-github.ts';
import {jsonTeller} from './format-json.ts';
import {sarifLog} from './format-sarif.ts';
import {type Teller, textTeller} from './format-text.ts';
import {type Inputs, inputsOf} from './inputs.ts';
import {type Io, lookOf} from './io.ts';
import {givenBy, lookOptions} from './look-options.ts';
import type {FileReport} from './told.ts';

const help = `Usage: sallyport check [FILE|DIR ...] [options]

Judges Dockerfiles as the build gate would, without Docker. Without operands, ./Dockerfile. "-" is standard input. A folder is
searched for Dockerfiles, Compose and Bake files; of a Compose or Bake file everything it builds is judged, as it builds it.

  -f, --file FILE                   a Compose or Bake file; several are read as one, later over earlier
  --format text|json|sarif|github   how to tell the findings (text)
  -v, --verbose                     tell what could not be evaluated in full, too
  --policy NAME|FILE                the bundle to judge by (the project's, else baseline)
  --project FILE                    the project file (.sallyport.yaml in the context, or beside FILE)
  --target STAGE                    the stage to build (the last)
  --context DIR                     the build context (the current folder, if FILE lies in it)
  --build-arg NAME[=VALUE]          as for docker build; may be repeated

  --fix                             write repairs that never change what is built into the files, then judge these
  --fix-opt-in                      those that may change it, too
  --fix-only RULE[,RULE...]         those of these rules, by our names or others' (DL3008); may be repeated

--target, --context and --build-arg are about Dockerfiles that are named by themselves.
Exit 0: nothing at error level. 1: something is. 2: wrong usage, or a file that could not be judged.
`;

const options = {
	...lookOptions,
	file: {type: 'string', short: 'f', multiple: true},
	format: {type: 'string', default: 'text'},
	verbose: {type: 'boolean', short: 'v', default: false},
	...fixOptions,
} as const;

type Format = (io: Io, isVerbose: boolean) => Teller;

const formats: Readonly<Record<string, Format>> = {
	text: (io, isVerbose) => textTeller(lookOf(io), isVerbose),
	json: jsonTeller,
	sarif: () => document(sarifLog),
	github: () => ({tell: report => annotations([report]), end: () => ''}),
};

/** One document about all reports, when all are there. */
function document(make: (reports: readonly FileReport[], exitCode: number) => unknown): Teller {
	const reports: FileReport[] = [];
	return {
		tell: report => {
			reports.push(report);
			return '';
		},
		end: exitCode => `${JSON.stringify(make(reports, exitCode), undefined, 2)}\n`,
	};
}

/** `sallyport check`: 0 when nothing fails at error level, 1 when something does, 2 when a file cannot be judged. @throws for wrong usage */
export async function runCheck(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], allowPositionals: true, options});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const format = Object.entries(formats).find(([name]) => name === values.format)?.[1];
	if (format === undefined) {
		const wrong = `there is no format ${JSON.stringify(values.format.slice(0, 40))}`;
		throw new CliError('CLI_USAGE', `${wrong}; use ${Object.keys(formats).join(', ')}`);
	}

	// Said before anything is read, when it names a rule nobody knows.
	fixingOf(values);
	const {file: together = []} = values;
	const operands = positionals.length + together.length === 0 ? ['Dockerfile'] : positionals;
	const inputs = await inputsOf(operands, together, givenBy(values, io.env), io);
	const isAlone = values.format === 'text' && new Set(inputs.order).size === 1;
	const teller = format(io, values.verbose);
	let exitCode = 0;
	for await (const report of reportsOn(inputs, values)) {
		const [problem] = report.problems;
		if (isAlone && problem !== undefined) {
			// One file that cannot be judged is one sentence, as for every command.
			io.stderr.write(`sallyport check: ${problem.message}\n`);
			return 2;
		}

		exitCode = Math.max(exitCode, exitCodeOf(report));
		io.stdout.write(teller.tell(report));
	}

	io.stdout.write(teller.end(exitCode));
	return exitCode;
}

/** Many files are judged on several threads. Either way what judges is loaded here and not before, because it is large. */
async function* reportsOn(inputs: Inputs, task: Task): AsyncGenerator<FileReport> {
	const threads = threadsFor(new Set(inputs.order).size);
	if (threads > 0) {
		yield* checkTogether(inputs, task, threads);
		return;
	}

	const {checkTask} = await import('./check-task.ts');
	yield* (await checkTask(task))(inputs);
}

function exitCodeOf({problems, outcome}: FileReport): number {
	return problems.length > 0 ? 2 : outcome === 'fail' ? 1 : 0;
}
