import type {RuleMeta} from './meta.ts';

/** Whether the file says what it means. */
export const syntaxRules = {
	'known-instructions': {
		title: 'Unknown or misspelled instruction',
		severity: 'critical',
		fix: 'no',
	},
	'has-stage': {
		title: 'No stage to build, or something before the first FROM',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3061'],
	},
	'closed-heredocs': {
		title: 'Heredoc that is never closed',
		severity: 'critical',
		fix: 'no',
	},
	'unique-stage-names': {
		title: 'Stage name used twice',
		severity: 'high',
		fix: 'no',
		aliases: ['DuplicateStageName', 'DL3024', 'DS-0012', 'CKV_DOCKER_11', 'same_alias_in_different_froms'],
	},
	'no-reserved-stage-name': {
		title: 'Stage name that means something else, or is no name',
		severity: 'medium',
		fix: 'yes',
		aliases: ['ReservedStageName', 'DL3063'],
	},
	'lower-case-stage-names': {
		title: 'Stage name with upper-case letters',
		severity: 'info',
		fix: 'yes',
		aliases: ['StageNameCasing'],
	},
	'as-casing': {
		title: 'FROM and AS in different cases',
		severity: 'info',
		fix: 'yes',
		aliases: ['FromAsCasing'],
	},
	'instruction-casing': {
		title: 'Instructions in mixed case',
		severity: 'info',
		fix: 'yes',
		aliases: ['ConsistentInstructionCasing'],
	},
	'no-empty-continuation': {
		title: 'Empty line inside an instruction',
		severity: 'low',
		fix: 'yes',
		aliases: ['NoEmptyContinuation'],
	},
	'key-value-form': {
		title: 'ENV or LABEL without =',
		severity: 'info',
		fix: 'yes',
		aliases: ['LegacyKeyValueFormat'],
	},
	'defined-from-arguments': {
		title: 'FROM uses an argument that nothing declares',
		severity: 'high',
		fix: 'no',
		aliases: ['UndefinedArgInFrom'],
	},
	'valid-default-base': {
		title: 'FROM names no image without build arguments',
		severity: 'medium',
		fix: 'no',
		aliases: ['InvalidDefaultArgInFrom'],
	},
	'defined-variables': {
		title: 'Variable that nothing sets',
		severity: 'medium',
		fix: 'no',
		aliases: ['UndefinedVar'],
	},
	'no-self-reference': {
		title: 'ENV uses what it sets itself',
		severity: 'high',
		fix: 'opt-in',
		aliases: ['DL3044'],
	},
	'absolute-workdir': {
		title: 'Relative WORKDIR',
		severity: 'high',
		fix: 'yes',
		aliases: ['WorkdirRelativePath', 'DL3000', 'DS-0009', 'CKV_DOCKER_10', 'workdir_path_not_absolute'],
	},
	'valid-triggers': {
		title: 'ONBUILD with what no build can carry out',
		severity: 'high',
		fix: 'no',
		aliases: ['DL3043'],
	},
	'no-circular-stages': {
		title: 'Stage that takes from a stage below it',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3022'],
	},
	'directives-first': {
		title: 'Directive that is misplaced, repeated or without a value',
		severity: 'medium',
		fix: 'yes',
	},
	'known-flags': {
		title: 'Unknown or repeated flag, or a value it cannot take',
		severity: 'high',
		fix: 'no',
	},
	'argument-count': {
		title: 'Too few or too many words',
		severity: 'high',
		fix: 'no',
	},
	'supported-features': {
		title: 'More than the syntax directive asks for',
		severity: 'medium',
		fix: 'yes',
	},
	'file-length': {
		title: 'File too long to review',
		severity: 'info',
		fix: 'no',
	},
	'tidy-white-space': {
		title: 'Untidy white space',
		severity: 'info',
		fix: 'yes',
	},
	'unix-line-endings': {
		title: 'Windows line endings or a byte order mark',
		severity: 'info',
		fix: 'yes',
	},
	'utf8-text': {
		title: 'Bytes that are no UTF-8 text',
		severity: 'high',
		fix: 'no',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
