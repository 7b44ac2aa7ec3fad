import type {Stage} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Step} from '../../stages/chain.ts';
import type {References} from '../../stages/references.ts';
import type {Fix, Rule} from '../rule.ts';
import {type Standing, standingsOf} from '../standing.ts';
import {isForWindows} from './for-windows.ts';
import {variablesIn} from './variables.ts';

export const absoluteWorkdir: Rule = function* (subject) {
	const {references, file} = subject;
	const isWindows = isForWindows(subject);
	let standings: ReturnType<typeof standingsOf> | undefined;
	for (const step of firstWorkdirs(subject.steps, references)) {
		const path = step.expand(step.instruction.args)?.trim();
		if (path === undefined || isAbsolute(path, isWindows) || hasUnknown(step)) {
			continue;
		}

		standings ??= standingsOf(subject);
		const fix = fixOf(step, standings.get(step.instruction));
		yield {
			result: 'fail',
			message: `WORKDIR ${quoted(path)} starts from whatever directory the base image was left in, and that may change with its next version: write an absolute path.`,
			place: {file, line: step.instruction.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

/** Only the first of a chain of stages counts: once it is absolute, those after it are too. */
function firstWorkdirs(steps: readonly Step[], references: References): readonly Step[] {
	const own = Map.groupBy(
		steps.filter(({instruction}) => instruction.keyword === 'WORKDIR'),
		({stage}) => stage,
	);
	const set = new Set<Stage>();
	return [...references].flatMap(([stage, [from]]) => {
		const isSet = from?.stage !== undefined && set.has(from.stage);
		const [first] = own.get(stage) ?? [];
		if (isSet || first !== undefined) {
			set.add(stage);
		}

		return isSet || first === undefined ? [] : [first];
	});
}

/** A variable that the base image may set may make it absolute. */
function hasUnknown({instruction, escapeBy, get}: Step): boolean {
	return [...variablesIn(instruction.args, escapeBy)].some(name => get(name) === undefined);
}

function isAbsolute(path: string, isWindows: boolean): boolean {
	return path.startsWith('/') || (isWindows && /^(?:\\|[a-zA-Z]:[\\/])/.test(path));
}

/** The directory in force goes in front, where it is known and the path is written plainly. */
function fixOf({instruction}: Step, standing: Standing | undefined): Fix | undefined {
	const [word] = instruction.words;
	const {workdir} = standing ?? {};
	if (word === undefined || workdir === undefined || !/^[\w.$][\w.$/{}-]*$/.test(word.text)) {
		return undefined;
	}

	const lead = workdir === '/' ? '/' : `${workdir}/`;
	// `./` goes, so that the path reads as one would write it.
	const [dot = ''] = /^(?:\.\/)+/.exec(word.text) ?? [];
	const span = {start: word.span.start, end: word.span.start + dot.length};
	return {title: `${lead}${word.text.slice(dot.length)}`, edits: [{span, text: lead}]};
}
