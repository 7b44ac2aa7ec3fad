import type {RuleMeta} from './meta.ts';

/** Whether the file says what it means. */
export const syntaxRules = {
	'known-instructions': {
		title: 'Parse error / unknown instruction / misspelling',
		severity: 'critical',
		fix: 'opt-in',
	},
	'has-stage': {
		title: 'File has no stages or first instruction is not FROM/ARG',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3061'],
	},
	'closed-heredocs': {
		title: 'Unterminated heredoc',
		severity: 'critical',
		fix: 'no',
	},
	'unique-stage-names': {
		title: 'Stage names duplicated',
		severity: 'high',
		fix: 'no',
		aliases: ['DuplicateStageName', 'DL3024', 'DS-0012', 'CKV_DOCKER_11'],
	},
	'no-reserved-stage-name': {
		title: 'Stage name reserved (scratch, context)',
		severity: 'medium',
		fix: 'yes',
		aliases: ['ReservedStageName', 'DL3063'],
	},
	'lower-case-stage-names': {
		title: 'Stage name not lower-case',
		severity: 'info',
		fix: 'yes',
		aliases: ['StageNameCasing'],
	},
	'as-casing': {
		title: 'FROM/AS keyword casing differs',
		severity: 'info',
		fix: 'yes',
		aliases: ['FromAsCasing'],
	},
	'instruction-casing': {
		title: 'Mixed instruction casing',
		severity: 'info',
		fix: 'yes',
		aliases: ['ConsistentInstructionCasing'],
	},
	'no-empty-continuation': {
		title: 'Blank line inside a continuation',
		severity: 'low',
		fix: 'yes',
		aliases: ['NoEmptyContinuation'],
	},
	'key-value-form': {
		title: 'Legacy "ENV k v" / "LABEL k v" form',
		severity: 'info',
		fix: 'yes',
		aliases: ['LegacyKeyValueFormat'],
	},
	'defined-from-arguments': {
		title: 'Undefined ARG used in FROM',
		severity: 'high',
		fix: 'no',
		aliases: ['UndefinedArgInFrom'],
	},
	'valid-default-base': {
		title: 'ARG default gives an empty/invalid base name',
		severity: 'medium',
		fix: 'no',
		aliases: ['InvalidDefaultArgInFrom'],
	},
	'defined-variables': {
		title: 'Undefined variable used',
		severity: 'medium',
		fix: 'no',
		aliases: ['UndefinedVar'],
	},
	'no-self-reference': {
		title: 'ENV refers to a variable defined in the same ENV',
		severity: 'high',
		fix: 'yes',
		aliases: ['DL3044'],
	},
	'absolute-workdir': {
		title: 'WORKDIR relative',
		severity: 'high',
		fix: 'yes',
		aliases: ['WorkdirRelativePath', 'DL3000', 'DS-0009', 'CKV_DOCKER_10'],
	},
	'valid-triggers': {
		title: 'FROM/ONBUILD/MAINTAINER inside ONBUILD, invalid trigger',
		severity: 'high',
		fix: 'no',
		aliases: ['DL3043'],
	},
	'no-circular-stages': {
		title: 'Circular stage dependency',
		severity: 'critical',
		fix: 'no',
	},
	'directives-first': {
		title: 'Parser directive misplaced, duplicated, mis-cased or empty',
		severity: 'medium',
		fix: 'yes',
	},
	'known-flags': {
		title: 'Unknown or duplicate instruction flag, bad flag value',
		severity: 'high',
		fix: 'no',
	},
	'argument-count': {
		title: 'Missing or extra arguments',
		severity: 'high',
		fix: 'no',
	},
	'supported-features': {
		title:
			'Feature needs a newer frontend than # syntax= asks for (COPY --exclude, ADD --unpack, RUN --device)',
		severity: 'medium',
		fix: 'yes',
	},
	'file-length': {
		title: 'File too long (maintainability limit)',
		severity: 'info',
		fix: 'no',
	},
	'tidy-white-space': {
		title: 'Whitespace, indentation, EOL-at-EOF, multiple blank lines',
		severity: 'info',
		fix: 'yes',
	},
	'unix-line-endings': {
		title: 'CRLF line endings or BOM in a Linux Dockerfile',
		severity: 'info',
		fix: 'yes',
	},
	'utf8-text': {
		title: 'File is not UTF-8 text',
		severity: 'high',
		fix: 'no',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
