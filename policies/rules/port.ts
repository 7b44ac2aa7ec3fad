import type {RuleMeta} from './meta.ts';

/** Where it can be reached, and what is kept. */
export const portRules = {
	'no-admin-ports': {
		title: 'Port 22 (or other admin ports: 23, 2375, 3389, 5900) exposed',
		severity: 'high',
		fix: 'opt-in',
		aliases: ['DS-0004', 'CKV_DOCKER_1', 'exposing_port_22'],
	},
	'valid-port': {
		title: 'Port outside 0-65535',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3011', 'DS-0008'],
	},
	'no-host-mapping': {
		title: 'EXPOSE with IP or host mapping',
		severity: 'low',
		fix: 'yes',
		aliases: ['ExposeInvalidFormat'],
	},
	'lower-case-protocol': {
		title: 'EXPOSE protocol casing',
		severity: 'info',
		fix: 'yes',
		aliases: ['ExposeProtoCasing'],
	},
	'exposed-matches': {
		title: 'EXPOSE missing or not matching what the server listens on',
		severity: 'low',
		fix: 'yes',
	},
	'unprivileged-port': {
		title: 'Privileged port (<1024) with non-root USER',
		severity: 'medium',
		fix: 'yes',
	},
	'no-system-volume': {
		title: 'VOLUME/WORKDIR on system directories (/proc, /sys, /dev, /etc, /)',
		severity: 'high',
		fix: 'no',
		aliases: ['DS-0030', 'DKL-DI-0002'],
	},
	'no-hidden-volume-writes': {
		title: 'VOLUME hides files written later in the build',
		severity: 'medium',
		fix: 'opt-in',
	},
	'tls-terminated': {
		title: 'App listens in clear text on an exposed port with no TLS terminator',
		severity: 'high',
		fix: 'yes',
	},
	'proxy-policy-complete': {
		title:
			'Injected proxy policy incomplete: TLS min version, HSTS, CSP, nosniff, frame, referrer, rate limit, body size, JSON log, health upstream',
		severity: 'high',
		fix: 'yes',
		control: 'proxy-config-valid',
	},
	'valid-plan': {
		title: 'The facts for the proxy contradict each other',
		severity: 'high',
		fix: 'no',
		control: 'proxy-config-valid',
	},
	'logged-requests': {
		title: 'The proxy does not log every request',
		severity: 'medium',
		fix: 'no',
		control: 'log-access-complete',
	},
	'limited-requests': {
		title: 'The proxy sets no request limit per client',
		severity: 'medium',
		fix: 'no',
		control: 'proxy-rate-limit',
	},
	'limited-times': {
		title: 'The proxy waits without limit',
		severity: 'medium',
		fix: 'no',
		control: 'proxy-timeouts',
	},
	'limited-bodies': {
		title: 'The proxy takes bodies of any size',
		severity: 'medium',
		fix: 'no',
		control: 'proxy-body-limit',
	},
	'local-upstream': {
		title: 'The proxy speaks to the application in clear text across a network',
		severity: 'medium',
		fix: 'no',
		control: 'proxy-upstream-protected',
	},
	'no-repeated-requests': {
		title: 'The proxy may repeat a request that is not idempotent',
		severity: 'high',
		fix: 'no',
		control: 'proxy-no-unsafe-retry',
	},
	'health-through-proxy': {
		title: 'The health check does not go through the proxy to the application',
		severity: 'high',
		fix: 'no',
		control: 'health-covers-both',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
