import {parseArgs} from 'node:util';
import {reportJson, reportText} from '../frontend/report.ts';
import {CliError} from './error.ts';
import {annotations} from './format-github.ts';
import {sarifLog} from './format-sarif.ts';
import {type Io, lookOf} from './io.ts';
import {type Look, look, lookOptions, requestOf} from './look.ts';

const help = `Usage: sallyport check [FILE] [options]

Judges a Dockerfile as the build gate would, without Docker. FILE is ./Dockerfile by default.

  --format text|json|sarif|github   how to tell the findings (text)
  --policy NAME|FILE                the bundle to judge by (the project's, else baseline)
  --target STAGE                    the stage to build (the last)
  --context DIR                     the build context (the current folder, if FILE lies in it)
  --project FILE                    the project file (.sallyport.yaml in the context, or beside FILE)
  --build-arg NAME[=VALUE]          as for docker build; may be repeated

Exit 0: nothing at error level. 1: something is. 2: wrong usage or bad input.
`;

const formats = {
	text: ({examined}: Look, io: Io) => `${reportText(examined, lookOf(io))}\n`,
	json: ({examined}: Look) => `${JSON.stringify(reportJson(examined), undefined, 2)}\n`,
	sarif: ({examined}: Look, _io: Io, path: string) =>
		`${JSON.stringify(sarifLog(examined, path), undefined, 2)}\n`,
	github: ({examined}: Look, _io: Io, path: string) => annotations(examined, path),
} as const;

/** `sallyport check`: 0 when nothing fails at error level, else 1. @throws for wrong usage and bad input */
export async function runCheck(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			format: {type: 'string', default: 'text'},
			...lookOptions,
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const request = requestOf('check', positionals, values, io.env);
	const format = Object.entries(formats).find(([name]) => name === values.format)?.[1];
	if (format === undefined) {
		const wrong = `there is no format "${values.format}"`;
		throw new CliError('CLI_USAGE', `check: ${wrong}; see "sallyport check --help"`);
	}

	const seen = await look(request);
	io.stdout.write(format(seen, io, request.path));
	return seen.examined.verdict.outcome === 'fail' ? 1 : 0;
}
