import type {Bundle} from '../policies/bundle.ts';
import {type ControlId, isControlId} from '../policies/catalogue.ts';
import {PolicyError} from '../policies/error.ts';
import {isRuleId, type RuleId, ruleCatalogue} from '../policies/rules/index.ts';
import {fixModes, type Level, levels, type Setting} from '../policies/setting.ts';
import type {Project, StricterRule} from './project.ts';
import {withoutRepairs} from './switched-off.ts';
import {refuseWeakerProxy} from './weakened.ts';

/**
 * The bundle, with the rules that the repository wants stricter made stricter. The bundle's document, and so its digest,
 * stays what was approved. A repair may be switched off, because its finding then stays.
 * @param switchedOff repairs that this build does without, beside those that the repository does without
 * @throws {PolicyError} POLICY_WEAKENED when the repository asks for less than the bundle does
 */
export function strengthen(
	bundle: Bundle,
	project: Project,
	switchedOff: ReadonlySet<RuleId> = new Set(),
): Bundle {
	refuseWeakerProxy(bundle, project);
	const settings: Record<ControlId, Setting> = {...bundle.settings};
	const rules: Record<RuleId, Setting> = {...bundle.rules};
	for (const wish of project.rules) {
		const {id} = wish;
		const refuse = refusal(wish, bundle.name, project.file);
		if (isControlId(id)) {
			settings[id] = stricterOf(settings[id], wish, refuse);
			// What is asked of a control is asked of its rules, wherever they are not stricter already.
			for (const rule of rulesOf(id)) {
				rules[rule] = stricterOf(rules[rule], wish);
			}
		}

		if (isRuleId(id)) {
			rules[id] = stricterOf(rules[id], wish, refuse);
		}
	}

	return withoutRepairs({...bundle, settings, rules}, new Set([...project.switchedOff, ...switchedOff]));
}

function rulesOf(control: ControlId): readonly RuleId[] {
	return Object.entries(ruleCatalogue).flatMap(([id, meta]) =>
		meta.control === control && isRuleId(id) ? [id] : [],
	);
}

type Refuse = (key: string, wanted: string, approved: string) => never;

function refusal({id, line}: StricterRule, bundle: string, file: string): Refuse {
	return (key, wanted, approved) => {
		const message = `${file}:${line}: ${id} asks for "${key}: ${wanted}", but the bundle ${bundle} says ${approved}; a repository may make a rule stricter, never laxer. Ask for a waiver under "waivers:" instead`;
		throw new PolicyError('POLICY_WEAKENED', message, line);
	};
}

/** @param refuse what to do about a wish for less; without it the setting stays where it is stricter */
function stricterOf(setting: Setting, wish: StricterRule, refuse?: Refuse): Setting {
	const {level = setting.level, fix = setting.fix} = wish;
	if (levels.indexOf(level) < levels.indexOf(setting.level)) {
		refuse?.('enforcement', level, setting.level);
	}

	if (fixModes.indexOf(fix) < fixModes.indexOf(setting.fix)) {
		refuse?.('fix', fix, setting.fix);
	}

	const tiers = Object.fromEntries(
		Object.entries(setting.tiers).map(([tier, own]) => [
			tier,
			wish.level === undefined ? own : higher(own, level),
		]),
	);
	const isMore = fixModes.indexOf(fix) > fixModes.indexOf(setting.fix);
	return {...setting, level: higher(setting.level, level), fix: isMore ? fix : setting.fix, tiers};
}

function higher(a: Level, b: Level): Level {
	return levels.indexOf(a) > levels.indexOf(b) ? a : b;
}
