import {
	booleanOf,
	choiceOf,
	dateOf,
	daysOf,
	type Field,
	fieldAt,
	fieldsOf,
	integerOf,
	listOf,
	optional,
	textOf,
} from './fields.ts';
import {type Level, type SeverityLevels, severityLevels, usualLevels} from './setting.ts';

/** What a bundle says beside its levels: how it comes into force, who must agree, and how long exceptions last. */
export interface Terms {
	/** How loudly it is told that something could not be looked at; `error` stops a build where the control is required. */
	readonly onNotEvaluated: Exclude<Level, 'off'>;
	/** Levels of rules that feed no control. */
	readonly severities: SeverityLevels;
	/** Whether the bundle judges only when it is approved, and how many approvers that takes. */
	readonly approval: {readonly isRequired: boolean; readonly quorum: number};
	/** Days that a waiver may last, by the severity of what it waives. */
	readonly waiverLimits: WaiverLimits;
	/** For so long after its adoption `error` acts as `warn`. */
	readonly rollout: {readonly graceDays: number; readonly adoptedAt?: string};
	readonly evidence: {
		readonly retentionDays: number;
		readonly anchors: readonly string[];
		readonly checkpointInterval: string;
	};
	readonly scope: {readonly categories: readonly string[]; readonly environments: readonly string[]};
	/** What the build gate makes of an image, beside the repairs that the rules are set to. */
	readonly build: BuildTerms;
}

export interface BuildTerms {
	/** What stays in the final image beside the application: all of its base, no package manager, or no shell either. */
	readonly profile: (typeof profiles)[number];
	/** Whether the result is started inside the build: never, where a rewrite has to be proven, or always; then a failure stops it. */
	readonly selfTest: (typeof selfTests)[number];
	/** Whether the files of the result are looked at before it is handed over. */
	readonly inspect: boolean;
	/** Whether the image gets a contract and a proxy. Without one it is handed over as BuildKit alone makes it. */
	readonly contract: boolean;
	/** Whether a build may be made with `SALLYPORT_BYPASS` although findings stop it; it is marked, and never passes. */
	readonly bypass: (typeof bypasses)[number];
}

/** Weakest first. */
export const profiles = ['keep', 'slim', 'shell-less'] as const;
/** Weakest first. */
export const selfTests = ['off', 'trial', 'required'] as const;
/** Weakest first. */
export const bypasses = ['allowed', 'forbidden'] as const;

export type WaiverLimits = Readonly<Record<'critical' | 'high' | 'medium' | 'low', number>>;

export const categories = [
	'security',
	'availability',
	'processing-integrity',
	'confidentiality',
	'privacy',
] as const;
export const unseenLevels = ['info', 'warn', 'error'] as const;

/** A year at least, which is the period of an audit. Ten at most, so that nobody writes hours by mistake. */
export const RETENTION = {min: 365, max: 3650} as const;
export const MAX_GRACE_DAYS = 180;
export const MAX_WAIVER_DAYS = 365;
export const MAX_QUORUM = 5;

/** What a bundle that says nothing says. */
export const usualTerms: Terms = {
	onNotEvaluated: 'info',
	severities: usualLevels,
	approval: {isRequired: false, quorum: 1},
	waiverLimits: {critical: 30, high: 180, medium: 365, low: 365},
	rollout: {graceDays: 0},
	evidence: {retentionDays: 365, anchors: [], checkpointInterval: '24h'},
	scope: {categories: ['security'], environments: ['*']},
	build: {profile: 'keep', selfTest: 'off', inspect: false, contract: true, bypass: 'allowed'},
};

/** Keys of `spec` that are terms; those of `defaults` come beside the settings' own. */
export const termKeys = ['approval', 'waiverLimits', 'rollout', 'evidence', 'scope', 'build'] as const;

export function termsOf(spec: Field, before: Terms): Terms {
	const defaults = fieldAt(spec, 'defaults');
	return {
		onNotEvaluated:
			optional(fieldAt(defaults, 'onNotEvaluated'), at => choiceOf(at, unseenLevels)) ??
			before.onNotEvaluated,
		severities: severityLevels(fieldAt(defaults, 'severities'), before.severities),
		approval: approvalOf(fieldAt(spec, 'approval'), before.approval),
		waiverLimits: limitsOf(fieldAt(spec, 'waiverLimits'), before.waiverLimits),
		rollout: rolloutOf(fieldAt(spec, 'rollout'), before.rollout),
		evidence: evidenceOf(fieldAt(spec, 'evidence'), before.evidence),
		scope: scopeOf(fieldAt(spec, 'scope'), before.scope),
		build: buildOf(fieldAt(spec, 'build'), before.build),
	};
}

function approvalOf(field: Field, before: Terms['approval']): Terms['approval'] {
	const {required, quorum} = fieldsOf(field, ['required', 'quorum']);
	return {
		isRequired: optional(required, booleanOf) ?? before.isRequired,
		quorum: optional(quorum, at => integerOf(at, 1, MAX_QUORUM)) ?? before.quorum,
	};
}

function limitsOf(field: Field, before: WaiverLimits): WaiverLimits {
	const limits = fieldsOf(field, ['critical', 'high', 'medium', 'low']);
	const of = (severity: keyof WaiverLimits): number =>
		Math.min(optional(limits[severity], daysOf) ?? before[severity], MAX_WAIVER_DAYS);
	return {critical: of('critical'), high: of('high'), medium: of('medium'), low: of('low')};
}

function rolloutOf(field: Field, before: Terms['rollout']): Terms['rollout'] {
	const {graceDays, adoptedAt} = fieldsOf(field, ['graceDays', 'adoptedAt']);
	const adopted = optional(adoptedAt, dateOf);
	return {
		graceDays: optional(graceDays, at => integerOf(at, 0, MAX_GRACE_DAYS)) ?? before.graceDays,
		// When another bundle was adopted says nothing about this one.
		...(adopted === undefined ? {} : {adoptedAt: adopted}),
	};
}

const NAME = {pattern: /^[a-z][a-z0-9-]{0,31}$/, expected: 'is a name such as object-lock'};
const INTERVAL = {pattern: /^[1-9]\d{0,3}[mhd]$/, expected: 'is a time such as 1h or 24h'};
const ENVIRONMENT = {pattern: /^(?:\*|[a-z][a-z0-9-]{0,31})$/, expected: 'is a name such as prod, or *'};

function evidenceOf(field: Field, before: Terms['evidence']): Terms['evidence'] {
	const keys = ['retentionDays', 'anchors', 'checkpointInterval'] as const;
	const {retentionDays, anchors, checkpointInterval} = fieldsOf(field, keys);
	return {
		retentionDays:
			optional(retentionDays, at => integerOf(at, RETENTION.min, RETENTION.max)) ?? before.retentionDays,
		anchors:
			optional(anchors, at => listOf(at, {min: 1, max: 8}, each => textOf(each, NAME))) ?? before.anchors,
		checkpointInterval: optional(checkpointInterval, at => textOf(at, INTERVAL)) ?? before.checkpointInterval,
	};
}

function scopeOf(field: Field, before: Terms['scope']): Terms['scope'] {
	const {categories: kinds, environments} = fieldsOf(field, ['categories', 'environments']);
	return {
		categories:
			optional(kinds, at => listOf(at, {min: 1, max: 5}, each => choiceOf(each, categories))) ??
			before.categories,
		environments:
			optional(environments, at => listOf(at, {min: 1, max: 32}, each => textOf(each, ENVIRONMENT))) ??
			before.environments,
	};
}

function buildOf(field: Field, before: BuildTerms): BuildTerms {
	const {profile, selfTest, inspect, contract, bypass} = fieldsOf(field, [
		'profile',
		'selfTest',
		'inspect',
		'contract',
		'bypass',
	]);
	return {
		profile: optional(profile, at => choiceOf(at, profiles)) ?? before.profile,
		selfTest: optional(selfTest, at => choiceOf(at, selfTests)) ?? before.selfTest,
		inspect: optional(inspect, booleanOf) ?? before.inspect,
		contract: optional(contract, booleanOf) ?? before.contract,
		bypass: optional(bypass, at => choiceOf(at, bypasses)) ?? before.bypass,
	};
}
