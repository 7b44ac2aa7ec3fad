import type {RuleMeta} from './meta.ts';

/** How it starts, is watched and stops. */
export const lifeRules = {
	'health-check-set': {
		title: 'No health check',
		severity: 'medium',
		fix: 'yes',
		control: 'health-check-defined',
		aliases: ['DL3057', 'DS-0026', 'CKV_DOCKER_2', 'CIS-DI-0006', 'healthcheck_instruction_missing'],
	},
	'single-health-check': {
		title: 'More than one HEALTHCHECK in a stage',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3012', 'DS-0023', 'MultipleInstructionsDisallowed'],
	},
	'no-health-check-none': {
		title: 'Health check switched off',
		severity: 'medium',
		fix: 'no',
		control: 'health-check-defined',
		aliases: ['DL3057'],
	},
	'sensible-health-check': {
		title: 'Health check that notices too late, or cannot run',
		severity: 'medium',
		fix: 'opt-in',
		control: 'health-check-defined',
	},
	'exec-form': {
		title: 'Command in a shell that keeps signals away',
		severity: 'low',
		fix: 'yes',
		control: 'avail-graceful-stop',
		aliases: ['JSONArgsRecommended', 'DL3025', 'not_using_json_in_cmd_and_entrypoint_arguments'],
	},
	'single-cmd': {
		title: 'More than one CMD in a stage',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL4003', 'DS-0016', 'MultipleInstructionsDisallowed', 'multiple_cmd_instructions_listed'],
	},
	'single-entrypoint': {
		title: 'More than one ENTRYPOINT in a stage',
		severity: 'high',
		fix: 'yes',
		aliases: [
			'DL4004',
			'DS-0007',
			'MultipleInstructionsDisallowed',
			'multiple_entrypoint_instructions_listed',
		],
	},
	'command-defined': {
		title: 'Nothing to run',
		severity: 'low',
		fix: 'no',
	},
	'valid-json-form': {
		title: 'Broken JSON array',
		severity: 'high',
		fix: 'yes',
		aliases: ['JSONArgsRecommended', 'DL3025'],
	},
	'valid-shell-form': {
		title: 'SHELL without a JSON array',
		severity: 'high',
		fix: 'no',
	},
	'known-stop-signal': {
		title: 'Stop signal that is unknown, cannot be caught, or is not the program’s',
		severity: 'low',
		fix: 'yes',
		control: 'avail-graceful-stop',
	},
	'init-reaps': {
		title: 'First process that never reaps',
		severity: 'low',
		fix: 'no',
	},
	'epilogue-order': {
		title: 'Unusual order at the end of a stage',
		severity: 'info',
		fix: 'yes',
	},
	'no-dev-server': {
		title: 'Development server in the image',
		severity: 'medium',
		fix: 'no',
		control: 'env-debug-off',
	},
	'no-debug-variables': {
		title: 'Development mode switched on',
		severity: 'high',
		fix: 'opt-in',
		control: 'env-debug-off',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
