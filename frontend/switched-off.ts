import type {Bundle} from '../policies/bundle.ts';
import {isRuleId, type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import type {Setting} from '../policies/setting.ts';
import {nearestOf} from './dockerfile/nearest.ts';

// Repairs that somebody does not want made. Each is called like its rule, whose finding stays what it is.

/** What is wrong with the name of a repair, as the end of a sentence; undefined when there is such a repair. */
export function noRepair(name: string): string | undefined {
	if (isRuleId(name)) {
		return ruleCatalogue[name].fix === 'no' ? `the rule ${name} repairs nothing` : undefined;
	}

	const nearest = nearestOf(name, repairs());
	const hint = nearest === undefined ? '"sallyport check" names them' : `did you mean ${nearest}?`;
	return `there is no repair called ${JSON.stringify(name.slice(0, 60))}; ${hint}`;
}

export function repairs(): readonly RuleId[] {
	return Object.entries(ruleCatalogue).flatMap(([id, {fix}]) => (fix !== 'no' && isRuleId(id) ? [id] : []));
}

/** The bundle, in which these repairs are not made. What they would have repaired fails as before. */
export function withoutRepairs(bundle: Bundle, off: ReadonlySet<RuleId>): Bundle {
	if (off.size === 0) {
		return bundle;
	}

	const rules: Record<RuleId, Setting> = {...bundle.rules};
	for (const id of off) {
		rules[id] = {...rules[id], fix: 'never'};
	}

	return {...bundle, rules};
}
