import {isRuleId, type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {ruleNames} from '../policies/rules/names.ts';
import type {Fixing} from './check-all.ts';
import {CliError} from './error.ts';

/** The options that ask for repairs, for `parseArgs`. */
export const fixOptions = {
	fix: {type: 'boolean', default: false},
	'fix-opt-in': {type: 'boolean', default: false},
	'fix-only': {type: 'string', multiple: true},
} as const;

export interface FixValues {
	readonly fix: boolean;
	readonly 'fix-opt-in': boolean;
	readonly 'fix-only'?: readonly string[];
}

/** Which repairs are asked for; undefined when none is. @throws {CliError} CLI_USAGE for a rule nobody knows */
export function fixingOf(asked: FixValues): Fixing | undefined {
	const {fix, 'fix-opt-in': optIn, 'fix-only': only = []} = asked;
	if (!fix && !optIn && only.length === 0) {
		return undefined;
	}

	const named = new Set(only.flatMap(list => list.split(',')).flatMap(name => rulesCalled(name.trim())));
	const mayWant: Fixing['mayWant'] = (rule, setting) => {
		const kind = ruleCatalogue[rule].fix;
		return named.size > 0
			? named.has(rule)
			: setting.fix !== 'never' && (kind === 'yes' || (optIn && kind === 'opt-in'));
	};
	return {
		named: [...named],
		// What only a build can prove may change what is built, until it has.
		wants: ({rule, setting, finding: {fix: made}}) =>
			isRuleId(rule) && mayWant(rule, setting) && (made?.isOnTrial !== true || optIn || named.size > 0),
		mayWant,
	};
}

/** A rule by our name, or those that others call so. */
function rulesCalled(name: string): readonly RuleId[] {
	const found = ruleNames().rulesNamed(name).filter(isRuleId);
	if (found.length === 0) {
		const shown = JSON.stringify(name.slice(0, 60));
		throw new CliError(
			'CLI_USAGE',
			`--fix-only: ${shown} is not a rule that this version knows, by any name`,
		);
	}

	return found;
}
