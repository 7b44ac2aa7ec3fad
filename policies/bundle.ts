import {type ControlId, catalogue, isControlId} from './catalogue.ts';
import {PolicyError} from './error.ts';

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
}

/** A policy bundle, complete: it has a setting for every control of the catalogue. */
export interface Bundle {
	readonly name: string;
	readonly version: string;
	readonly settings: Readonly<Record<ControlId, Setting>>;
	/** The parsed document as it was written: its RFC 8785 canonical form is what the policy digest is taken of. */
	readonly document: unknown;
}

/** Tells where in the document a value stands, by its path; nobody knows when the document has no text. */
export type LineOf = (...path: string[]) => number | undefined;

/**
 * A parsed document → Bundle. Refuses what the catalogue does not know, so that a typing error never silently drops a control.
 * @param file name used in messages
 * @throws {PolicyError} with the line to blame, where `lineOf` knows it
 */
export function readBundle(document: unknown, file: string, lineOf: LineOf = () => undefined): Bundle {
	const refuse = (message: string, ...path: string[]): never => {
		const line = lineOf(...path);
		throw new PolicyError('POLICY_BAD_SHAPE', `${placeOf(file, line)}: ${message}`, line);
	};
	const root = isRecord(document)
		? document
		: refuse('a bundle is a mapping with apiVersion, kind, metadata and spec');
	if (root['apiVersion'] !== 'sallyport.dev/v1' || root['kind'] !== 'PolicyBundle') {
		refuse('a bundle starts with "apiVersion: sallyport.dev/v1" and "kind: PolicyBundle"', 'apiVersion');
	}

	const metadata = isRecord(root['metadata']) ? root['metadata'] : refuse('metadata is missing');
	const spec = isRecord(root['spec']) ? root['spec'] : refuse('spec is missing');
	const rules = isRecord(spec['rules']) ? spec['rules'] : refuse('spec.rules is missing', 'spec');
	const defaults = isRecord(spec['defaults']) ? spec['defaults'] : {};
	const fallback = settingOf(defaults, {level: 'warn', fix: 'never', tiers: {}}, m =>
		refuse(m, 'spec', 'defaults'),
	);
	refuseUnknown(rules, file, lineOf);
	const settings = Object.fromEntries(
		Object.keys(catalogue).map(id => [
			id,
			settingOf(rules[id] ?? {}, fallback, m => refuse(`${id}: ${m}`, 'spec', 'rules', id)),
		]),
	) as Record<ControlId, Setting>; // The keys are the catalogue's own, just above.
	return {
		name: nonEmpty(metadata['name']) ?? refuse('metadata.name is missing', 'metadata'),
		version: nonEmpty(metadata['version']) ?? refuse('metadata.version is missing', 'metadata'),
		settings,
		document,
	};
}

function refuseUnknown(rules: Record<string, unknown>, file: string, lineOf: LineOf): void {
	const id = Object.keys(rules).find(name => !isControlId(name));
	if (id !== undefined) {
		const line = lineOf('spec', 'rules', id);
		const message = `${placeOf(file, line)}: the bundle names the control ${JSON.stringify(id)}, which this version does not know`;
		throw new PolicyError('POLICY_UNKNOWN_CONTROL', message, line);
	}
}

function placeOf(file: string, line: number | undefined): string {
	return line === undefined ? file : `${file}:${line}`;
}

function settingOf(raw: unknown, fallback: Setting, refuse: (message: string) => never): Setting {
	if (!isRecord(raw)) {
		return refuse('a setting is a mapping, such as "{enforcement: warn, fix: auto}"');
	}

	const unknown = Object.keys(raw).find(key => !['enforcement', 'fix', 'tiers'].includes(key));
	if (unknown !== undefined) {
		return refuse(`${JSON.stringify(unknown)} is not a key of a setting; use enforcement, fix or tiers`);
	}

	const level =
		oneOf(levels, raw['enforcement'] ?? fallback.level) ??
		refuse(`enforcement is one of ${levels.join(', ')}`);
	const fix = oneOf(fixModes, raw['fix'] ?? fallback.fix) ?? refuse(`fix is one of ${fixModes.join(', ')}`);
	const tiers: Record<string, Level> = {};
	for (const [tier, value] of Object.entries(isRecord(raw['tiers']) ? raw['tiers'] : {})) {
		tiers[tier] = oneOf(levels, value) ?? refuse(`tiers.${tier} is one of ${levels.join(', ')}`);
	}

	return {level, fix, tiers};
}

function oneOf<const T extends string>(allowed: readonly T[], value: unknown): T | undefined {
	return allowed.find(candidate => candidate === value);
}

function nonEmpty(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
