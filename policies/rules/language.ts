import type {RuleMeta} from './meta.ts';

/** What platforms and languages ask for. */
export const languageRules = {
	'windows-flags': {
		title: 'Windows: RUN --mount unsupported, --chown ignored, STOPSIGNAL no effect',
		severity: 'medium',
		fix: 'yes',
	},
	'powershell-stops': {
		title: 'Windows: PowerShell without $ErrorActionPreference=Stop / progress off',
		severity: 'low',
		fix: 'yes',
	},
	'nano-server': {
		title: 'Windows: Server Core where Nano Server fits',
		severity: 'info',
		fix: 'no',
	},
	'gpu-least': {
		title:
			'GPU: driver capabilities=all, hard-coded visible devices, CUDA reinstalled, container-runtime inside image',
		severity: 'low',
		fix: 'yes',
	},
	'node-runtime': {
		title: 'Node: PID 1, NODE_ENV, node-gyp caches',
		severity: 'low',
		fix: 'yes',
	},
	'python-runtime': {
		title: 'Python: PYTHONDONTWRITEBYTECODE/UNBUFFERED, venv, uv over conda',
		severity: 'info',
		fix: 'yes',
	},
	'php-runtime': {
		title: 'PHP: opcache off, xdebug',
		severity: 'low',
		fix: 'yes',
	},
	'ruby-runtime': {
		title: 'Ruby: bundler deployment, jemalloc, yjit, bootsnap',
		severity: 'low',
		fix: 'yes',
	},
	'java-runtime': {
		title: 'Java: full JDK in final, no MaxRAMPercentage',
		severity: 'low',
		fix: 'opt-in',
	},
	'go-static': {
		title: 'Go: not CGO_ENABLED=0 / not stripped / final not scratch',
		severity: 'info',
		fix: 'opt-in',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
