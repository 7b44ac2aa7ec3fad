import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import type {Judged} from '../frontend/judge.ts';
import {CliError} from './error.ts';
import {type Io, readRequiredFile} from './io.ts';
import {workbench} from './look.ts';
import {operandOf} from './policy-files.ts';

const help = `Usage: sallyport policy test DIR --policy BUNDLE

Judges every file of DIR that is called Dockerfile, Dockerfile.* or *.Dockerfile by a bundle, and compares what is found with what
its comments say:

  # expect: x-no-curl error line 3       this rule fails, at this level and on this line (both may be left out)
  # expect no: x-no-curl                 this rule does not fail

What fails at level error, and whatever the bundle's own rules (x-…) find, must be expected; the rest need not be.

Exit 0: all is as expected. 1: something is not. 2: wrong usage or bad input.
`;

/** `sallyport policy test`. @throws for a bundle that cannot be used and a folder without Dockerfiles */
export async function testPolicy(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			policy: {type: 'string', default: 'baseline'},
			help: {type: 'boolean', short: 'h', default: false},
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const folder = operandOf('test', positionals, 'one folder');
	const files = await dockerfilesIn(folder);
	const bench = workbench({policy: values.policy});
	let wrong = 0;
	for (const file of files) {
		const text = new TextDecoder().decode(await readRequiredFile(file, MAX_BYTES));
		const expected = expectationsIn(text, file);
		const {examined} = await bench.look({
			file,
			target: undefined,
			context: undefined,
			contexts: new Set(),
			buildArgs: new Map(),
		});
		const problems = compare(expected, examined.findings);
		wrong += problems.length;
		io.stdout.write(
			[`${problems.length === 0 ? '✔' : '✖'} ${file}`, ...problems.map(each => `    ${each}`), ''].join('\n'),
		);
	}

	io.stdout.write(`${files.length} files, ${wrong === 0 ? 'all as expected' : `${wrong} not as expected`}\n`);
	return wrong === 0 ? 0 : 1;
}

const MAX_BYTES = 1024 * 1024;

async function dockerfilesIn(folder: string): Promise<readonly string[]> {
	const names = await readdir(folder).catch((cause: unknown) => {
		throw new CliError('CLI_NO_FILE', `There is no folder ${folder}; name one with Dockerfiles`, {cause});
	});
	const files = names.filter(name => /^Dockerfile(?:\..+)?$|\.Dockerfile$/.test(name)).toSorted();
	if (files.length === 0) {
		throw new CliError('CLI_NO_FILE', `There is no Dockerfile in ${folder}, nor one called *.Dockerfile`);
	}

	return files.map(name => join(folder, name));
}

interface Expectation {
	readonly isWanted: boolean;
	readonly rule: string;
	readonly level?: string;
	readonly line?: number;
}

const EXPECT =
	/^#\s*expect(?<no> no)?:\s*(?<rule>[a-z0-9-]+)(?:\s+(?<level>info|warn|error))?(?:\s+line\s+(?<line>\d{1,6}))?\s*$/;

function expectationsIn(text: string, file: string): readonly Expectation[] {
	return text.split('\n').flatMap((each, index) => {
		const written = each.trim();
		if (!/^#\s*expect\b/.test(written)) {
			return [];
		}

		const {no, rule, level, line} = EXPECT.exec(written)?.groups ?? {};
		if (rule === undefined) {
			const message = `${file}:${index + 1}: an expectation is written "# expect: RULE [LEVEL] [line N]" or "# expect no: RULE"`;
			throw new CliError('CLI_BAD_INPUT', message);
		}

		return [
			{
				isWanted: no === undefined,
				rule,
				...(level === undefined ? {} : {level}),
				...(line === undefined ? {} : {line: Number(line)}),
			},
		];
	});
}

function compare(expected: readonly Expectation[], findings: readonly Judged[]): readonly string[] {
	const failing = findings.filter(({result}) => result === 'fail');
	const missing = expected
		.filter(each => each.isWanted && !failing.some(found => isMeant(each, found)))
		.map(each => `expected and not found: ${shown(each)}`);
	const unwanted = failing
		.filter(found => expected.some(each => !each.isWanted && each.rule === found.rule))
		.map(found => `found and not wanted: ${told(found)}`);
	const surprising = failing
		.filter(found => found.level === 'error' || found.rule.startsWith('x-'))
		// Whether the bundle is approved is not what is tested.
		.filter(({rule}) => rule !== 'approved-policy')
		.filter(found => !expected.some(each => isMeant(each, found)))
		.filter(found => !expected.some(each => !each.isWanted && each.rule === found.rule))
		.map(found => `found and not expected: ${told(found)}`);
	return [...missing, ...unwanted, ...surprising];
}

function isMeant({isWanted, rule, level, line}: Expectation, found: Judged): boolean {
	return (
		isWanted &&
		rule === found.rule &&
		(level === undefined || level === found.level) &&
		(line === undefined || line === found.place?.line)
	);
}

function shown({rule, level = '', line}: Expectation): string {
	return [rule, level, line === undefined ? '' : `line ${line}`].filter(part => part !== '').join(' ');
}

function told({rule, level, place, message}: Judged): string {
	return `${rule} ${level} line ${place?.line ?? 0}: ${message}`;
}
