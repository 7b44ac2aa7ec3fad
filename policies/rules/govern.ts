import type {RuleMeta} from './meta.ts';

/** Whether the law itself is kept. */
export const governRules = {
	'reasoned-ignores': {
		title: 'Inline ignore used without a reason / at all',
		severity: 'low',
		fix: 'no',
		aliases: ['DL1001'],
	},
	'valid-exceptions': {
		title: 'Exception expired or has no owner/ticket',
		severity: 'medium',
		fix: 'no',
		control: 'gov-waivers-valid',
	},
	'no-stale-ignores': {
		title: 'Ignore directive no longer matches anything',
		severity: 'info',
		fix: 'yes',
	},
	'no-lowered-level': {
		title: "Severity lowered below the organisation's floor",
		severity: 'medium',
		fix: 'no',
	},
	'no-skipped-checks': {
		title: 'Build ran with check skipped by build-arg',
		severity: 'high',
		fix: 'no',
	},
	'sound-rewrite': {
		title: 'Rewrite output is not re-parseable or changes stages/CMD unexpectedly (self-check)',
		severity: 'critical',
		fix: 'no',
	},
	'external-attestations': {
		title: 'Malware / failing-test / STIG attestations missing (needs external evidence)',
		severity: 'medium',
		fix: 'no',
	},
	'approved-policy': {
		title: 'The policy bundle is not approved, or its approval has run out',
		severity: 'high',
		fix: 'no',
		control: 'gov-policy-approved',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
