import {type ControlId, catalogue} from './catalogue.ts';
import {type Difference, settingDifferences, termDifferences} from './difference.ts';
import {type Field, fieldAt, refuse} from './fields.ts';
import type {Ground} from './ground.ts';
import {type RuleId, ruleCatalogue} from './rules/index.ts';
import {levels, type Weaken} from './setting.ts';

/** Everything that two bundles decide differently. Of a rule that only follows its control nothing is said twice. */
export function differencesBetween(before: Ground, after: Ground): readonly Difference[] {
	const controls = Object.keys(catalogue) as ControlId[]; // The catalogue's own keys.
	const ofControls = new Map(
		controls.map(id => [id, settingDifferences(id, before.settings[id], after.settings[id])]),
	);
	const rules = Object.keys(ruleCatalogue) as RuleId[]; // Likewise.
	const ofRules = rules.flatMap(id => {
		const {control} = ruleCatalogue[id];
		const followed = control === undefined ? [] : (ofControls.get(control) ?? []);
		return settingDifferences(id, before.rules[id], after.rules[id]).filter(
			each => !followed.some(other => isSame(each, other)),
		);
	});
	return [
		...termDifferences(before.terms, after.terms),
		...[...ofControls.values()].flat(),
		...ofRules.filter(each => !followsSeverity(each, before, after)),
		...ownDifferences(before, after),
	];
}

/**
 * Refuses what takes anything less strictly than the bundles that are extended, without a reason.
 * @throws {PolicyError} POLICY_WEAKENED at the first of it
 */
export function refuseWeaker(
	spec: Field,
	before: Ground,
	after: Ground,
	weakened: Readonly<Record<string, Weaken>>,
): void {
	const weaker = differencesBetween(before, after).find(
		({direction, subject}) => direction === 'weaker' && weakened[reasonFor(subject)] === undefined,
	);
	if (weaker !== undefined) {
		const {subject, key, from, to} = weaker;
		const isTerm = reasonFor(subject) === 'spec';
		const at = isTerm ? fieldAt(spec, subject) : fieldAt(fieldAt(spec, 'rules'), subject);
		const where = isTerm ? 'spec.weaken' : `a "weaken" beside it`;
		refuse(
			at,
			`${subject}: ${key} is ${from} in the bundle that is extended, and ${to} is less strict; keep it, or say why with ${where} that has a reason`,
			'POLICY_WEAKENED',
		);
	}
}

/** A rule's reason may stand beside its control; a term's stands in the spec. */
function reasonFor(subject: string): string {
	return Object.hasOwn(catalogue, subject) ||
		Object.hasOwn(ruleCatalogue, subject) ||
		subject.startsWith('x-')
		? subject
		: 'spec';
}

function isSame(a: Difference, b: Difference): boolean {
	return a.key === b.key && a.from === b.from && a.to === b.to;
}

/** A rule that feeds no control and is not named goes with its severity, of which the terms tell. */
function followsSeverity({subject, key}: Difference, before: Ground, after: Ground): boolean {
	const meta = Object.hasOwn(ruleCatalogue, subject) ? ruleCatalogue[subject as RuleId] : undefined;
	return (
		meta !== undefined &&
		meta.control === undefined &&
		key === 'enforcement' &&
		!before.named.has(subject) &&
		!after.named.has(subject)
	);
}

function ownDifferences(before: Ground, after: Ground): readonly Difference[] {
	const old = new Map(before.own.map(rule => [rule.id, rule]));
	const now = new Map(after.own.map(rule => [rule.id, rule]));
	return [...new Set([...old.keys(), ...now.keys()])].flatMap((subject): readonly Difference[] => {
		const from = old.get(subject);
		const to = now.get(subject);
		if (from?.level === to?.level) {
			const isSameRule = JSON.stringify(from?.match) === JSON.stringify(to?.match);
			return isSameRule ? [] : [{subject, key: 'match', from: 'one', to: 'another', direction: 'other'}];
		}

		const direction =
			levels.indexOf(to?.level ?? 'off') > levels.indexOf(from?.level ?? 'off') ? 'stronger' : 'weaker';
		return [
			{subject, key: 'enforcement', from: from?.level ?? '(none)', to: to?.level ?? '(none)', direction},
		];
	});
}
