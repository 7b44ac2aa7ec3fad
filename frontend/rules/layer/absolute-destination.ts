import type {Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Rule, Subject} from '../rule.ts';
import {standingsOf} from '../standing.ts';
import {variablesIn} from '../syntax/variables.ts';
import {type Copy, copyOf} from './copies.ts';

export const absoluteDestination: Rule = function* (subject) {
	const standings = standingsOf(subject);
	for (const copy of withoutWorkdir(subject)) {
		const {instruction, destination} = copy;
		const path = copy.step.expand(destination);
		if (path === undefined || path === '' || isAbsolute(path) || hasUnknown(copy)) {
			continue;
		}

		const {workdir} = standings.get(instruction) ?? {};
		const edit = workdir === undefined ? undefined : editOf(copy, workdir);
		yield {
			result: 'fail',
			message: `No WORKDIR is set, so ${quoted(path)} lies wherever the base image was left, and may lie elsewhere with its next version: write an absolute path, or set WORKDIR before.`,
			place: {file: subject.file, line: instruction.line},
			...(edit === undefined ? {} : {fix: {title: 'an absolute path', edits: [edit]}}),
		};
	}
};

/** The directory in force in front of the path, where that is written plainly. */
function editOf({instruction, destination, word}: Copy, workdir: string): Edit | undefined {
	if (instruction.json !== undefined || !/^[\w.$][\w.$/{}-]*$/.test(destination)) {
		return undefined;
	}

	const [dot = ''] = /^(?:\.(?:\/+|$))+/.exec(destination) ?? [];
	const span = {start: word.span.start, end: word.span.start + dot.length};
	return {span, text: workdir === '/' ? '/' : `${workdir}/`};
}

/** The copies of each stage where no WORKDIR is set before, in it or in those that it starts from. */
function withoutWorkdir({steps, references, dockerfile}: Subject): readonly Copy[] {
	const own = Map.groupBy(steps, ({stage}) => stage);
	const set = new Set<Stage>();
	return dockerfile.stages.flatMap(stage => {
		const parent = references.get(stage)?.[0]?.stage;
		const isSet = parent !== undefined && set.has(parent);
		const all = own.get(stage) ?? [];
		const first = isSet ? 0 : all.findIndex(({instruction}) => instruction.keyword === 'WORKDIR');
		if (first !== -1) {
			set.add(stage);
		}

		return all.slice(0, first === -1 ? undefined : first).flatMap(step => copyOf(step) ?? []);
	});
}

/** A variable that the base image may set may make it absolute. */
function hasUnknown({step: {escapeBy, get}, destination}: Copy): boolean {
	return [...variablesIn(destination, escapeBy)].some(name => get(name) === undefined);
}

function isAbsolute(path: string): boolean {
	return /^(?:[\\/]|[a-zA-Z]:[\\/]?)/.test(path);
}
