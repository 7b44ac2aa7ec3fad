/** One entry of the catalogue: what must hold, which SOC 2 criteria it supports, and when it can be judged. */
export interface ControlMeta {
	readonly title: string;
	/** Trust Services Criteria this control supports first of all. Ids only: the texts belong to the AICPA. */
	readonly criteria: readonly string[];
	readonly also: readonly string[];
	readonly severity: 'critical' | 'high' | 'medium' | 'low';
	readonly phase: 'build' | 'run' | 'both';
	readonly remedy: string;
}

/** Every control this version judges. Ids are never reused or renamed: signed records name them for ever. */
export const catalogue = {
	'base-digest-pinned': {
		title: 'External image references are pinned by digest and the resolved digest is recorded',
		criteria: ['CC8.1'],
		also: ['CC6.8'],
		severity: 'medium',
		phase: 'build',
		remedy: 'Write tag@sha256:…; let a bot propose digest bumps',
	},
	'base-no-mutable-tag': {
		title: 'No latest/implicit tag on an external image',
		criteria: ['CC8.1'],
		also: ['CC7.1'],
		severity: 'medium',
		phase: 'build',
		remedy: 'Use a version tag plus digest',
	},
	'secret-no-env': {
		title: 'No credentials in ENV/ARG',
		criteria: ['C1.1'],
		also: ['CC6.1', 'CC6.7'],
		severity: 'critical',
		phase: 'build',
		remedy: 'RUN --mount=type=secret; runtime secret mount',
	},
	'secret-no-file-in-layer': {
		title: 'No key/credential files in any layer, deleted ones included',
		criteria: ['C1.1'],
		also: ['CC6.1'],
		severity: 'critical',
		phase: 'build',
		remedy: 'Use secret mounts; .dockerignore; rotate the leaked secret',
	},
	'image-user-non-root': {
		title: 'Final image user is not root',
		criteria: ['CC6.1'],
		also: ['CC6.3'],
		severity: 'high',
		phase: 'build',
		remedy: 'Add a user and USER 10001:10001',
	},
	'run-user-non-root': {
		title: 'No process in the container runs as host root',
		criteria: ['CC6.1'],
		also: ['CC6.3'],
		severity: 'high',
		phase: 'run',
		remedy: 'Run unprivileged; high ports; userns-remap',
	},
	'run-no-privileged': {
		title: 'No privileged container',
		criteria: ['CC6.1'],
		also: ['CC6.3', 'CC6.8'],
		severity: 'critical',
		phase: 'run',
		remedy: 'Drop --privileged; grant the one capability',
	},
	'run-cap-minimal': {
		title: 'Capabilities are dropped to an allow-list',
		criteria: ['CC6.3'],
		also: ['CC6.1'],
		severity: 'high',
		phase: 'run',
		remedy: '--cap-drop=ALL --cap-add=…',
	},
	'run-no-new-privileges': {
		title: 'no_new_privs is set',
		criteria: ['CC6.3'],
		also: ['CC6.1'],
		severity: 'medium',
		phase: 'run',
		remedy: '--security-opt no-new-privileges:true',
	},
	'run-no-engine-socket': {
		title: 'No container-engine socket is mounted',
		criteria: ['CC6.1'],
		also: ['CC6.3'],
		severity: 'critical',
		phase: 'run',
		remedy: 'Use a filtered API proxy',
	},
	'run-ports-declared': {
		title: 'Only declared ports are published, and only the proxy is reachable',
		criteria: ['CC6.6'],
		also: ['CC6.1'],
		severity: 'high',
		phase: 'run',
		remedy: 'Publish only the proxy port; bind to an address',
	},
	'proxy-in-path': {
		title: 'All published traffic passes the injected proxy',
		criteria: ['CC6.6'],
		also: ['CC8.1', 'CC6.1'],
		severity: 'high',
		phase: 'run',
		remedy: 'Publish the proxy port only; rebuild with injection',
	},
	'proxy-config-valid': {
		title: 'Proxy configuration is syntactically valid and recorded',
		criteria: ['CC8.1'],
		also: ['A1.2'],
		severity: 'high',
		phase: 'build',
		remedy: 'Fix the snippet that was merged',
	},
	'proxy-tls-min-version': {
		title: 'Only TLS 1.2+ is accepted',
		criteria: ['CC6.7'],
		also: ['C1.1', 'CC6.1'],
		severity: 'high',
		phase: 'run',
		remedy: 'ssl_protocols TLSv1.2 TLSv1.3',
	},
	'proxy-tls-cert-valid': {
		title: 'Certificate chain, name, lifetime and key strength are valid',
		criteria: ['CC6.7'],
		also: ['C1.1'],
		severity: 'high',
		phase: 'run',
		remedy: 'Automate renewal',
	},
	'proxy-http-redirect': {
		title: 'Plain HTTP is refused or redirected',
		criteria: ['CC6.7'],
		also: ['C1.1'],
		severity: 'high',
		phase: 'run',
		remedy: 'Redirect server block',
	},
	'hdr-on-errors': {
		title: 'Headers hold on error answers and errors leak no internals',
		criteria: ['CC6.6'],
		also: ['C1.1'],
		severity: 'medium',
		phase: 'run',
		remedy: 'always; one include per location; custom error pages',
	},
	'cache-no-private-sharing': {
		title: 'Authenticated/personal responses are never shared',
		criteria: ['PI1.4'],
		also: ['C1.1', 'P4.1', 'CC6.1'],
		severity: 'critical',
		phase: 'run',
		remedy: 'Bypass/no-store on credentials',
	},
	'health-check-defined': {
		title: 'A health check exists',
		criteria: ['A1.2'],
		also: ['CC7.2'],
		severity: 'medium',
		phase: 'both',
		remedy: 'Frontend adds one for the proxy and asks for the app path',
	},
	'health-state': {
		title: 'Containers are healthy over the period',
		criteria: ['A1.2'],
		also: ['A1.1', 'CC7.2'],
		severity: 'high',
		phase: 'run',
		remedy: 'Fix the app; tune start period',
	},
	'avail-memory-limit': {
		title: 'Memory is limited',
		criteria: ['A1.1'],
		also: ['A1.2'],
		severity: 'medium',
		phase: 'run',
		remedy: '--memory',
	},
	'avail-pids-limit': {
		title: 'Process count is limited',
		criteria: ['A1.1'],
		also: ['CC6.8'],
		severity: 'low',
		phase: 'run',
		remedy: '--pids-limit 256',
	},
	'log-access-complete': {
		title: 'Structured access log with required fields',
		criteria: ['CC7.2'],
		also: ['PI1.3', 'CC7.3'],
		severity: 'medium',
		phase: 'both',
		remedy: 'Use the generated log format',
	},
	'chg-digest-attested': {
		title: 'Every running image has a valid build attestation from an approved build',
		criteria: ['CC8.1'],
		also: ['CC5.2', 'CC6.8', 'CC7.1'],
		severity: 'critical',
		phase: 'run',
		remedy: 'Build through the frontend; quarantine unknown images',
	},
	'gov-waivers-valid': {
		title: 'Every waiver is approved, scoped, unexpired and compensated',
		criteria: ['CC5.3'],
		also: ['CC4.2', 'CC8.1'],
		severity: 'high',
		phase: 'both',
		remedy: 'Renew, fix, or remove',
	},
	'ev-collector-alive': {
		title: 'Collector coverage has no unexplained gap',
		criteria: ['CC4.1'],
		also: ['CC2.1', 'CC7.2'],
		severity: 'high',
		phase: 'run',
		remedy: 'Fix the daemon; explain the gap',
	},
} as const satisfies Readonly<Record<string, ControlMeta>>;

export type ControlId = keyof typeof catalogue;

/** Controls that a rule (build) or a probe (run) must exist for; the registries are maps over these. */
export type ControlIdAt<Phase extends 'build' | 'run'> = {
	[Id in ControlId]: (typeof catalogue)[Id]['phase'] extends Phase | 'both' ? Id : never;
}[ControlId];

/** True for a string that names a control of this catalogue; own properties only, so `constructor` is not one. */
export function isControlId(id: string): id is ControlId {
	return Object.hasOwn(catalogue, id);
}
