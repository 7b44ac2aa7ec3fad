import {ruleNames} from '../../../policies/rules/names.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Ignore} from '../ignores.ts';
import {lineSpanOf} from '../line-span.ts';
import type {Fix, Others, Rule, Subject} from '../rule.ts';

/** An ignore that nothing needs any more would one day hide something else. */
export const noStaleIgnores: Rule = function* (subject) {
	const {ignores, others, file} = subject;
	const own = ignores.filter(
		({tool, reason, names}) => tool === 'sallyport' && reason !== undefined && names.length > 0,
	);
	if (others === undefined || own.length === 0) {
		return;
	}

	const names = ruleNames();
	const lines = linesByRule(others);
	const asked = new Set(others.asked);
	for (const ignore of own) {
		const stale = ignore.names.filter(name => {
			const rules = names.rulesNamed(name);
			// A name that is not known is another rule's to tell, and of what was not asked nothing can be said.
			return rules.length > 0 && rules.every(rule => asked.has(rule)) && !isNeeded(ignore, rules, lines);
		});
		if (stale.length > 0) {
			const isWhole = stale.length === ignore.names.length;
			const what = quoted(stale.slice(0, 3).join(', '));
			const message = `Nothing is found here that ${what} would ignore: take ${isWhole ? 'the comment' : 'the name'} out, or put the comment right above what it is about.`;
			const fix = isWhole ? {fix: fixOf(ignore, subject)} : {};
			yield {result: 'fail', message, place: {file, line: ignore.line}, ...fix};
		}
	}
};

/** Sorted lines of findings; a finding without a line counts for whole files only. */
type Lines = ReadonlyMap<string, readonly number[]>;

function linesByRule({found}: Others): Lines {
	const groups = Map.groupBy(found, ({rule}) => rule);
	return new Map(
		Array.from(groups, ([rule, all]) => [rule, all.map(({line = 0}) => line).toSorted((a, b) => a - b)]),
	);
}

function isNeeded({scope}: Ignore, rules: readonly string[], lines: Lines): boolean {
	return rules.some(rule => {
		const own = lines.get(rule) ?? [];
		if (scope === 'file') {
			return own.length > 0;
		}

		const next = scope === undefined ? undefined : own[firstFrom(own, scope.line)];
		return next !== undefined && scope !== undefined && next <= scope.endLine;
	});
}

function firstFrom(sorted: readonly number[], line: number): number {
	let low = 0;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((sorted[middle] ?? line) < line) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}

	return low;
}

function fixOf({span, line, scope}: Ignore, {dockerfile}: Subject): Fix {
	// Between the lines of an instruction an empty one would be frowned upon.
	const isInside = typeof scope === 'object' && scope.line < line;
	return {
		title: 'ignore taken out',
		edits: [isInside ? {span, text: '#'} : {span: lineSpanOf(dockerfile.bytes, span), text: ''}],
		drops: 'comments',
	};
}
