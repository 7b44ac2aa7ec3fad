import {type ControlId, catalogue, isControlId} from './catalogue.ts';
import {choiceOf, dateOf, type Field, fieldsOf, listOf, optional, quoted, refuse, textOf} from './fields.ts';
import {OWN_ID, type OwnRule} from './own-rule.ts';
import {documentOf, type Person, personOf} from './person.ts';
import {isRuleId, ruleCatalogue} from './rules/index.ts';
import type {WaiverLimits} from './terms.ts';

/** A decision that a control or a rule need not hold somewhere for a while, and what holds instead. Signed by who approved it. */
export interface Waiver {
	readonly id: string;
	readonly title: string;
	/** A control, which stands for all of its rules, or one rule. */
	readonly rule: string;
	readonly scope: WaiverScope;
	readonly reason: string;
	readonly compensating: readonly {readonly description: string; readonly rule?: string}[];
	readonly requestedBy: Person;
	readonly approvedBy: Person;
	/** RFC 3339, both. It ends at the second. */
	readonly effectiveFrom: string;
	readonly expiresAt: string;
}

/** Everything that is named must hold. What is not named is not asked. */
export interface WaiverScope {
	/** What an image says it is: its label `org.opencontainers.image.title`. */
	readonly services?: readonly string[];
	/** Findings, by the text they are about: see `sallyport policy waive`. */
	readonly fingerprints?: readonly string[];
	/** Images at run time. */
	readonly imageDigests?: readonly string[];
	readonly environments?: readonly string[];
}

export const WAIVER_ID = /^W-\d{4}-\d{3,6}$/;
const NAME = {
	pattern: /^[^*?\s]{1,200}$/,
	expected: 'names one thing; a pattern would waive what nobody looked at',
};
const FINGERPRINT = {pattern: /^sha256:[0-9a-f]{64}$/, expected: 'is a digest: sha256: and 64 hex digits'};
const SENTENCE = {expected: 'is a sentence of 20 to 1000 characters', pattern: /^.{20,}$/u, max: 1000};
const scopeKeys = ['services', 'fingerprints', 'imageDigests', 'environments'] as const;

/** @throws {PolicyError} with the line to blame */
export function readWaiver(document: Field): Waiver {
	const {metadata, spec} = documentOf(document, 'Waiver');
	const names = fieldsOf(metadata, ['id', 'title', 'renews']);
	const fields = fieldsOf(spec, [
		'rule',
		'scope',
		'reason',
		'risk',
		'compensating',
		'requestedBy',
		'approvedBy',
		'effectiveFrom',
		'expiresAt',
		'ticket',
	]);
	riskOf(fields.risk);
	optional(fields.ticket, at => textOf(at, {expected: 'is the name of a ticket', max: 200}));
	optional(names.renews, at => textOf(at, {pattern: WAIVER_ID, expected: 'is the id of a waiver'}));
	const waiver: Waiver = {
		id: textOf(names.id, {pattern: WAIVER_ID, expected: 'is an id such as W-2027-014'}),
		title: textOf(names.title, {expected: 'is what is waived, in a few words', max: 200}),
		rule: ruleOf(fields.rule),
		scope: scopeOf(fields.scope),
		reason: textOf(fields.reason, SENTENCE),
		compensating: listOf(fields.compensating, {min: 1, max: 16}, compensatingOf),
		requestedBy: personOf(fields.requestedBy),
		approvedBy: personOf(fields.approvedBy),
		effectiveFrom: dateOf(fields.effectiveFrom),
		expiresAt: dateOf(fields.expiresAt),
	};
	if (waiver.approvedBy.id === waiver.requestedBy.id) {
		refuse(fields.approvedBy, `${waiver.approvedBy.id} asked for this waiver; somebody else approves it`);
	}

	if (waiver.compensating.some(({rule}) => rule === waiver.rule)) {
		refuse(fields.compensating, `${waiver.rule} is what is waived, so it cannot be what holds instead`);
	}

	if (Date.parse(waiver.expiresAt) <= Date.parse(waiver.effectiveFrom)) {
		refuse(fields.expiresAt, 'spec.expiresAt is after spec.effectiveFrom');
	}

	return waiver;
}

/** How long a waiver of this may last under a bundle, in days. */
export function longestFor(rule: string, limits: WaiverLimits, own: readonly OwnRule[]): number {
	const severity = isControlId(rule)
		? catalogue[rule].severity
		: isRuleId(rule)
			? ruleCatalogue[rule].severity
			: own.find(({id}) => id === rule)?.severity;
	// A rule that is unknown here is taken as the gravest: its waiver is the shortest.
	return limits[severity === 'info' ? 'low' : (severity ?? 'critical')];
}

/** Whether a waiver of `waived` covers what this rule found. */
export function isCoveredBy(
	waived: string,
	rule: string | undefined,
	control: ControlId | undefined,
): boolean {
	return waived === rule || waived === control;
}

function ruleOf(field: Field): string {
	const id = textOf(field, {expected: 'is the id of a control or a rule', max: 64});
	return isControlId(id) || isRuleId(id) || OWN_ID.test(id)
		? id
		: refuse(
				field,
				`${quoted(id)} is not a control or rule that this version knows`,
				'POLICY_UNKNOWN_CONTROL',
			);
}

function scopeOf(field: Field): WaiverScope {
	const {services, fingerprints, imageDigests, environments} = fieldsOf(field, scopeKeys);
	const list = (at: Field, expected: typeof NAME): readonly string[] | undefined =>
		optional(at, each => listOf(each, {min: 1, max: 64}, item => textOf(item, expected)));
	const scope = {
		services: list(services, NAME),
		fingerprints: list(fingerprints, FINGERPRINT),
		imageDigests: list(imageDigests, FINGERPRINT),
		environments: list(environments, NAME),
	};
	const given = Object.entries(scope).filter(([, each]) => each !== undefined);
	// An environment alone is everything that runs there.
	if (!given.some(([key]) => key !== 'environments')) {
		refuse(
			field,
			'spec.scope names services, fingerprints or imageDigests; a waiver of everything is no exception',
		);
	}

	return Object.fromEntries(given);
}

function riskOf(field: Field): void {
	const {residual, owner, riskRef} = fieldsOf(field, ['residual', 'owner', 'riskRef']);
	choiceOf(residual, ['low', 'medium', 'high', 'critical']);
	personOf(owner);
	optional(riskRef, at => textOf(at, {expected: 'is the name of a risk', max: 200}));
}

function compensatingOf(field: Field): {readonly description: string; readonly rule?: string} {
	const {description, rule} = fieldsOf(field, ['description', 'rule']);
	const id = optional(rule, ruleOf);
	return {
		description: textOf(description, {
			pattern: /^.{10,}$/u,
			expected: 'is a sentence of 10 to 500 characters',
		}),
		...(id === undefined ? {} : {rule: id}),
	};
}
