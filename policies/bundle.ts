import {type ControlId, catalogue, isControlId} from './catalogue.ts';
import {PolicyError} from './error.ts';
import {isRuleId, type RuleId, ruleCatalogue} from './rules/index.ts';
import type {RuleMeta} from './rules/meta.ts';
import {isRecord, omit, type Setting, settingOf, severityLevels} from './setting.ts';

/** A policy bundle, complete: it has a setting for every control and every rule of the catalogues. */
export interface Bundle {
	readonly name: string;
	readonly version: string;
	readonly settings: Readonly<Record<ControlId, Setting>>;
	/** A rule takes its own setting, else its control's, else the level that the bundle gives to its severity. */
	readonly rules: Readonly<Record<RuleId, Setting>>;
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
	const fallback = settingOf(
		omit(defaults, 'severities'),
		{level: 'warn', fix: 'never', tiers: {}, params: {}},
		m => refuse(m, 'spec', 'defaults'),
	);
	refuseUnknown(rules, file, lineOf);
	const settings = Object.fromEntries(
		Object.keys(catalogue).map(id => [
			id,
			settingOf(rules[id] ?? {}, fallback, m => refuse(`${id}: ${m}`, 'spec', 'rules', id)),
		]),
	) as Record<ControlId, Setting>; // The keys are the catalogue's own, just above.
	const severities = severityLevels(defaults['severities'] ?? {}, m =>
		refuse(m, 'spec', 'defaults', 'severities'),
	);
	const inherited = ({control, severity}: RuleMeta): Setting =>
		control === undefined ? {...fallback, level: severities[severity]} : settings[control];
	const ruleSettings = Object.fromEntries(
		Object.entries(ruleCatalogue).map(([id, meta]) => [
			id,
			settingOf(rules[id] ?? {}, inherited(meta), m => refuse(`${id}: ${m}`, 'spec', 'rules', id)),
		]),
	) as Record<RuleId, Setting>; // Likewise.
	return {
		name: nonEmpty(metadata['name']) ?? refuse('metadata.name is missing', 'metadata'),
		version: nonEmpty(metadata['version']) ?? refuse('metadata.version is missing', 'metadata'),
		settings,
		rules: ruleSettings,
		document,
	};
}

function refuseUnknown(rules: Record<string, unknown>, file: string, lineOf: LineOf): void {
	const id = Object.keys(rules).find(name => !isControlId(name) && !isRuleId(name));
	if (id !== undefined) {
		const line = lineOf('spec', 'rules', id);
		const message = `${placeOf(file, line)}: the bundle names ${JSON.stringify(id)}, a control or rule which this version does not know`;
		throw new PolicyError('POLICY_UNKNOWN_CONTROL', message, line);
	}
}

function placeOf(file: string, line: number | undefined): string {
	return line === undefined ? file : `${file}:${line}`;
}

function nonEmpty(value: unknown): string | undefined {
	return typeof value === 'string' && value !== '' ? value : undefined;
}
