import type {RuleMeta} from './meta.ts';

/** How it starts, is watched and stops. */
export const lifeRules = {
	'health-check-set': {
		title: 'No HEALTHCHECK in a service image',
		severity: 'medium',
		fix: 'yes',
		control: 'health-check-defined',
		aliases: ['DL3057', 'DS-0026', 'CKV_DOCKER_2', 'CIS-DI-0006'],
	},
	'single-health-check': {
		title: 'More than one HEALTHCHECK in a stage',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL3012', 'DS-0023', 'MultipleInstructionsDisallowed'],
	},
	'no-health-check-none': {
		title: 'HEALTHCHECK NONE without an exception',
		severity: 'medium',
		fix: 'no',
		control: 'health-check-defined',
		aliases: ['DL3057'],
	},
	'sensible-health-check': {
		title: 'HEALTHCHECK options nonsensical (no timeout, interval < 1ms, tool not in image)',
		severity: 'medium',
		fix: 'opt-in',
		control: 'health-check-defined',
	},
	'exec-form': {
		title: 'CMD/ENTRYPOINT in shell form (signals lost)',
		severity: 'low',
		fix: 'yes',
		control: 'avail-graceful-stop',
		aliases: ['JSONArgsRecommended', 'DL3025'],
	},
	'single-cmd': {
		title: 'More than one CMD',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL4003', 'DS-0016'],
	},
	'single-entrypoint': {
		title: 'More than one ENTRYPOINT',
		severity: 'high',
		fix: 'yes',
		aliases: ['DL4004', 'DS-0007'],
	},
	'command-defined': {
		title: 'No CMD and no ENTRYPOINT in the final stage',
		severity: 'low',
		fix: 'no',
	},
	'valid-json-form': {
		title: 'Broken JSON array (single quotes, trailing comma) silently treated as shell',
		severity: 'high',
		fix: 'yes',
	},
	'valid-shell-form': {
		title: 'SHELL not JSON',
		severity: 'high',
		fix: 'yes',
	},
	'known-stop-signal': {
		title: 'STOPSIGNAL unknown, SIGKILL, or not canonical; nginx wants SIGQUIT, systemd SIGRTMIN+3',
		severity: 'low',
		fix: 'yes',
		control: 'avail-graceful-stop',
	},
	'init-reaps': {
		title: 'PID 1 cannot reap zombies (node, shell wrapper) and no init',
		severity: 'low',
		fix: 'opt-in',
	},
	'epilogue-order': {
		title: 'Epilogue instruction order',
		severity: 'info',
		fix: 'yes',
	},
	'no-dev-server': {
		title:
			'Debug entrypoints or dev servers (flask run, npm run dev, rails s -e development, nodemon) as final CMD',
		severity: 'medium',
		fix: 'no',
		control: 'env-debug-off',
	},
	'no-debug-variables': {
		title: 'ENV switches a debug or development mode on',
		severity: 'high',
		fix: 'yes',
		control: 'env-debug-off',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
