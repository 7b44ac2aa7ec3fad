import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Step} from '../../stages/chain.ts';
import type {Subject} from '../rule.ts';
import {baseName, resolvePath, takesIn} from '../secret/paths.ts';
import {standingsOf} from '../standing.ts';
import {mountsOf} from './mounts.ts';
import {lineageOf} from './stages.ts';

/** Stands for a folder that only the base image knows. */
const UNKNOWN = '/?';

/** Lock files of a context: no honest one has more that matter. */
const MAX_FILES = 64;

/** Whether one of the files surely lies in the folder in which a RUN of a stage begins: copied there before, or mounted. */
export type LiesBeside = (stage: Stage, run: Instruction, names: readonly string[]) => boolean;

/** @param all the names that will be asked for */
export function copiedFiles(subject: Subject, all: readonly string[]): LiesBeside {
	const inContext = (subject.contextFiles ?? [])
		.filter(path => all.includes(baseName(path)))
		.slice(0, MAX_FILES);
	const standings = standingsOf(subject);
	const folderAt = (instruction: Instruction): string => standings.get(instruction)?.workdir ?? UNKNOWN;
	// By stage and path: the line that brings the file first.
	const firsts = new Map<string, number>();
	for (const step of subject.steps.filter(
		({instruction: {keyword}}) => keyword === 'COPY' || keyword === 'ADD',
	)) {
		for (const path of landings(inContext, step, folderAt(step.instruction), all)) {
			const key = `${step.stage.index} ${path}`;
			firsts.set(key, firsts.get(key) ?? step.instruction.line);
		}
	}
	return (stage, run, names) => {
		const paths = names.map(name => resolvePath(folderAt(run), name));
		const stages = lineageOf(subject, stage).stages;
		return (
			mountsOf(run).some(({target}) => paths.includes(resolvePath(folderAt(run), target))) ||
			paths.some(path =>
				stages.some(
					each => (firsts.get(`${each.index} ${path}`) ?? Infinity) < (each === stage ? run.line : Infinity),
				),
			)
		);
	};
}

/** The paths at which files of these names arrive for sure. */
function landings(
	contextFiles: readonly string[],
	{instruction, expand}: Step,
	workdir: string,
	names: readonly string[],
): readonly string[] {
	const words = (instruction.json ?? instruction.words.map(({text}) => text)).map(word => expand(word) ?? '');
	const target = words.at(-1) ?? '';
	const sources = words.slice(0, -1);
	const folder = resolvePath(workdir, target);
	const isFile = sources.length === 1 && !target.endsWith('/') && names.includes(baseName(target));
	const isFromElsewhere = instruction.flags.some(({name}) => name === 'from');
	return sources.flatMap(source => {
		if (names.includes(baseName(source))) {
			return [isFile ? folder : resolvePath(folder, baseName(source))];
		}
		const depth = source.split('/').filter(part => part !== '' && part !== '.').length;
		const isGlob = /[*?[]/.test(source);
		return (isFromElsewhere ? [] : contextFiles)
			.filter(path => names.includes(baseName(path)) && takesIn(source, path))
			.map(path => {
				const rest = path.split('/').slice(isGlob ? -1 : depth);
				return resolvePath(folder, rest.join('/'));
			});
	});
}
