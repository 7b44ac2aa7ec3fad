import {type Bundle, fixModes, type Level, levels, type Setting} from '../policies/bundle.ts';
import {PolicyError} from '../policies/error.ts';
import type {Project, StricterRule} from './project.ts';

/**
 * The bundle, with the rules that the repository wants stricter made stricter. The bundle's document, and so its digest,
 * stays what was approved.
 * @throws {PolicyError} POLICY_WEAKENED when the repository asks for less than the bundle does
 */
export function strengthen(bundle: Bundle, project: Project): Bundle {
	const stricter = project.rules.map(
		rule =>
			[rule.control, stricterOf(bundle.settings[rule.control], rule, bundle.name, project.file)] as const,
	);
	return {...bundle, settings: {...bundle.settings, ...Object.fromEntries(stricter)}};
}

function stricterOf(setting: Setting, rule: StricterRule, bundle: string, file: string): Setting {
	const {control, level = setting.level, fix = setting.fix, line} = rule;
	const refuse = (key: string, wanted: string, approved: string): never => {
		const message = `${file}:${line}: ${control} asks for "${key}: ${wanted}", but the bundle ${bundle} says ${approved}; a repository may make a rule stricter, never laxer. Ask for a waiver under "waivers:" instead`;
		throw new PolicyError('POLICY_WEAKENED', message, line);
	};
	if (levels.indexOf(level) < levels.indexOf(setting.level)) {
		refuse('enforcement', level, setting.level);
	}

	if (fixModes.indexOf(fix) < fixModes.indexOf(setting.fix)) {
		refuse('fix', fix, setting.fix);
	}

	const tiers = Object.fromEntries(
		Object.entries(setting.tiers).map(([tier, own]) => [
			tier,
			rule.level === undefined ? own : higher(own, level),
		]),
	);
	return {level, fix, tiers};
}

function higher(a: Level, b: Level): Level {
	return levels.indexOf(a) > levels.indexOf(b) ? a : b;
}
