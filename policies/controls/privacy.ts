import type {ControlMeta} from './meta.ts';

/** Privacy support. */
export const privacyControls = {
	'priv-cookie-attributes': {
		title: 'Cookies carry Secure/HttpOnly/SameSite and bounded lifetime',
		criteria: ['P4.2'],
		also: ['CC6.7', 'C1.1', 'P3.1'],
		severity: 'medium',
		phase: 'run',
		judgedAt: 'run',
		remedy: 'Proxy cookie-flag rewrite (opt-in)',
	},
	'priv-no-preconsent-tracking': {
		title: 'First visit sets no undeclared cookie or third-party script',
		criteria: ['P3.1'],
		also: ['P4.1'],
		severity: 'low',
		phase: 'run',
		judgedAt: 'run',
		remedy: 'Consent gate',
	},
	'priv-no-pii-in-url': {
		title: 'Personal data does not travel in query strings',
		criteria: ['P4.1'],
		also: ['C1.1'],
		severity: 'low',
		phase: 'run',
		judgedAt: 'run',
		remedy: 'Use POST body / ids',
	},
	'priv-notice-served': {
		title: 'The privacy notice is reachable',
		criteria: ['P1.1'],
		also: [],
		severity: 'low',
		phase: 'run',
		judgedAt: 'run',
		remedy: 'Publish/link it',
	},
} as const satisfies Readonly<Record<string, ControlMeta>>;
