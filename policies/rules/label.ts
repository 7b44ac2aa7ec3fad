import type {RuleMeta} from './meta.ts';

/** What an image says of itself. */
export const labelRules = {
	'required-labels': {
		title: 'Required label missing (org label schema, OCI source/revision/licenses/created)',
		severity: 'low',
		fix: 'yes',
		control: 'image-traceable-labels',
		aliases: ['DL3049'],
	},
	'known-labels': {
		title: 'Label not in the allowed schema',
		severity: 'info',
		fix: 'opt-in',
		aliases: ['DL3050'],
	},
	'no-empty-label': {
		title: 'Label empty',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3051'],
	},
	'label-url': {
		title: 'Label is not a URL',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3052'],
	},
	'label-time': {
		title: 'Label is not RFC3339',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3053'],
	},
	'label-licence': {
		title: 'Label is not SPDX',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3054'],
	},
	'label-revision': {
		title: 'Label is not a git hash',
		severity: 'low',
		fix: 'yes',
		control: 'image-traceable-labels',
		aliases: ['DL3055'],
	},
	'label-version': {
		title: 'Label is not semver',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3056'],
	},
	'label-email': {
		title: 'Label is not an e-mail',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3058'],
	},
	'label-key': {
		title: 'Invalid label key',
		severity: 'info',
		fix: 'opt-in',
		aliases: ['DL3048'],
	},
	'unique-labels': {
		title: 'Duplicate label keys / overlap with buildx git labels',
		severity: 'info',
		fix: 'yes',
	},
	'no-maintainer': {
		title: 'MAINTAINER used',
		severity: 'info',
		fix: 'yes',
		aliases: ['MaintainerDeprecated', 'DL4000', 'DS-0022', 'CKV_DOCKER_6'],
	},
	'described-arguments': {
		title: '# comment above ARG/stage does not follow the description form',
		severity: 'info',
		fix: 'yes',
		aliases: ['InvalidDefinitionDescription'],
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
