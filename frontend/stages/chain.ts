import type {Dockerfile, Instruction, Stage} from '../dockerfile/ast.ts';
import {type Pair, pairsOf} from '../dockerfile/pairs.ts';
import type {Reference, References} from './references.ts';
import {expandIn, globalScope, type Scope} from './scope.ts';

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
 * The instructions of a chain in the order in which they act. ENV reaches from stage to stage, ARG ends with its own.
 * What the outside image sets is not known here: such a variable is empty.
 */
export function* stepsOf(dockerfile: Dockerfile, {stages}: Chain, buildArgs: Scope): Generator<Step> {
	const outer = globalScope(dockerfile, buildArgs);
	const env = new Map<string, string>();
	for (const stage of stages) {
		const args = new Map<string, string>();
		// BuildKit lets ENV win over ARG, whichever comes first.
		const get = (name: string): string | undefined => env.get(name) ?? args.get(name);
		const expand = (text: string): string | undefined => expandIn(text, {get}, dockerfile);
		for (const instruction of stage.instructions) {
			yield {stage, instruction, escapeBy: dockerfile.escape, expand};
			if (instruction.keyword === 'ENV') {
				setAll(env, pairsOf(instruction, dockerfile.escape), ({value = ''}) => expand(value));
			}

			if (instruction.keyword === 'ARG') {
				setAll(args, pairsOf(instruction, dockerfile.escape), ({name, value}) => {
					return buildArgs.get(name) ?? (value === undefined ? outer.get(name) : expand(value));
				});
			}
		}
	}
}

function setAll(
	scope: Map<string, string>,
	pairs: readonly Pair[],
	read: (pair: Pair) => string | undefined,
): void {
	for (const pair of pairs) {
		const value = read(pair);
		if (value !== undefined) {
			scope.set(pair.name, value);
		}
	}
}
