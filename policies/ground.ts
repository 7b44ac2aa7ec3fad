import type {ControlId} from './catalogue.ts';
import type {OwnRule} from './own-rule.ts';
import type {RuleId} from './rules/index.ts';
import {higher, type Setting, stricterFix, tierLevel} from './setting.ts';
import {bypasses, profiles, selfTests, type Terms, usualTerms} from './terms.ts';

/** What a bundle decides, without its name: complete for every control and every rule of the catalogues. */
export interface Ground {
	readonly settings: Readonly<Record<ControlId, Setting>>;
	/** A rule takes its own setting, else its control's, else the level that the bundle gives to its severity. */
	readonly rules: Readonly<Record<RuleId, Setting>>;
	readonly terms: Terms;
	/** The organisation's own rules. */
	readonly own: readonly OwnRule[];
	/** Controls and rules whose weight is written out, here or in a bundle that this one extends. */
	readonly named: ReadonlySet<string>;
}

/** Several bundles as one: of each setting and each term the strictest. */
export function strictestOf(grounds: readonly [Ground, ...Ground[]]): Ground {
	const [first, ...more] = grounds;
	return more.reduce(stricterOfTwo, first);
}

function stricterOfTwo(a: Ground, b: Ground): Ground {
	const own = new Map([...a.own, ...b.own].map(rule => [rule.id, rule]));
	return {
		settings: merged(a.settings, b.settings),
		rules: merged(a.rules, b.rules),
		terms: stricterTerms(a.terms, b.terms),
		own: [...own.values()],
		named: new Set([...a.named, ...b.named]),
	};
}

function merged<Id extends string>(
	a: Readonly<Record<Id, Setting>>,
	b: Readonly<Record<Id, Setting>>,
): Readonly<Record<Id, Setting>> {
	const ids = Object.keys(a) as Id[]; // Both are complete.
	return Object.fromEntries(ids.map(id => [id, stricter(a[id], b[id])])) as Record<Id, Setting>;
}

/** The stricter of each part. Lists of what is allowed are met; what cannot be compared is the later one's. */
function stricter(a: Setting, b: Setting): Setting {
	const tiers = new Set([...Object.keys(a.tiers), ...Object.keys(b.tiers)]);
	const allowed = Object.entries(a.params).flatMap(([name, value]) => {
		const other = b.params[name];
		return /^allow/.test(name) && Array.isArray(value) && Array.isArray(other)
			? [[name, value.filter(each => other.includes(each))] as const]
			: [];
	});
	return {
		level: higher(a.level, b.level),
		fix: stricterFix(a.fix, b.fix),
		tiers: Object.fromEntries(
			Array.from(tiers, tier => [tier, higher(tierLevel(a, tier), tierLevel(b, tier))]),
		),
		params: {...a.params, ...b.params, ...Object.fromEntries(allowed)},
	};
}

function stricterTerms(a: Terms, b: Terms): Terms {
	const severities = Object.entries(a.severities).map(([name, level]) => [
		name,
		higher(level, b.severities[name as keyof Terms['severities']]),
	]);
	const limits = Object.entries(a.waiverLimits).map(([name, days]) => [
		name,
		Math.min(days, b.waiverLimits[name as keyof Terms['waiverLimits']]),
	]);
	return {
		...usualTerms,
		onNotEvaluated: higher(a.onNotEvaluated, b.onNotEvaluated) as Terms['onNotEvaluated'],
		severities: Object.fromEntries(severities) as Terms['severities'],
		approval: {
			isRequired: a.approval.isRequired || b.approval.isRequired,
			quorum: Math.max(a.approval.quorum, b.approval.quorum),
		},
		waiverLimits: Object.fromEntries(limits) as Terms['waiverLimits'],
		rollout: {graceDays: Math.min(a.rollout.graceDays, b.rollout.graceDays)},
		evidence: {
			retentionDays: Math.max(a.evidence.retentionDays, b.evidence.retentionDays),
			anchors: [...new Set([...a.evidence.anchors, ...b.evidence.anchors])],
			checkpointInterval: b.evidence.checkpointInterval,
		},
		scope: {
			categories: [...new Set([...a.scope.categories, ...b.scope.categories])],
			environments: [...new Set([...a.scope.environments, ...b.scope.environments])],
		},
		build: {
			profile: later(profiles, a.build.profile, b.build.profile),
			selfTest: later(selfTests, a.build.selfTest, b.build.selfTest),
			inspect: a.build.inspect || b.build.inspect,
			contract: a.build.contract || b.build.contract,
			bypass: later(bypasses, a.build.bypass, b.build.bypass),
		},
	};
}

/** Of two words of a list that goes from the weakest to the strictest, the one further on. */
function later<T>(words: readonly T[], a: T, b: T): T {
	return words.indexOf(a) > words.indexOf(b) ? a : b;
}
