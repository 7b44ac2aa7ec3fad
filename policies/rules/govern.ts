import type {RuleMeta} from './meta.ts';

/** Whether the law itself is kept. */
export const governRules = {
	'reasoned-ignores': {
		title: 'Ignore without a reason',
		severity: 'low',
		fix: 'no',
		aliases: ['DL1001'],
	},
	'valid-exceptions': {
		title: 'Exception that holds no more, or never did',
		severity: 'medium',
		fix: 'no',
		control: 'gov-waivers-valid',
	},
	'no-stale-ignores': {
		title: 'Ignore that nothing needs',
		severity: 'info',
		fix: 'yes',
	},
	'no-lowered-level': {
		title: 'Policy takes something less strictly than the one it extends',
		severity: 'medium',
		fix: 'no',
	},
	'no-skipped-checks': {
		title: 'Checks left out by a build argument',
		severity: 'high',
		fix: 'no',
	},
	'sound-rewrite': {
		title: 'Repair that would have broken the file',
		severity: 'critical',
		fix: 'no',
	},
	'external-attestations': {
		title: 'Attestations of others not seen',
		severity: 'medium',
		fix: 'no',
	},
	'approved-policy': {
		title: 'Policy without a valid approval',
		severity: 'high',
		fix: 'no',
		control: 'gov-policy-approved',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
