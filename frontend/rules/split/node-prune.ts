import {hasOption, optionValues} from '../../shell/options.ts';
import {type Invocation, invocationsIn} from '../package/invocations.ts';
import {standingsOf} from '../standing.ts';
import type {Manifest} from './node-manifest.ts';
import type {NodeStart} from './node-start.ts';
import type {Candidate} from './split.ts';

export interface Asked {
	readonly manifest: Manifest | undefined;
	readonly start: NodeStart;
	readonly workdir: string | undefined;
}

/**
 * Instructions that take development dependencies away; absent where there are none, where they were never installed, or where it is
 * not sure that the program starts without them.
 */
export function pruning(
	candidate: Candidate,
	{manifest, start, workdir}: Asked,
): readonly string[] | undefined {
	const installs = candidate.runs.flatMap(({commands}) => invocationsIn(commands)).filter(isProjectInstall);
	const [install] = installs;
	const isWanted =
		manifest !== undefined &&
		manifest.devDependencies.size > 0 &&
		!manifest.hasWorkspaces &&
		start.isProduction;
	if (install === undefined || !isWanted || !isInWorkdir(candidate, install, workdir)) {
		return undefined;
	}

	const isSaid = candidate.runs.some(({text}) =>
		/\bprune\b|--production\b|--prod\b|--omit[= ]dev|--only[= ]prod/.test(text),
	);
	const isOther = installs.some(({manager}) => manager !== install.manager);
	return isSaid || isOther || installs.some(each => isForProduction(each, candidate))
		? undefined
		: commandFor(install, candidate);
}

function isProjectInstall({manager, act, command, operands, verb}: Invocation): boolean {
	const isNode = manager === 'npm' || manager === 'yarn' || manager === 'pnpm';
	return (
		isNode &&
		act === 'install' &&
		operands.length === 0 &&
		!verb.startsWith('global') &&
		!hasOption(command, 'g', 'global')
	);
}

/** Where it was installed is where the program starts. */
function isInWorkdir(
	{subject}: Candidate,
	{command: {script}}: Invocation,
	workdir: string | undefined,
): boolean {
	const folder = standingsOf(subject).get(script.instruction)?.workdir;
	const moves = script.commands.some(({name}) => name === 'cd');
	return folder !== undefined && folder === workdir && !moves;
}

function isForProduction({command}: Invocation, {steps}: Candidate): boolean {
	const {script} = command;
	const step = steps.find(({instruction}) => instruction === script.instruction);
	return (
		step?.get('NODE_ENV') === 'production' ||
		optionValues(command, 'omit').includes('dev') ||
		hasOption(command, 'P', 'prod')
	);
}

function commandFor({manager}: Invocation, {image, manifests}: Candidate): readonly string[] | undefined {
	const caches = 'rm -rf node_modules/.cache .next/cache';
	switch (manager) {
		case 'npm': {
			// npm 7 came with Node 15, and the option's name with it.
			const option = image.major !== undefined && image.major < 15 ? '--production' : '--omit=dev';
			return [`RUN npm prune ${option} --ignore-scripts --no-audit --no-fund && ${caches}`];
		}
		case 'yarn':
			return [`RUN yarn install --production --ignore-scripts --prefer-offline && ${caches}`];
		case 'pnpm':
			return manifests.has('pnpm-workspace.yaml')
				? undefined
				: [`RUN CI=true pnpm prune --prod --ignore-scripts && ${caches}`];
		default:
			return undefined;
	}
}
