import type {RuleMeta} from './meta.ts';

/** What platforms and languages ask for. */
export const languageRules = {
	'windows-flags': {
		title: 'Means nothing on Windows',
		severity: 'medium',
		fix: 'yes',
	},
	'powershell-stops': {
		title: 'PowerShell goes on after an error',
		severity: 'low',
		fix: 'opt-in',
	},
	'nano-server': {
		title: 'Server Core where Nano Server may do',
		severity: 'info',
		fix: 'no',
	},
	'gpu-least': {
		title: 'More of the graphics card or its driver than is needed',
		severity: 'low',
		fix: 'opt-in',
	},
	'node-runtime': {
		title: 'Node is not started or set as for production',
		severity: 'low',
		fix: 'opt-in',
	},
	'python-runtime': {
		title: 'Python keeps back its last lines',
		severity: 'info',
		fix: 'yes',
	},
	'php-runtime': {
		title: 'PHP without its opcode cache',
		severity: 'low',
		fix: 'no',
	},
	'ruby-runtime': {
		title: 'bundler does not keep to the lock file',
		severity: 'low',
		fix: 'opt-in',
	},
	'java-runtime': {
		title: 'A whole JDK, or no word about memory',
		severity: 'low',
		fix: 'opt-in',
	},
	'go-static': {
		title: 'A Go program may need a C library that is not there',
		severity: 'info',
		fix: 'opt-in',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
