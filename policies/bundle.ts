import {type ControlId, catalogue, isControlId} from './catalogue.ts';
import {refuseWeaker} from './extension.ts';
import {
	entriesOf,
	type Field,
	fieldAt,
	fieldsOf,
	isRecord,
	type LineOf,
	listOf,
	quoted,
	refuse,
	textOf,
} from './fields.ts';
import {type Ground, strictestOf} from './ground.ts';
import {OWN_ID, type OwnRule, ownRulesOf} from './own-rule.ts';
import {isRuleId, type RuleId, ruleCatalogue} from './rules/index.ts';
import type {RuleMeta} from './rules/meta.ts';
import {choiceOfLevel, type Setting, settingOf, type Weaken, weakenOf} from './setting.ts';
import type {Standing} from './standing.ts';
import {type Terms, termKeys, termsOf, usualTerms} from './terms.ts';

/** A policy bundle, complete: it has a setting for every control and every rule of the catalogues. */
export interface Bundle extends Ground {
	readonly name: string;
	readonly version: string;
	readonly owner?: string;
	/** The bundles that this one extends, as they were found. */
	readonly parents: readonly Parent[];
	/** What is taken less strictly than there, and why. */
	readonly weakened: Readonly<Record<string, Weaken>>;
	/** Who approved it and which exceptions hold; absent where nobody looked. */
	readonly standing?: Standing;
	/** The parsed document as it was written: its RFC 8785 canonical form is what the policy digest is taken of. */
	readonly document: unknown;
}

/** A bundle that another one extends. */
export interface Parent {
	readonly digest: string;
	readonly bundle: Bundle;
}

const NAME = {pattern: /^[a-z0-9][a-z0-9-]{0,63}$/, expected: 'is a name such as baseline, in lower case'};
const TEXT = {expected: 'is a text of at most 500 characters'};
const MAX_PARENTS = 8;

/**
 * A parsed document → Bundle. Refuses what the catalogue does not know, so that a typing error never silently drops a control.
 * @param file name used in messages
 * @param parents the bundles that it says it extends
 * @throws {PolicyError} with the line to blame, where `lineOf` knows it
 */
export function readBundle(
	document: unknown,
	file: string,
	lineOf: LineOf = () => undefined,
	parents: readonly Parent[] = [],
): Bundle {
	const root: Field = {value: document, path: [], file, lineOf};
	const {apiVersion, kind, ...rest} = isRecord(document)
		? fieldsOf(root, ['apiVersion', 'kind', 'metadata', 'spec'])
		: refuse(root, 'a bundle is a mapping with apiVersion, kind, metadata and spec');
	if (apiVersion.value !== 'sallyport.dev/v1' || kind.value !== 'PolicyBundle') {
		refuse(apiVersion, 'a bundle starts with "apiVersion: sallyport.dev/v1" and "kind: PolicyBundle"');
	}

	const spec = fieldsOf(rest.spec, ['extends', 'defaults', 'rules', 'own', 'weaken', ...termKeys]);
	if (!isRecord(rest.metadata.value) || !isRecord(rest.spec.value)) {
		refuse(root, `${isRecord(rest.metadata.value) ? 'spec' : 'metadata'} is missing`);
	}

	if (!isRecord(spec.rules.value)) {
		refuse(rest.spec, 'spec.rules is missing');
	}

	const extended = extendsOf(rest.spec).map(wanted => parentOf(wanted, parents));
	const [first, ...more] = extended.map(({bundle}) => bundle);
	const before = first === undefined ? undefined : strictestOf([first, ...more]);
	const after = groundOf(rest.spec, before);
	const weakened = weakenedOf(rest.spec);
	if (before !== undefined) {
		refuseWeaker(rest.spec, before, after, weakened);
	}

	return {...namesOf(rest.metadata), ...after, parents: extended, weakened, document};
}

/** Which bundles a document says it extends, before any of them is at hand. */
export function extendedNames(document: unknown): readonly string[] {
	const spec: unknown = isRecord(document) ? document['spec'] : undefined;
	const list: unknown = isRecord(spec) ? spec['extends'] : undefined;
	const names = (Array.isArray(list) ? list : []).flatMap((each: unknown) =>
		isRecord(each) && typeof each['name'] === 'string' ? [each['name']] : [],
	);
	return names.slice(0, MAX_PARENTS);
}

interface Extends {
	readonly name: string;
	readonly digest: string;
	readonly at: Field;
}

function extendsOf(spec: Field): readonly Extends[] {
	return listOf(fieldAt(spec, 'extends'), {min: 0, max: MAX_PARENTS}, at => {
		const {name, digest} = fieldsOf(at, ['name', 'digest']);
		return {
			name: textOf(name, NAME),
			digest: textOf(digest, {
				pattern: /^sha256:[0-9a-f]{64}$/,
				expected: 'is the digest of the bundle as it was approved: sha256: and 64 hex digits',
			}),
			at,
		};
	});
}

function parentOf({name, digest, at}: Extends, parents: readonly Parent[]): Parent {
	const named = parents.filter(({bundle}) => bundle.name === name);
	const [other] = named;
	return (
		named.find(parent => parent.digest === digest) ??
		refuse(
			at,
			other === undefined
				? `this extends ${name}, and there is no such bundle beside it`
				: `this extends ${name} as ${digest}, and the one beside it is ${other.digest}; look at what changed and write the new digest`,
		)
	);
}

function namesOf(metadata: Field): Pick<Bundle, 'name' | 'version' | 'owner'> {
	const keys = [
		'name',
		'version',
		'title',
		'description',
		'owner',
		'catalogue',
		'criteriaSet',
		'labels',
		'changelog',
	];
	const fields = fieldsOf(metadata, keys);
	const at = (key: string): Field => fieldAt(metadata, key);
	for (const key of ['title', 'description', 'catalogue', 'criteriaSet'] as const) {
		if (fields[key]?.value !== undefined) {
			textOf(at(key), {...TEXT, max: 2000});
		}
	}

	const owner = at('owner').value === undefined ? undefined : textOf(at('owner'), TEXT);
	return {
		name: textOf(at('name'), NAME),
		version: textOf(at('version'), {
			pattern: /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:-[0-9A-Za-z.]{1,32})?$/,
			expected: 'is a version such as 1.4.0',
		}),
		...(owner === undefined ? {} : {owner}),
	};
}

const plain: Setting = {level: 'warn', fix: 'never', tiers: {}, params: {}};

function groundOf(spec: Field, before: Ground | undefined): Ground {
	const defaults = fieldAt(spec, 'defaults');
	fieldsOf(defaults, ['enforcement', 'fix', 'onNotEvaluated', 'severities']);
	if (before !== undefined) {
		refuseMeaningless(defaults);
	}

	const terms = termsOf(spec, before?.terms ?? usualTerms);
	const rules = fieldAt(spec, 'rules');
	const own = ownOf(spec, terms, before?.own ?? []);
	refuseUnknown(rules, own);
	const {enforcement, fix} = fieldsOf(defaults, ['enforcement', 'fix', 'onNotEvaluated', 'severities']);
	const given = Object.fromEntries([
		...(enforcement.value === undefined ? [] : [['enforcement', enforcement.value]]),
		...(fix.value === undefined ? [] : [['fix', fix.value]]),
	]);
	const fallback = settingOf({...defaults, value: given}, plain);
	const settings = Object.fromEntries(
		Object.keys(catalogue).map(id => [
			id,
			settingOf(fieldAt(rules, id), before?.settings[id as ControlId] ?? fallback),
		]),
	) as Record<ControlId, Setting>; // The keys are the catalogue's own.
	const inherited = (id: RuleId, {control, severity}: RuleMeta): Setting => {
		if (before?.named.has(id)) {
			return before.rules[id];
		}

		if (control === undefined) {
			return {...(before?.rules[id] ?? fallback), level: terms.severities[severity]};
		}

		// A rule that was only told what to repair, or given params, still weighs what its control weighs.
		const own = settings[control];
		const was = before?.rules[id];
		const isOwnFix = was !== undefined && was.fix !== before?.settings[control].fix;
		return {...own, fix: isOwnFix ? was.fix : own.fix, params: {...own.params, ...was?.params}};
	};
	const ruleSettings = Object.fromEntries(
		Object.entries(ruleCatalogue).map(([id, meta]) => [
			id,
			settingOf(fieldAt(rules, id), inherited(id as RuleId, meta)),
		]),
	) as Record<RuleId, Setting>; // Likewise.
	const named = new Set([
		...(before?.named ?? []),
		...entriesOf(rules)
			.filter(isWeighed)
			.map(([id]) => id),
	]);
	return {settings, rules: ruleSettings, terms, own, named};
}

/** Whether an entry says what a failure weighs, and not only what is done about it. */
function isWeighed([, at]: readonly [string, Field]): boolean {
	return ['enforcement', 'tiers'].some(key => fieldAt(at, key).value !== undefined);
}

/** Whoever extends a bundle takes its levels from there, for every control: a default for the rest would mean nothing. */
function refuseMeaningless(defaults: Field): void {
	for (const key of ['enforcement', 'fix']) {
		const at = fieldAt(defaults, key);
		if (at.value !== undefined) {
			refuse(
				at,
				`defaults.${key} means nothing in a bundle that extends another: the rest is as it is there`,
			);
		}
	}
}

/** Own rules, with those of the bundles that are extended; a level for one of those stands under `rules`. */
function ownOf(spec: Field, {severities}: Terms, before: readonly OwnRule[]): readonly OwnRule[] {
	const written = ownRulesOf(fieldAt(spec, 'own'), severities);
	const double = written.findIndex(({id}) => before.some(rule => rule.id === id));
	if (double >= 0) {
		const at = fieldAt(fieldAt(fieldAt(spec, 'own'), String(double)), 'id');
		refuse(
			at,
			`${written[double]?.id ?? ''} is a rule of the bundle that is extended; give yours another id`,
		);
	}

	const rules = fieldAt(spec, 'rules');
	return [...before, ...written].map(rule => {
		const at = fieldAt(rules, rule.id);
		return at.value === undefined ? rule : {...rule, level: choiceOfLevel(at, rule.level)};
	});
}

function refuseUnknown(rules: Field, own: readonly OwnRule[]): void {
	const ids = new Set(own.map(({id}) => id));
	const unknown = entriesOf(rules).find(
		([id]) => !isControlId(id) && !isRuleId(id) && !(OWN_ID.test(id) && ids.has(id)),
	);
	if (unknown !== undefined) {
		const [id, at] = unknown;
		const message = `the bundle names ${quoted(id)}, a control or rule which this version does not know`;
		refuse(at, message, 'POLICY_UNKNOWN_CONTROL');
	}
}

function weakenedOf(spec: Field): Readonly<Record<string, Weaken>> {
	const all = [['spec', spec] as const, ...entriesOf(fieldAt(spec, 'rules'))];
	return Object.fromEntries(
		all.flatMap(([id, at]) => {
			const weaken = weakenOf(at);
			return weaken === undefined ? [] : [[id, weaken] as const];
		}),
	);
}
