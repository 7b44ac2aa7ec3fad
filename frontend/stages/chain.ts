import type {Dockerfile, Instruction, Stage} from '../dockerfile/ast.ts';
import {type Pair, pairsOf} from '../dockerfile/pairs.ts';
import type {Reference, References} from './references.ts';
import {expandIn, globalScope, type Scope} from './scope.ts';
import {setAt, type Timeline, timelineFrom, valueAt} from './timeline.ts';

/** The stages whose layers make up an image, the outermost first, and what that one starts from. */
export interface Chain {
	readonly stages: readonly Stage[];
	/** The outside image as expanded, `scratch`, or absent when that depends on the platform. */
	readonly base: string | undefined;
}

/** One instruction of a chain, with the variables in force where it stands. */
export interface Step {
	readonly stage: Stage;
	readonly instruction: Instruction;
	/** The file's escape character. */
	readonly escapeBy: string;
	readonly expand: (text: string) => string | undefined;
	/** The value of one variable, ENV before ARG; absent when nothing sets it. */
	readonly get: (name: string) => string | undefined;
}

export function chainOf(references: References, target: Stage): Chain {
	const stages: Stage[] = [];
	let next: Stage | undefined = target;
	let base: string | undefined;
	while (next !== undefined) {
		stages.push(next);
		const [from]: readonly Reference[] = references.get(next) ?? [];
		base = from?.ref;
		next = from?.stage;
	}

	return {stages: stages.toReversed(), base};
}

/**
 * The instructions of a chain in the order in which they act. ENV and ARG reach from a stage to those that start from it.
 * What the outside image sets is not known here: such a variable is empty.
 */
export function* stepsOf(dockerfile: Dockerfile, {stages}: Chain, buildArgs: Scope): Generator<Step> {
	const scopes = {dockerfile, buildArgs, outer: globalScope(dockerfile, buildArgs)};
	let ends: Variables | undefined;
	for (const stage of stages) {
		ends = {env: timelineFrom(ends?.env), args: timelineFrom(ends?.args)};
		yield* stepsIn(stage, ends, scopes);
	}
}

/**
 * The instructions of every stage, in the order of the file. A stage begins with the ENV of what it starts from: a stage
 * before it, or an image that the builder told about. Steps may be kept: each knows its own variables for good.
 */
export function* everyStep(
	dockerfile: Dockerfile,
	references: References,
	buildArgs: Scope,
	images: ReadonlyMap<string, {readonly env?: Readonly<Record<string, string>>}>,
): Generator<Step> {
	const scopes = {dockerfile, buildArgs, outer: globalScope(dockerfile, buildArgs)};
	const ends = new Map<Stage, Variables>();
	for (const stage of dockerfile.stages) {
		const [from]: readonly Reference[] = references.get(stage) ?? [];
		const parent = from?.stage === undefined ? undefined : ends.get(from.stage);
		const base = parent === undefined ? Object.entries(images.get(from?.ref ?? '')?.env ?? {}) : [];
		const own = {env: timelineFrom(parent?.env, base), args: timelineFrom(parent?.args)};
		ends.set(stage, own);
		yield* stepsIn(stage, own, scopes);
	}
}

interface Scopes {
	readonly dockerfile: Dockerfile;
	readonly buildArgs: Scope;
	readonly outer: Scope;
}

/** What a stage sets, with what it was given by the stage it starts from. */
interface Variables {
	readonly env: Timeline;
	readonly args: Timeline;
}

/** @param variables are added to as the stage goes on */
function* stepsIn(
	stage: Stage,
	{env, args}: Variables,
	{dockerfile, buildArgs, outer}: Scopes,
): Generator<Step> {
	for (const [at, instruction] of stage.instructions.entries()) {
		// BuildKit lets ENV win over ARG, whichever comes first.
		const get = (name: string): string | undefined => valueAt(env, name, at) ?? valueAt(args, name, at);
		const expand = (text: string): string | undefined => expandIn(text, {get}, dockerfile);
		yield {stage, instruction, escapeBy: dockerfile.escape, expand, get};
		if (instruction.keyword === 'ENV') {
			setAll(env, at, pairsOf(instruction, dockerfile.escape), ({value = ''}) => expand(value));
		}

		if (instruction.keyword === 'ARG') {
			// What stands to the left of it on the line is set already; in ENV it is not.
			const left = new Map<string, string>();
			const inside = {get: (name: string) => valueAt(env, name, at) ?? left.get(name) ?? get(name)};
			setAll(args, at, pairsOf(instruction, dockerfile.escape), ({name, value}) => {
				const own = value === undefined ? outer.get(name) : expandIn(value, inside, dockerfile);
				const set = buildArgs.get(name) ?? own;
				if (set !== undefined) {
					left.set(name, set);
				}
				return set;
			});
		}
	}
}

function setAll(
	scope: Timeline,
	at: number,
	pairs: readonly Pair[],
	read: (pair: Pair) => string | undefined,
): void {
	for (const pair of pairs) {
		const value = read(pair);
		if (value !== undefined) {
			setAt(scope, pair.name, at, value);
		}
	}
}
