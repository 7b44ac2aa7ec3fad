import type {Instruction} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Candidate, SplitPlan} from './split.ts';

/** Of these only the last one counts. */
const LAST: ReadonlySet<string> = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK', 'STOPSIGNAL', 'USER']);
/** Each of these adds to those before it, or is read by those after it. */
const ALL: ReadonlySet<string> = new Set([
	'ENV',
	'LABEL',
	'EXPOSE',
	'VOLUME',
	'ONBUILD',
	'SHELL',
	'MAINTAINER',
]);

/**
 * The instructions of a stage that say how its image runs, one line each, in their order: what they say in the new stage is what
 * they said in the old one, because everything that they read comes along in the same order.
 * @param also instructions that are done in the new stage beside them
 * @returns undefined where one of them cannot be written on one line
 */
export function configurationOf(
	{stage, subject}: Candidate,
	{without = []}: Pick<SplitPlan, 'without'>,
	also: ReadonlySet<Instruction> = new Set(),
): readonly string[] | undefined {
	const {escape: escapeBy} = subject.dockerfile;
	const lasts = new Map(stage.instructions.map(each => [each.keyword, each]));
	const from = firstWorkdir(stage.instructions);
	const kept = stage.instructions.filter(
		(each, at) =>
			also.has(each) ||
			(!without.includes(each.keyword) &&
				(ALL.has(each.keyword) ||
					(LAST.has(each.keyword) && lasts.get(each.keyword) === each) ||
					(each.keyword === 'WORKDIR' && at >= from))),
	);
	const used = new Set(kept.flatMap(({args}) => variablesIn(args)));
	const chosen = stage.instructions.filter(
		each => kept.includes(each) || isNeededArgument(each, used, escapeBy),
	);
	const lines = chosen.map(each => lineOf(each, subject.dockerfile.bytes));
	return lines.every(line => line !== undefined && !line.endsWith(escapeBy))
		? (lines as string[])
		: undefined;
}

/** WORKDIRs before the last absolute one say nothing any more. */
function firstWorkdir(instructions: readonly Instruction[]): number {
	const at = instructions.findLastIndex(({keyword, args}) => keyword === 'WORKDIR' && args.startsWith('/'));
	return Math.max(at, 0);
}

function isNeededArgument(instruction: Instruction, used: ReadonlySet<string>, escapeBy: string): boolean {
	return instruction.keyword === 'ARG' && pairsOf(instruction, escapeBy).some(({name}) => used.has(name));
}

/** Also what is no variable for BuildKit but for a shell: an argument too many does no harm. */
function variablesIn(text: string): readonly string[] {
	return Array.from(text.matchAll(/\$\{?(\w{1,100})/g), ([, name = '']) => name);
}

/** The instruction on one line: continuations joined as BuildKit joins them. */
export function lineOf(instruction: Instruction, bytes: Uint8Array): string | undefined {
	const {keyword, flags, args, line, endLine, span, heredocs} = instruction;
	if (heredocs.length > 0) {
		return undefined;
	}

	if (line === endLine) {
		return new TextDecoder().decode(bytes.subarray(span.start, span.end)).trim();
	}

	const words = flags.map(({span: own}) => new TextDecoder().decode(bytes.subarray(own.start, own.end)));
	const text = [keyword, ...words, args.trim()].join(' ');
	return /[\r\n]/.test(text) ? undefined : text;
}
