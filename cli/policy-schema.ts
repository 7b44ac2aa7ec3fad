import {schemas} from '../policies/schemas.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';

/** `sallyport policy schema KIND`: a JSON Schema for an editor. */
export async function printSchema(argv: readonly string[], io: Io): Promise<number> {
	const [kind = '', ...more] = argv;
	const schema = Object.entries(schemas).find(([name]) => name === kind)?.[1];
	if (schema === undefined || more.length > 0) {
		throw new CliError('CLI_USAGE', `schema takes one of ${Object.keys(schemas).join(', ')}`);
	}

	io.stdout.write(`${JSON.stringify(schema(), undefined, '\t')}\n`);
	return 0;
}
