import type {RuleMeta} from './meta.ts';

/** The code inside RUN. */
export const shellRules = {
	pipefail: {
		title: 'Failure lost in a pipe',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL4006', 'DS-0032', 'shell_running_a_pipe_without_pipefail_flag'],
	},
	'workdir-not-cd': {
		title: 'cd in RUN instead of WORKDIR',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3003', 'DS-0013', 'run_command_cd_instead_of_workdir'],
	},
	'no-host-commands': {
		title: 'Command that is of no use in a build',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3001', 'run_utilities_and_posix_commands'],
	},
	'no-sh-relink': {
		title: '/bin/sh linked to another shell',
		severity: 'low',
		fix: 'opt-in',
		aliases: ['DL4005', 'changing_default_shell_using_run_command'],
	},
	'sound-shell': {
		title: 'Certain mistake in shell code',
		severity: 'info',
		fix: 'opt-in',
	},
	'shell-exists': {
		title: 'RUN needs a shell that the stage does not have',
		severity: 'high',
		fix: 'no',
	},
	'no-semicolon-chains': {
		title: 'Failure lost between commands',
		severity: 'medium',
		fix: 'yes',
	},
	'merged-runs': {
		title: 'Neighbouring RUNs that could be one layer',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3059', 'multiple_run_add_copy_instructions_listed'],
	},
	'heredoc-chains': {
		title: 'Long chain of && instead of a here-document',
		severity: 'info',
		fix: 'yes',
	},
	'copy-heredoc': {
		title: 'File written by RUN instead of COPY',
		severity: 'info',
		fix: 'yes',
	},
	'two-space-checksum': {
		title: 'Line of checksums with one blank',
		severity: 'medium',
		fix: 'yes',
	},
	'no-hardware-query': {
		title: 'Build asks for the hardware it runs on',
		severity: 'medium',
		fix: 'no',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
