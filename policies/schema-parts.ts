import {catalogue} from './catalogue.ts';
import {OWN_ID} from './own-rule.ts';
import {ruleCatalogue} from './rules/index.ts';

/** A JSON Schema (2020-12) or a part of one. */
export type Schema = Readonly<Record<string, unknown>>;

export const VERSION = 'sallyport.dev/v1';
const BASE = 'https://sallyport.dev/schemas';

/** A mapping with these keys and no others. */
export function object(
	properties: Readonly<Record<string, Schema>>,
	required: readonly string[] = [],
): Schema {
	return {
		type: 'object',
		additionalProperties: false,
		...(required.length === 0 ? {} : {required}),
		properties,
	};
}

export function list(items: Schema, minItems: number, maxItems: number): Schema {
	return {type: 'array', minItems, maxItems, items};
}

export function oneOf(values: readonly string[], description?: string): Schema {
	return {enum: values, ...(description === undefined ? {} : {description})};
}

/** Text as the readers take it: not blank, no control characters. */
export function text(maxLength: number, description?: string): Schema {
	return {
		type: 'string',
		maxLength,
		allOf: [{pattern: '\\S'}, {pattern: '^[^\\p{Cc}\\p{Cs}]*$'}],
		...(description === undefined ? {} : {description}),
	};
}

export function matching(pattern: RegExp | string, description?: string): Schema {
	const source = typeof pattern === 'string' ? pattern : pattern.source;
	return {type: 'string', pattern: source, ...(description === undefined ? {} : {description})};
}

export function integer(minimum: number, maximum: number, description?: string): Schema {
	return {type: 'integer', minimum, maximum, ...(description === undefined ? {} : {description})};
}

export const digest = matching('^sha256:[0-9a-f]{64}$', 'sha256: and 64 hex digits');
export const days = matching('^[1-9]\\d{0,3}d$', 'Days, such as 30d');
export const name = matching('^[a-z0-9][a-z0-9-]{0,63}$');
export const moment: Schema = {
	type: 'string',
	format: 'date-time',
	pattern: '^\\d{4}-\\d{2}-\\d{2}T[0-2]\\d:[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?(?:Z|[+-][0-2]\\d:[0-5]\\d)$',
	description: 'A moment with its time zone, such as 2027-01-31T00:00:00Z',
};
export const person = object(
	{
		id: matching('^[^\\s*]{1,200}$', 'What tells people apart, such as dana@example.com'),
		name: text(200),
		role: text(64),
	},
	['id', 'name'],
);

/** Ids of controls and rules, for editors to complete; an organisation's own begin with `x-`. */
export const ruleId: Schema = {
	anyOf: [{enum: [...Object.keys(catalogue), ...Object.keys(ruleCatalogue)]}, {pattern: OWN_ID.source}],
	type: 'string',
	maxLength: 64,
};

interface DocumentShape {
	readonly kind: string;
	readonly title: string;
	readonly metadata: Schema;
	readonly spec: Schema;
}

/** A document of its own. */
export function documentSchema(
	file: string,
	{kind, title, metadata, spec}: DocumentShape,
	$defs: Readonly<Record<string, Schema>> = {},
): Schema {
	return {
		...headOf(file, title),
		...object(
			{
				apiVersion: {const: VERSION},
				kind: {const: kind},
				metadata,
				spec,
			},
			['apiVersion', 'kind', ...(metadata['required'] === undefined ? [] : ['metadata']), 'spec'],
		),
		...(Object.keys($defs).length === 0 ? {} : {$defs}),
	};
}

export function headOf(file: string, title: string): Schema {
	return {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		$id: `${BASE}/${file}.schema.json`,
		title,
	};
}
