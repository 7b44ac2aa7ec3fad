import {isRuleId} from '../../../policies/rules/index.ts';
import {type RuleNames, ruleNames} from '../../../policies/rules/names.ts';
import {quoted} from '../../dockerfile/error.ts';
import {isIgnorable} from '../ignored.ts';
import {type Ignore, isMisspelt} from '../ignores.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';

/** An ignore is an exception that somebody will have to explain: without its reason ours does not count. */
export const reasonedIgnores: Rule = function* (subject) {
	const {ignores, dockerfile, file} = subject;
	const names = ignores.length === 0 ? undefined : ruleNames();
	for (const ignore of ignores) {
		if (names !== undefined) {
			yield* judged(ignore, names, subject);
		}
	}

	for (const comment of dockerfile.comments) {
		if (isMisspelt(comment)) {
			const message =
				'This comment looks like an ignore and is not read as one: write # sallyport ignore=RULE reason="why".';
			yield {result: 'fail', message, place: {file, line: comment.line}};
		}
	}
};

function* judged(ignore: Ignore, names: RuleNames, {file}: Subject): Iterable<RuleFinding> {
	const told = ignore.tool === 'sallyport' ? [lack(ignore), ...misnomers(ignore, names)] : [silence(ignore)];
	for (const message of told) {
		if (message !== undefined) {
			yield {result: 'fail', message, place: {file, line: ignore.line}};
		}
	}
}

function silence({tool, names, reason}: Ignore): string | undefined {
	const what = names.length === 0 ? 'what it finds' : listOf(names);
	return reason === undefined
		? `${tool} is told to ignore ${what}, and nobody says why: write the reason into a comment on the line ${tool === 'BuildKit' ? 'below' : 'above'}.`
		: undefined;
}

function lack({names, reason}: Ignore): string | undefined {
	if (names.length === 0) {
		return 'This ignore names no rule, so it ignores nothing: write # sallyport ignore=RULE reason="why".';
	}

	return reason === undefined
		? `The ignore of ${listOf(names)} has no reason, so it does not count: add reason="why" behind it.`
		: undefined;
}

function misnomers({names}: Ignore, known: RuleNames): readonly string[] {
	return names.flatMap(name => {
		if (known.rulesNamed(name).length === 0) {
			return `The ignore names ${quoted(name)}, which is no rule: correct the name, or take it out.`;
		}

		return isRuleId(name) && !isIgnorable(name)
			? `The rule ${name} judges exceptions, and no comment makes an exception of it: take the name out.`
			: [];
	});
}

function listOf(names: readonly string[]): string {
	return quoted(names.slice(0, 3).join(', '));
}
