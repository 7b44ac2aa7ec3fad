import type {RuleMeta} from './meta.ts';

/** Where it can be reached, and what is kept. */
export const portRules = {
	'no-admin-ports': {
		title: 'A port for logging in or commanding a machine is exposed',
		severity: 'high',
		fix: 'opt-in',
		aliases: ['DS-0004', 'CKV_DOCKER_1', 'exposing_port_22'],
	},
	'valid-port': {
		title: 'EXPOSE names a port that does not exist',
		severity: 'critical',
		fix: 'no',
		aliases: ['DL3011', 'DS-0008', 'unix_ports_out_of_range'],
	},
	'no-host-mapping': {
		title: 'EXPOSE names an address or a port of the host',
		severity: 'low',
		fix: 'yes',
		aliases: ['ExposeInvalidFormat'],
	},
	'lower-case-protocol': {
		title: 'The protocol in EXPOSE is written in capitals',
		severity: 'info',
		fix: 'yes',
		aliases: ['ExposeProtoCasing'],
	},
	'exposed-matches': {
		title: 'EXPOSE does not name the port that the server listens on',
		severity: 'low',
		fix: 'yes',
	},
	'unprivileged-port': {
		title: 'A port below 1024 without root',
		severity: 'medium',
		fix: 'yes',
	},
	'no-system-volume': {
		title: 'VOLUME or WORKDIR on a folder of the system',
		severity: 'high',
		fix: 'no',
		aliases: ['DS-0030', 'DKL-DI-0002'],
	},
	'no-hidden-volume-writes': {
		title: 'Files are written to a folder after VOLUME named it',
		severity: 'medium',
		fix: 'opt-in',
	},
	'tls-terminated': {
		title: 'Plain HTTP is exposed and nothing speaks TLS',
		severity: 'high',
		fix: 'yes',
	},
	'proxy-policy-complete': {
		title: 'The proxy lacks a header, sound TLS or a log',
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
	'narrow-trust': {
		title: 'The proxy believes too many about where clients come from',
		severity: 'medium',
		fix: 'no',
	},
	'health-through-proxy': {
		title: 'The health check does not go through the proxy to the application',
		severity: 'high',
		fix: 'no',
		control: 'health-covers-both',
	},
} as const satisfies Readonly<Record<string, RuleMeta>>;
