import {
	choiceOf,
	dateOf,
	entriesOf,
	type Field,
	fieldAt,
	fieldsOf,
	isRecord,
	nameOf,
	quoted,
	refuse,
} from './fields.ts';
import type {Severity} from './rules/meta.ts';

/** How much a failing control weighs, weakest first. Only `error` stops a build. */
export const levels = ['off', 'info', 'warn', 'error'] as const;
export type Level = (typeof levels)[number];

/** Whether the frontend may repair what it found: not at all, only show how, or do it. */
export const fixModes = ['never', 'suggest', 'auto'] as const;
export type FixMode = (typeof fixModes)[number];

export interface Setting {
	readonly level: Level;
	readonly fix: FixMode;
	/** Levels for tiers of findings (see `Finding.tier`); others take `level`. */
	readonly tiers: Readonly<Record<string, Level>>;
	/** What a rule or probe is told, e.g. the list of approved images. Each reads its own, and refuses nothing. */
	readonly params: Readonly<Record<string, ParamValue>>;
	/** RFC 3339. Until then `error` acts as `warn`. */
	readonly enforceFrom?: string;
	/** An error that acts as a warning for now: until when. Only in a bundle as of a day. */
	readonly grace?: {readonly until: string};
}

export type ParamValue = string | number | boolean | readonly string[];

/** Why something is taken less strictly than in the bundle that is extended. */
export interface Weaken {
	readonly reason: string;
	readonly riskRef?: string;
}

const KEYS = ['enforcement', 'fix', 'tiers', 'params', 'enforceFrom', 'weaken'] as const;

/** What a bundle writes about one id; what it leaves out is the fallback's. */
export function settingOf(field: Field, fallback: Setting): Setting {
	if (field.value === undefined) {
		return fallback;
	}

	if (!isRecord(field.value)) {
		return refuse(field, `${idOf(field)}: a setting is a mapping, such as "{enforcement: warn, fix: auto}"`);
	}

	const unknown = entriesOf(field).find(([key]) => !KEYS.some(known => known === key));
	if (unknown !== undefined) {
		const [key, at] = unknown;
		refuse(at, `${idOf(field)}: ${quoted(key)} is not a key of a setting; use ${KEYS.join(', ')}`);
	}

	const {enforcement, fix, tiers, params, enforceFrom} = fieldsOf(field, KEYS);
	// An id that is given a level of its own leaves the tiers of its fallback behind.
	const keepsTiers = enforcement.value === undefined && tiers.value === undefined;
	const from = enforceFrom.value === undefined ? fallback.enforceFrom : dateOf(enforceFrom);
	return {
		level: enforcement.value === undefined ? fallback.level : choiceOf(enforcement, levels),
		fix: fix.value === undefined ? fallback.fix : choiceOf(fix, fixModes),
		tiers: keepsTiers ? fallback.tiers : tiersOf(tiers),
		params: {...fallback.params, ...paramsOf(params)},
		...(from === undefined ? {} : {enforceFrom: from}),
	};
}

/** The level alone, for a rule that is written out elsewhere. */
export function choiceOfLevel(field: Field, fallback: Level): Level {
	const {enforcement} = fieldsOf(field, ['enforcement', 'weaken']);
	return enforcement.value === undefined ? fallback : choiceOf(enforcement, levels);
}

/** The reason that is given for something weaker, beside the setting or for the whole spec. */
export function weakenOf(field: Field): Weaken | undefined {
	const {value} = fieldAt(field, 'weaken');
	if (value === undefined) {
		return undefined;
	}

	const {reason, riskRef} = fieldsOf(fieldAt(field, 'weaken'), ['reason', 'riskRef']);
	const text = reason.value;
	if (typeof text !== 'string' || text.trim().length < 20 || text.length > 500) {
		return refuse(
			reason,
			`${nameOf(reason)} is a sentence of 20 to 500 characters that an auditor can follow`,
		);
	}

	return {reason: text, ...(typeof riskRef.value === 'string' ? {riskRef: riskRef.value} : {})};
}

function tiersOf(field: Field): Readonly<Record<string, Level>> {
	const entries = entriesOf(field).map(([tier, at]) =>
		/^[A-Za-z][\w-]{0,31}$/.test(tier)
			? ([tier, choiceOf(at, levels)] as const)
			: refuse(at, `${nameOf(field)} has keys such as T1, and ${quoted(tier)} is none`),
	);
	return Object.fromEntries(entries);
}

/** Entries that one list of a rule may have. */
const MAX_PARAMS = 1000;

function paramsOf(field: Field): Readonly<Record<string, ParamValue>> {
	const entries = entriesOf(field).map(([name, at]) => {
		const {value} = at;
		return isParam(value)
			? ([name, value] as const)
			: refuse(at, `${nameOf(at)} is a text, a number, true, false or a list of texts`);
	});
	return Object.fromEntries(entries);
}

function isParam(value: unknown): value is ParamValue {
	return (
		['string', 'boolean'].includes(typeof value) ||
		(typeof value === 'number' && Number.isFinite(value)) ||
		(Array.isArray(value) &&
			value.length <= MAX_PARAMS &&
			value.every(item => typeof item === 'string' && item.length <= 256))
	);
}

export type SeverityLevels = Readonly<Record<Severity, Level>>;

/** What rules that feed no control are taken as, when a bundle says nothing. */
export const usualLevels: SeverityLevels = {
	critical: 'warn',
	high: 'warn',
	medium: 'info',
	low: 'info',
	info: 'off',
};

export function severityLevels(field: Field, fallback: SeverityLevels): SeverityLevels {
	const unknown = entriesOf(field).find(([name]) => !Object.hasOwn(usualLevels, name));
	if (unknown !== undefined) {
		const [name, at] = unknown;
		refuse(at, `${quoted(name)} is no severity; they are ${Object.keys(usualLevels).join(', ')}`);
	}

	const entries = Object.keys(usualLevels).map(name => {
		const at = fieldAt(field, name);
		return [name, at.value === undefined ? fallback[name as Severity] : choiceOf(at, levels)];
	});
	return Object.fromEntries(entries) as SeverityLevels; // The keys are those of `usualLevels`.
}

export function higher(a: Level, b: Level): Level {
	return levels.indexOf(a) > levels.indexOf(b) ? a : b;
}

export function stricterFix(a: FixMode, b: FixMode): FixMode {
	return fixModes.indexOf(a) > fixModes.indexOf(b) ? a : b;
}

export function lower(a: Level, b: Level): Level {
	return levels.indexOf(a) < levels.indexOf(b) ? a : b;
}

/** A setting's level for a tier, where it names the tier, else its own. */
export function tierLevel({tiers, level}: Pick<Setting, 'tiers' | 'level'>, tier: string | undefined): Level {
	const own = tier !== undefined && Object.hasOwn(tiers, tier) ? tiers[tier] : undefined;
	return own ?? level;
}

function idOf({path}: Field): string {
	return path.at(-1) ?? '';
}
