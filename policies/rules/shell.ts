import type {RuleMeta} from './meta.ts';

/** The code inside RUN. */
export const shellRules = {
	pipefail: {
		title: 'Pipe without pipefail',
		severity: 'medium',
		fix: 'yes',
		aliases: ['DL4006'],
	},
	'workdir-not-cd': {
		title: 'cd in RUN instead of WORKDIR',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL3003', 'DS-0013'],
	},
	'no-host-commands': {
		title: 'Interactive/host-only commands (ssh, vim, shutdown, service, ps, free, top, kill, mount)',
		severity: 'low',
		fix: 'no',
		aliases: ['DL3001', 'run_utilities_and_posix_commands'],
	},
	'no-sh-relink': {
		title: 'Default shell changed by ln -sf to /bin/sh',
		severity: 'low',
		fix: 'yes',
		aliases: ['DL4005'],
	},
	'sound-shell': {
		title: 'ShellCheck findings in RUN (SC1xxx-SC3xxx)',
		severity: 'info',
		fix: 'opt-in',
	},
	'shell-exists': {
		title: 'Shell-form RUN in a stage with no shell (scratch/distroless)',
		severity: 'high',
		fix: 'no',
	},
	'no-semicolon-chains': {
		title: 'Commands joined with ; hide failures',
		severity: 'medium',
		fix: 'yes',
	},
	'merged-runs': {
		title: 'Consecutive RUNs that should be one layer',
		severity: 'info',
		fix: 'yes',
		aliases: ['DL3059', 'multiple_run_add_copy'],
	},
	'heredoc-chains': {
		title: 'Long && chain better as heredoc',
		severity: 'info',
		fix: 'yes',
	},
	'copy-heredoc': {
		title: 'echo/printf/cat > file in RUN better as COPY heredoc',
		severity: 'info',
		fix: 'yes',
	},
	'two-space-checksum': {
		title: 'sha256sum -c fed with one space',
		severity: 'medium',
		fix: 'yes',
	},
	'no-hardware-query': {
		title: 'Build-time GPU or hardware query',
		severity: 'medium',
		fix: 'no',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
