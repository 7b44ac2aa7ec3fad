import {resolve} from 'node:path';
import type {Wish} from '../frontend/examine.ts';
import {repairsOf} from '../frontend/show.ts';
import type {Repaired} from '../frontend/unified-diff.ts';
import type {RuleId} from '../policies/rules/index.ts';
import type {Aside, Build} from './builds.ts';
import type {Inputs} from './inputs.ts';
import type {Workbench} from './look.ts';
import {type Problem, problemOf} from './problem.ts';
import {emptyReport, type FileReport, reportOf, type Seen} from './told.ts';
import {replaceFile} from './write-file.ts';

/** Repairs that are to be written into the files. */
export interface Fixing {
	readonly wants: Wish['wants'];
	readonly mayWant: NonNullable<Wish['mayWant']>;
	/** The rules that were asked for by name; empty when none were. */
	readonly named: readonly RuleId[];
}

/** Judges every build, file by file in the order in which they were named. What one file does wrong stops no other. */
export async function* checkAll(
	{builds, asides, problems, order}: Inputs,
	bench: Workbench,
	fixing: Fixing | undefined,
): AsyncGenerator<FileReport> {
	const buildsOf = Map.groupBy(builds, ({file}) => file);
	const asidesOf = Map.groupBy(asides, ({file}) => file);
	const problemsOf = Map.groupBy(problems, ({file}) => file);
	for (const file of new Set(order)) {
		const its = buildsOf.get(file) ?? [];
		const more = {asides: asidesOf.get(file) ?? [], problems: problemsOf.get(file) ?? []};
		if (its.length + more.asides.length + more.problems.length === 0) {
			// A Dockerfile that is judged as a service builds it stands where the service does.
			continue;
		}

		const report = its.length === 0 ? emptyReport(file) : await reportOn(file, its, bench, fixing);
		yield {
			...report,
			asides: [...report.asides, ...more.asides],
			problems: [...report.problems, ...more.problems],
		};
	}
}

async function reportOn(
	file: string,
	builds: readonly Build[],
	bench: Workbench,
	fixing: Fixing | undefined,
): Promise<FileReport> {
	const problems: Problem[] = [];
	const asides: Aside[] = [];
	let fixed: Fixed = {repaired: []};
	try {
		fixed = fixing === undefined ? fixed : await fix(builds, bench, fixing);
	} catch (error) {
		problems.push(problemOf(file, error));
	}

	const seen: Seen[] = [];
	for (const build of problems.length > 0 ? [] : builds) {
		try {
			seen.push({build, look: await bench.look(build, undefined, fixed.bytes)});
		} catch (error) {
			problems.push(inBuild(problemOf(file, error), build));
		}
	}

	if (fixing !== undefined && builds.some(({inline}) => inline !== undefined)) {
		asides.push({
			file,
			line: 1,
			message: 'repairs are not written here: the Dockerfile stands inside another file or a pipe',
		});
	}

	const distinct = [...new Map(problems.map(problem => [problem.message, problem])).values()];
	return {...reportOf(file, seen), problems: distinct, asides, repaired: fixed.repaired};
}

interface Fixed {
	/** The text that is in the file now, when it was changed. */
	readonly bytes?: Uint8Array;
	readonly repaired: readonly Repaired[];
}

/** Repairs for one build after the other, on the text that the last one left; written once, at the end. */
async function fix(builds: readonly Build[], bench: Workbench, {wants, mayWant}: Fixing): Promise<Fixed> {
	const [first] = builds;
	if (first === undefined || builds.some(({inline}) => inline !== undefined)) {
		return {repaired: []};
	}

	const before = await bench.read(first);
	const repaired: Repaired[] = [];
	let bytes = before;
	for (const build of builds) {
		const {examined} = await bench.look(build, {lines: 'free', wants, mayWant}, bytes);
		repaired.push(...(examined.bytes === bytes ? [] : repairsOf(examined)));
		bytes = examined.bytes;
	}

	if (bytes === before) {
		return {repaired: []};
	}

	await replaceFile(resolve(first.file), before, bytes);
	return {bytes, repaired};
}

/** The line of a Dockerfile that is written inside another file is counted in that one. */
function inBuild(problem: Problem, {file, inline}: Build): Problem {
	const {line, message} = problem;
	const offset = inline?.lineOffset ?? 0;
	if (line === undefined || offset === 0 || !message.startsWith(`${file}:${line}`)) {
		return problem;
	}

	const there = line + offset;
	return {...problem, line: there, message: `${file}:${there}${message.slice(`${file}:${line}`.length)}`};
}
