import type {RuleMeta} from './meta.ts';

/** What an image says of itself. */
export const labelRules = {
	'required-labels': {
		title: 'Image does not say which sources it is made from',
		severity: 'low',
		fix: 'yes',
		control: 'image-traceable-labels',
		aliases: ['DL3049'],
	},
	'known-labels': {
		title: 'Label that the policy does not know',
		severity: 'info',
		fix: 'opt-in',
		aliases: ['DL3050'],
	},
	'no-empty-label': {
		title: 'Label without a value',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3051'],
	},
	'label-url': {
		title: 'Label that is to be a URL and is none',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3052'],
	},
	'label-time': {
		title: 'Label that is to be a time and is none',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3053'],
	},
	'label-licence': {
		title: 'Label that names no SPDX licence',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3054'],
	},
	'label-revision': {
		title: 'Label that names no commit',
		severity: 'low',
		fix: 'yes',
		control: 'image-traceable-labels',
		aliases: ['DL3055'],
	},
	'label-version': {
		title: 'Label that names no version',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3056'],
	},
	'label-email': {
		title: 'Label without an address to write to',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3058'],
	},
	'label-key': {
		title: 'Label key that readers may not expect',
		severity: 'info',
		fix: 'opt-in',
		aliases: ['DL3048'],
	},
	'unique-labels': {
		title: 'Label set twice',
		severity: 'info',
		fix: 'yes',
	},
	'no-maintainer': {
		title: 'MAINTAINER in place of a label',
		severity: 'info',
		fix: 'yes',
		aliases: [
			'MaintainerDeprecated',
			'DL4000',
			'DS-0022',
			'CKV_DOCKER_6',
			'maintainer_instruction_being_used',
		],
	},
	'described-arguments': {
		title: 'Comment that is no description',
		severity: 'info',
		fix: 'yes',
		aliases: ['InvalidDefinitionDescription'],
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
