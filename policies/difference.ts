import {isCovered} from './glob.ts';
import {fixModes, type Level, levels, type ParamValue, type Setting, tierLevel} from './setting.ts';
import {bypasses, profiles, selfTests, type Terms} from './terms.ts';

/** One thing that two bundles say differently. */
export interface Difference {
	/** A control, a rule, or a part of `spec`. */
	readonly subject: string;
	readonly key: string;
	readonly from: string;
	readonly to: string;
	readonly direction: Direction;
}

/** `other`: neither is stricter by its name alone. */
export type Direction = 'stronger' | 'weaker' | 'other';

/** What is different in one setting, and which way. */
export function settingDifferences(subject: string, before: Setting, after: Setting): readonly Difference[] {
	const tiers = new Set([...Object.keys(before.tiers), ...Object.keys(after.tiers)]);
	const names = new Set([...Object.keys(before.params), ...Object.keys(after.params)]);
	return [
		levelDifference(subject, 'enforcement', before.level, after.level),
		...Array.from(tiers, tier =>
			levelDifference(subject, `tiers.${tier}`, tierLevel(before, tier), tierLevel(after, tier)),
		),
		fixDifference(subject, before, after),
		...Array.from(names, name => paramDifference(subject, name, before.params[name], after.params[name])),
		differenceOf(subject, 'enforceFrom', before.enforceFrom, after.enforceFrom, 'other'),
	].filter(each => each !== undefined);
}

function levelDifference(subject: string, key: string, from: Level, to: Level): Difference | undefined {
	return differenceOf(
		subject,
		key,
		from,
		to,
		levels.indexOf(to) > levels.indexOf(from) ? 'stronger' : 'weaker',
	);
}

/** A repair that is no longer made leaves the fault in the image, unless the fault stops the build. */
function fixDifference(subject: string, before: Setting, after: Setting): Difference | undefined {
	const isLess = fixModes.indexOf(after.fix) < fixModes.indexOf(before.fix);
	const direction = isLess ? (after.level === 'error' ? 'other' : 'weaker') : 'stronger';
	return differenceOf(subject, 'fix', before.fix, after.fix, direction);
}

function paramDifference(
	subject: string,
	name: string,
	from: ParamValue | undefined,
	to: ParamValue | undefined,
): Difference | undefined {
	return differenceOf(subject, `params.${name}`, shown(from), shown(to), paramDirection(name, from, to));
}

/**
 * A parameter's name says which way is stricter: `allow…` may only narrow, `deny…` and `require…` only grow, `max…` only
 * fall and `min…` only rise.
 */
function paramDirection(name: string, from: ParamValue | undefined, to: ParamValue | undefined): Direction {
	if (/^allow/.test(name)) {
		return allowDirection(from, to);
	}

	if (from === undefined || to === undefined) {
		return 'other';
	}

	if (/^(?:deny|require)/.test(name)) {
		return textsOf(from).every(each => textsOf(to).includes(each)) ? 'stronger' : 'weaker';
	}

	if (/^(?:max|min)/.test(name) && typeof from === 'number' && typeof to === 'number') {
		return to < from === name.startsWith('max') ? 'stronger' : 'weaker';
	}

	return 'other';
}

function allowDirection(from: ParamValue | undefined, to: ParamValue | undefined): Direction {
	if (from === undefined || to === undefined) {
		return to === undefined ? 'weaker' : 'stronger';
	}

	return textsOf(to).every(each => isCovered(each, textsOf(from))) ? 'stronger' : 'weaker';
}

function textsOf(value: ParamValue): readonly string[] {
	return typeof value === 'object' ? value : [String(value)];
}

/** What is different in the terms, and which way. */
export function termDifferences(before: Terms, after: Terms): readonly Difference[] {
	const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;
	const limits = ['critical', 'high', 'medium', 'low'] as const;
	const {approval, waiverLimits, evidence} = before;
	const missing = (from: readonly string[], to: readonly string[]): Direction =>
		from.every(each => to.includes(each)) ? 'stronger' : 'weaker';
	return [
		levelDifference('defaults', 'onNotEvaluated', before.onNotEvaluated, after.onNotEvaluated),
		...severities.map(each =>
			levelDifference('defaults', `severities.${each}`, before.severities[each], after.severities[each]),
		),
		differenceOf(
			'approval',
			'required',
			approval.isRequired,
			after.approval.isRequired,
			after.approval.isRequired ? 'stronger' : 'weaker',
		),
		numberDifference('approval', 'quorum', approval.quorum, after.approval.quorum, 'more'),
		...limits.map(each =>
			numberDifference('waiverLimits', each, waiverLimits[each], after.waiverLimits[each], 'less'),
		),
		differenceOf('rollout', 'graceDays', before.rollout.graceDays, after.rollout.graceDays, 'other'),
		differenceOf('rollout', 'adoptedAt', before.rollout.adoptedAt, after.rollout.adoptedAt, 'other'),
		numberDifference(
			'evidence',
			'retentionDays',
			evidence.retentionDays,
			after.evidence.retentionDays,
			'more',
		),
		differenceOf(
			'evidence',
			'anchors',
			evidence.anchors.join(', '),
			after.evidence.anchors.join(', '),
			'other',
		),
		differenceOf(
			'evidence',
			'checkpointInterval',
			evidence.checkpointInterval,
			after.evidence.checkpointInterval,
			'other',
		),
		differenceOf(
			'scope',
			'categories',
			before.scope.categories.join(', '),
			after.scope.categories.join(', '),
			missing(before.scope.categories, after.scope.categories),
		),
		differenceOf(
			'scope',
			'environments',
			before.scope.environments.join(', '),
			after.scope.environments.join(', '),
			'other',
		),
		rankDifference('profile', profiles, before.build.profile, after.build.profile),
		rankDifference('selfTest', selfTests, before.build.selfTest, after.build.selfTest),
		rankDifference('bypass', bypasses, before.build.bypass, after.build.bypass),
		...(['inspect', 'contract'] as const).map(key =>
			rankDifference(key, [false, true], before.build[key], after.build[key]),
		),
	].filter(each => each !== undefined);
}

/** @param ranks what there is, the weakest first */
function rankDifference<T extends string | boolean>(
	key: string,
	ranks: readonly T[],
	from: T,
	to: T,
): Difference | undefined {
	return differenceOf(
		'build',
		key,
		from,
		to,
		ranks.indexOf(to) > ranks.indexOf(from) ? 'stronger' : 'weaker',
	);
}

function numberDifference(
	subject: string,
	key: string,
	from: number,
	to: number,
	stricter: 'more' | 'less',
): Difference | undefined {
	return differenceOf(subject, key, from, to, to > from === (stricter === 'more') ? 'stronger' : 'weaker');
}

function differenceOf(
	subject: string,
	key: string,
	from: string | number | boolean | undefined,
	to: string | number | boolean | undefined,
	direction: Direction,
): Difference | undefined {
	return from === to
		? undefined
		: {subject, key, from: String(from ?? '(none)'), to: String(to ?? '(none)'), direction};
}

function shown(value: ParamValue | undefined): string | undefined {
	return value === undefined ? undefined : textsOf(value).join(', ');
}
