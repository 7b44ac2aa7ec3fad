import type {Stage} from '../../dockerfile/ast.ts';
import {type Family, familiesOf} from '../base-family.ts';
import type {Rule, Subject} from '../rule.ts';

/** Told once a stage: nothing after the first such RUN is ever reached. */
export const shellExists: Rule = function* (subject) {
	const {file} = subject;
	for (const {stage, line, family} of bareRuns(subject)) {
		if (subject.roleOf(stage) !== 'unused') {
			const base = family === 'scratch' ? 'scratch is empty' : 'this base brings no shell';
			const message = `This RUN needs /bin/sh, and ${base}: do it in another stage and copy what it makes, or write the command as a JSON array.`;
			yield {result: 'fail', message, place: {file, line}};
		}
	}
};

interface BareRun {
	readonly stage: Stage;
	readonly family: Family;
	readonly line: number;
}

const NOT_BARE: {readonly line?: number | undefined; readonly isBare: boolean} = {isBare: false};

function bareRuns(subject: Subject): readonly BareRun[] {
	const families = familiesOf(subject);
	const mayHave = new Set<Stage>();
	return subject.dockerfile.stages.flatMap(stage => {
		const parent = subject.references.get(stage)?.[0]?.stage;
		const family = families.get(stage);
		const isBare = family === 'scratch' || family === 'distroless';
		const run = isBare && (parent === undefined || !mayHave.has(parent)) ? firstRun(stage) : NOT_BARE;
		if (!run.isBare) {
			mayHave.add(stage);
		}
		return run.line === undefined || family === undefined ? [] : [{stage, family, line: run.line}];
	});
}

/** The stage's first RUN that needs a shell, unless something was brought in before that may be one. */
function firstRun({instructions}: Stage): {readonly line?: number | undefined; readonly isBare: boolean} {
	for (const {keyword, flags, json, line, heredocs} of instructions) {
		if (keyword === 'COPY' || keyword === 'ADD' || keyword === 'SHELL') {
			return {isBare: false};
		}
		const brings = flags.some(({name}) => name === 'mount');
		if (keyword === 'RUN' && brings) {
			return {isBare: false};
		}
		if (keyword === 'RUN' && json === undefined && heredocs.every(({content}) => !content.startsWith('#!'))) {
			return {line, isBare: true};
		}
	}
	return {isBare: true};
}
