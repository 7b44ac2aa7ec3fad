import {catalogue} from './catalogue.ts';
import {codeInstructions, instructionNames, MAX_OWN_RULES, OWN_ID, severities} from './own-rule.ts';
import {ruleCatalogue} from './rules/index.ts';
import {
	days,
	digest,
	documentSchema,
	integer,
	list,
	matching,
	moment,
	name,
	object,
	oneOf,
	type Schema,
	text,
} from './schema-parts.ts';
import {fixModes, levels} from './setting.ts';
import {
	bypasses,
	categories,
	MAX_GRACE_DAYS,
	MAX_QUORUM,
	profiles,
	RETENTION,
	selfTests,
	unseenLevels,
} from './terms.ts';

const weaken = object(
	{
		reason: {
			type: 'string',
			minLength: 20,
			maxLength: 500,
			description: 'Why this is taken less strictly than in the bundle that is extended',
		},
		riskRef: {},
	},
	['reason'],
);

const setting = {
	...object({
		enforcement: oneOf(levels, 'How much a failure weighs; only "error" stops a build'),
		fix: oneOf(fixModes, 'Whether the build gate repairs it'),
		tiers: {
			type: 'object',
			propertyNames: {pattern: '^[A-Za-z][\\w-]{0,31}$'},
			additionalProperties: {enum: levels},
			description: 'Levels by how certain a finding is',
		},
		params: {
			type: 'object',
			additionalProperties: {
				anyOf: [{type: ['string', 'number', 'boolean']}, list({type: 'string', maxLength: 256}, 0, 1000)],
			},
			description: 'What the rule is told, such as allow: ["docker.io/library/*"]',
		},
		enforceFrom: {...moment, description: 'Until then an error is shown as a warning'},
		weaken,
	}),
};

const severityLevels = object(Object.fromEntries(severities.map(each => [each, {enum: levels}])));

const glob = {
	type: 'string',
	maxLength: 200,
	allOf: [{pattern: '\\S'}, {pattern: '^[^\\p{Cc}\\p{Cs}]*$'}, {pattern: '^[^*]*(?:\\*[^*]*){0,8}$'}],
	description: 'A text in which * is any run of characters',
};
const signs = {command: glob, option: glob, word: glob, flag: glob};
const match: Schema = {
	...object(
		{
			stage: oneOf(['final', 'any'], 'Stages whose layers are the image (final), or all that are built'),
			instruction: {
				oneOf: [{enum: instructionNames}, list({enum: instructionNames}, 1, instructionNames.length)],
			},
			...signs,
			unless: {...object(signs), description: 'What lets it pass all the same'},
		},
		['instruction'],
	),
	if: {required: ['command']},
	// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
	then: {
		properties: {
			instruction: {anyOf: [{enum: codeInstructions}, {type: 'array', items: {enum: codeInstructions}}]},
		},
	},
};

const own: Schema = {
	...object(
		{
			id: {type: 'string', maxLength: 64, pattern: OWN_ID.source},
			title: text(120, 'What a finding says, in a few words'),
			severity: oneOf(severities),
			enforcement: oneOf(levels),
			control: oneOf(Object.keys(catalogue), 'The control that a finding fails'),
			message: text(500, 'What is wrong, and what to write instead'),
			match,
			missing: match,
		},
		['id', 'title', 'severity', 'message'],
	),
	oneOf: [{required: ['match']}, {required: ['missing']}],
};

/** A bundle, as `readBundle` takes it; what only other bundles tell (weaker levels, digests) no schema can say. */
export function bundleSchema(): Schema {
	const ids = [...Object.keys(catalogue), ...Object.keys(ruleCatalogue)];
	const environment = matching('^(?:\\*|[a-z][a-z0-9-]{0,31})$');
	return documentSchema(
		'bundle',
		{
			kind: 'PolicyBundle',
			title: 'A policy bundle of Sallyport',
			metadata: object(
				{
					name,
					version: matching('^\\d{1,6}\\.\\d{1,6}\\.\\d{1,6}(?:-[0-9A-Za-z.]{1,32})?$', 'Such as 1.4.0'),
					title: text(2000),
					description: text(2000),
					owner: text(500),
					catalogue: text(2000),
					criteriaSet: text(2000),
					labels: {},
					changelog: {},
				},
				['name', 'version'],
			),
			spec: {
				...object(
					{
						extends: list(object({name, digest}, ['name', 'digest']), 0, 8),
						defaults: object({
							enforcement: {enum: levels},
							fix: {enum: fixModes},
							onNotEvaluated: oneOf(unseenLevels, 'How loudly it is told that nobody could look'),
							severities: {...severityLevels, description: 'Levels of rules that feed no control'},
						}),
						approval: object({required: {type: 'boolean'}, quorum: integer(1, MAX_QUORUM)}),
						waiverLimits: object({critical: days, high: days, medium: days, low: days}),
						rollout: object({graceDays: integer(0, MAX_GRACE_DAYS), adoptedAt: moment}),
						evidence: object({
							retentionDays: integer(RETENTION.min, RETENTION.max),
							anchors: list(matching('^[a-z][a-z0-9-]{0,31}$'), 1, 8),
							checkpointInterval: matching('^[1-9]\\d{0,3}[mhd]$'),
						}),
						scope: object({
							categories: list({enum: categories}, 1, 5),
							environments: list(environment, 1, 32),
						}),
						build: object({
							profile: oneOf(profiles, 'What stays in the image beside the application'),
							selfTest: oneOf(selfTests, 'Whether the result is started inside the build'),
							inspect: {type: 'boolean', description: 'Whether the files of the result are looked at'},
							contract: {type: 'boolean', description: 'Whether the image gets a contract and a proxy'},
							bypass: oneOf(bypasses, 'Whether SALLYPORT_BYPASS builds what findings stop'),
						}),
						rules: {
							type: 'object',
							properties: Object.fromEntries(ids.map(id => [id, {$ref: '#/$defs/setting'}])),
							patternProperties: {[OWN_ID.source]: {$ref: '#/$defs/ownLevel'}},
							additionalProperties: false,
						},
						own: list({$ref: '#/$defs/own'}, 0, MAX_OWN_RULES),
						weaken,
					},
					['rules'],
				),
				if: {required: ['extends'], properties: {extends: {minItems: 1}}},
				// biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
				then: {properties: {defaults: {properties: {enforcement: false, fix: false}}}},
			},
		},
		{setting, own, ownLevel: object({enforcement: {enum: levels}, weaken})},
	);
}
