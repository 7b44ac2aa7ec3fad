import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {contractOf, renderedOf} from '../frontend/contract.ts';
import {openDockerfile} from '../frontend/examine.ts';
import {hardeningLines} from '../frontend/hardening.ts';
import type {ProxyFile} from '../frontend/proxies/plan.ts';
import {reportText} from '../frontend/report.ts';
import {rewrite} from '../frontend/rewrite.ts';
import {diffText, repairsOf, stepText} from '../frontend/show.ts';
import {withoutHashes} from '../frontend/shown-project.ts';
import {unifiedDiff} from '../frontend/unified-diff.ts';
import {sealContract} from '../proto/contract.ts';
import {paths} from '../proto/labels.ts';
import {type Build, shownPath} from './builds.ts';
import {CliError} from './error.ts';
import {fixingOf, fixOptions} from './fixing.ts';
import {type Io, lookOf} from './io.ts';
import {type Look, workbench} from './look.ts';
import {givenBy, lookOptions} from './look-options.ts';

const help = `Usage: sallyport render [FILE] [options]

Shows what the build gate would make of a Dockerfile, without Docker. FILE is ./Dockerfile by default.

  --show dockerfile|plan|contract|findings|proxy   what to show (dockerfile)
  --diff                                           show it as a diff, each hunk under its rules and reasons
  --fix, --fix-opt-in, --fix-only RULE[,RULE...]   with --diff: what "sallyport check" would write with these
  --out DIR                                        write all of it below DIR instead
  --policy, --target, --context, --project, --build-arg   as for "sallyport check"

Without a builder, tags are not resolved and base images not looked up, so a build may pin and judge more.
Exit 0: nothing at error level. 1: something is. 2: wrong usage or bad input.
`;

interface Rendering {
	readonly text: Uint8Array;
	readonly files: readonly ProxyFile[];
	readonly steps: Readonly<Record<'dockerfile' | 'plan' | 'contract' | 'findings' | 'proxy', string>>;
}

/** `sallyport render`: 0 when nothing fails at error level, else 1. @throws for wrong usage and bad input */
export async function runRender(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			show: {type: 'string', default: 'dockerfile'},
			out: {type: 'string'},
			diff: {type: 'boolean', default: false},
			...fixOptions,
			...lookOptions,
		},
	});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const [path = 'Dockerfile', ...more] = positionals;
	if (more.length > 0) {
		throw new CliError('CLI_USAGE', 'it takes one file; see "sallyport render --help"');
	}

	const fixing = fixingOf(values);
	if (fixing !== undefined && !values.diff) {
		throw new CliError(
			'CLI_USAGE',
			'--fix goes with --diff here; "sallyport check --fix" writes the repairs',
		);
	}

	const build: Build = {...givenBy(values, io.env), file: shownPath(path), contexts: new Set()};
	const wish = fixing === undefined ? undefined : {lines: 'free' as const, wants: fixing.wants};
	const seen = await workbench(values, fixing?.named).look(build, wish);
	if (values.diff) {
		io.stdout.write(diffOf(seen, fixing === undefined, lookOf(io)));
		return exitCodeOf(seen);
	}

	const rendering = renderingOf(seen, io);
	if (values.out === undefined) {
		io.stdout.write(shown(rendering, values.show));
	} else {
		await writeAll(values.out, rendering);
		io.stderr.write(`Written below ${values.out}\n`);
	}

	return exitCodeOf(seen);
}

function exitCodeOf({examined}: Look): number {
	return examined.verdict.outcome === 'fail' ? 1 : 0;
}

/** @param isBuild as a build would do it, with the layer at the end */
function diffOf(seen: Look, isBuild: boolean, look: ReturnType<typeof lookOf>): string {
	const {bytes, opened, examined} = seen;
	const {file} = opened;
	return isBuild
		? diffText({examined, text: rewritten(seen), original: {file, bytes}}, look)
		: unifiedDiff({file, before: bytes, after: examined.bytes, repaired: repairsOf(examined)}, look);
}

/** Where nobody says what is built for. */
const USUAL = {os: 'linux', architecture: 'amd64'};

/** The text that is built: repaired, gone over, and with our layers. */
function rewritten({opened, examined, bundle}: Look): Uint8Array {
	const {targetName: target} = examined;
	const repaired = openDockerfile({...opened, bytes: examined.bytes, target});
	const {fixes} = examined;
	const over = hardeningLines({opened: repaired, fixes, images: new Map(), bundle, platforms: [USUAL]});
	return rewrite(repaired.dockerfile, repaired.target, examined.plan !== undefined, over);
}

function renderingOf(seen: Look, io: Io): Rendering {
	const {bytes, bundle, examined} = seen;
	const rendered = renderedOf(examined.plan, examined.engine);
	const contract = contractOf(bytes, bundle, examined.verdict, rendered);
	const text = rewritten(seen);
	const known = {examined, contract, text, original: {file: seen.opened.file, bytes}};
	const files = [
		...(rendered?.files ?? []),
		{path: paths.contract, mode: 0o644, content: new TextDecoder().decode(sealContract(contract).bytes)},
	];
	return {
		text,
		files,
		steps: {
			dockerfile: stepText('dockerfile', known),
			plan: `${stepText('plan', known)}\n`,
			contract: `${stepText('contract', known)}\n`,
			findings: `${reportText(examined, lookOf(io))}\n`,
			proxy: withoutHashes(files.map(({path, content}) => `# ${path}\n${content}`).join('\n')),
		},
	};
}

function shown({steps}: Rendering, step: string): string {
	const found = Object.entries(steps).find(([name]) => name === step)?.[1];
	if (found === undefined) {
		throw new CliError('CLI_USAGE', `--show is one of ${Object.keys(steps).join(', ')}, not "${step}"`);
	}

	return found;
}

/** The rewritten Dockerfile, the plan, and below `layer` what the proxy layer would hold. */
async function writeAll(folder: string, {text, files, steps}: Rendering): Promise<void> {
	try {
		await mkdir(folder, {recursive: true});
		await writeFile(join(folder, 'Dockerfile'), text);
		await writeFile(join(folder, 'plan.json'), steps.plan);
		await writeFile(join(folder, 'findings.txt'), steps.findings);
		for (const {path, content} of files) {
			const file = join(folder, 'layer', path);
			await mkdir(join(file, '..'), {recursive: true});
			await writeFile(file, content);
		}
	} catch (cause) {
		const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
		throw new CliError(
			'CLI_CANNOT_WRITE',
			`Nothing can be written below ${folder} (${reason}); name another folder`,
			{cause},
		);
	}
}
