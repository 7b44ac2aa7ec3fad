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
}

export type ParamValue = string | number | boolean | readonly string[];

/** Refuses with a sentence that says which key is wrong and what it may be. */
export type Refuse = (message: string) => never;

export function settingOf(raw: unknown, fallback: Setting, refuse: (message: string) => never): Setting {
	if (!isRecord(raw)) {
		return refuse('a setting is a mapping, such as "{enforcement: warn, fix: auto}"');
	}

	const unknown = Object.keys(raw).find(key => !['enforcement', 'fix', 'tiers', 'params'].includes(key));
	if (unknown !== undefined) {
		return refuse(
			`${JSON.stringify(unknown)} is not a key of a setting; use enforcement, fix, tiers or params`,
		);
	}

	const level = choiceOf('enforcement', levels, raw['enforcement'] ?? fallback.level, refuse);
	const fix = choiceOf('fix', fixModes, raw['fix'] ?? fallback.fix, refuse);
	const params = paramsOf(raw['params'] ?? {}, refuse);
	const tiers: Record<string, Level> = {};
	for (const [tier, value] of Object.entries(isRecord(raw['tiers']) ? raw['tiers'] : {})) {
		tiers[tier] = choiceOf(`tiers.${tier}`, levels, value, refuse);
	}

	// A rule that is given a level of its own leaves the tiers of its control behind.
	const keepsTiers = raw['enforcement'] === undefined && raw['tiers'] === undefined;
	return {
		level,
		fix,
		tiers: keepsTiers ? fallback.tiers : tiers,
		params: {...fallback.params, ...params},
	};
}

function paramsOf(raw: unknown, refuse: (message: string) => never): Readonly<Record<string, ParamValue>> {
	const params = isRecord(raw) ? raw : refuse('params is a mapping');
	const wrong = Object.keys(params).find(name => !isParam(params[name]));
	return wrong === undefined
		? (params as Readonly<Record<string, ParamValue>>) // Every value was looked at.
		: refuse(`params.${wrong} is a text, a number, true, false or a list of texts`);
}

function isParam(value: unknown): value is ParamValue {
	return (
		['string', 'number', 'boolean'].includes(typeof value) ||
		(Array.isArray(value) && value.every(item => typeof item === 'string'))
	);
}

const usualLevels: Readonly<Record<Severity, Level>> = {
	critical: 'warn',
	high: 'warn',
	medium: 'info',
	low: 'info',
	info: 'off',
};

export function severityLevels(
	raw: unknown,
	refuse: (message: string) => never,
): Readonly<Record<Severity, Level>> {
	const given = isRecord(raw) ? raw : refuse('severities is a mapping, such as "{high: warn, info: off}"');
	const unknown = Object.keys(given).find(name => !Object.hasOwn(usualLevels, name));
	if (unknown !== undefined) {
		return refuse(
			`${JSON.stringify(unknown)} is no severity; they are ${Object.keys(usualLevels).join(', ')}`,
		);
	}

	const entries = Object.entries(usualLevels).map(([name, usual]) => [
		name,
		choiceOf(`severities.${name}`, levels, given[name] ?? usual, refuse),
	]);
	return Object.fromEntries(entries) as Record<Severity, Level>; // The keys are those of `usualLevels`.
}

export function omit(record: Record<string, unknown>, key: string): Record<string, unknown> {
	return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function choiceOf<const T extends string>(
	key: string,
	allowed: readonly T[],
	value: unknown,
	refuse: (message: string) => never,
): T {
	return allowed.find(candidate => candidate === value) ?? refuse(`${key} is one of ${allowed.join(', ')}`);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
