import type {Flag, Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {nearestOf} from '../../dockerfile/nearest.ts';
import type {Rule, RuleFinding} from '../rule.ts';
import {experimentalFlags, valueProblem} from './flag-values.ts';

/** Flags by instruction, of the stable syntax; an instruction that is not here has none. */
const flagsOf: ReadonlyMap<string, readonly string[]> = new Map([
	['ADD', ['checksum', 'chmod', 'chown', 'exclude', 'keep-git-dir', 'link', 'unpack']],
	['COPY', ['chmod', 'chown', 'exclude', 'from', 'link', 'parents']],
	['FROM', ['platform']],
	['HEALTHCHECK', ['interval', 'retries', 'start-interval', 'start-period', 'timeout']],
	['RUN', ['device', 'mount', 'network', 'security']],
]);

/** Those that may stand several times. */
const repeatable: ReadonlySet<string> = new Set(['mount', 'exclude', 'device']);

export const knownFlags: Rule = function* ({dockerfile: {instructions}, file}) {
	for (const instruction of instructions) {
		const each = instruction.inner ?? instruction;
		const problem = problemOf(each);
		if (problem !== undefined) {
			const finding: RuleFinding = {
				result: 'fail',
				message: `${problem}.`,
				place: {file, line: instruction.line},
			};
			yield finding;
		}
	}
};

/** BuildKit stops at the first, so one is told. */
function problemOf({keyword, flags}: Instruction): string | undefined {
	const known = flagsOf.get(keyword) ?? [];
	const seen = new Set<string>();
	for (const flag of flags) {
		const problem =
			unknownProblem(keyword, flag, known) ?? repeatProblem(flag, seen) ?? valueProblem(keyword, flag);
		if (problem !== undefined) {
			return problem;
		}

		seen.add(flag.name);
	}

	return undefined;
}

function unknownProblem(keyword: string, {name}: Flag, known: readonly string[]): string | undefined {
	if (known.includes(name) || experimentalFlags.has(`${keyword} ${name}`)) {
		return undefined;
	}

	if (known.length === 0) {
		return `${keyword} has no flags, and ${quoted(`--${name}`)} stops the build: remove it, or put an argument that begins with two dashes into quotes of the JSON form`;
	}

	const near = nearestOf(name, known);
	const remedy =
		near === undefined
			? `its flags are ${known.map(each => `--${each}`).join(', ')}`
			: `write --${near} if that was meant`;
	return `${keyword} has no flag ${quoted(`--${name}`)}, and BuildKit refuses it: ${remedy}`;
}

function repeatProblem({name}: Flag, seen: ReadonlySet<string>): string | undefined {
	return seen.has(name) && !repeatable.has(name)
		? `--${name} stands here twice, and BuildKit refuses that: keep one`
		: undefined;
}
