/** Image labels and places in the image that both gates know. */
export const labels = {
	/** Digest of the contract file's bytes. */
	contract: 'dev.sallyport.contract',
	/** `name@sha256:…` of the bundle that judged the build. */
	policy: 'dev.sallyport.policy',
	/** The ticket for which it was built although findings stop it; no other image has this label. */
	bypass: 'dev.sallyport.bypass',
} as const;

/** Labels by which whoever runs a container without a contract says what it serves. They only add to what is verified. */
export const descriptions = {
	/** `8443/https 8080/redirect` */
	listeners: 'dev.sallyport.listeners',
	/** Names it answers to, the first of them is asked for. */
	hosts: 'dev.sallyport.hosts',
	healthPath: 'dev.sallyport.health-path',
} as const;

export const paths = {
	contract: '/etc/sallyport/contract.json',
	buildRecord: '/etc/sallyport/build.json',
	/** The proxy's tree and our supervisor. */
	tree: '/opt/sallyport',
	/** A certificate and key mounted by the operator; without them a self-signed pair is made at start. */
	certificate: '/etc/sallyport/tls/tls.crt',
	key: '/etc/sallyport/tls/tls.key',
	/** The one place that must be writable at run time. */
	runtime: '/run/sallyport',
	init: '/opt/sallyport/bin/sallyport-init',
} as const;

/** Where a proxy's tree says which packages it is made of. @param engine as the contract names it */
export function versionsPath(engine: string): string {
	return `${paths.tree}/${engine}/VERSIONS.json`;
}

/** A ticket goes into labels, messages and records as it is: short, printable, one word with a number. */
export function isTicket(text: unknown): text is string {
	return typeof text === 'string' && /^[A-Za-z0-9][A-Za-z0-9._#/-]{2,39}$/.test(text) && /[0-9]/.test(text);
}
