/** What the proxy must do, whatever its engine. Validated and complete: renderers fill in nothing and refuse nothing. */
export interface Plan {
	readonly application: {
		/** The application's own port; the proxy reaches it on 127.0.0.1. */
		readonly port: number;
		/** Asked by the proxy's health route; without it a TCP connection must do. Printable ASCII, starts with `/`. */
		readonly healthPath?: string;
	};
	readonly listeners: {
		/** TLS, HTTP/1.1 and HTTP/2. */
		readonly https: number;
		/** Plain HTTP that answers nothing but a 308 to HTTPS. */
		readonly redirect: number;
	};
	/** Names the proxy answers to, lower case; empty means any. */
	readonly hosts: readonly string[];
	readonly tls: {readonly minVersion: 'TLSv1.2' | 'TLSv1.3'};
	readonly headers: readonly PlanHeader[];
	readonly limits: {
		readonly bodyBytes: number;
		/** Per client: an IPv4 address or an IPv6 /64. */
		readonly requestsPerSecond: number;
		readonly burst: number;
		readonly connections: number;
	};
	readonly timeouts: {
		readonly clientSeconds: number;
		readonly connectSeconds: number;
		readonly upstreamSeconds: number;
		/** How long running requests may go on after SIGTERM. */
		readonly drainSeconds: number;
	};
	/** The proxy's own health route on the TLS listener. */
	readonly healthPath: string;
}

export interface PlanHeader {
	readonly name: string;
	readonly value: string;
	/** `override` replaces the application's own; `if-absent` only fills in. Both hold on error answers too. */
	readonly mode: 'override' | 'if-absent';
}

/** A file of the proxy layer. Content is text; `path` is absolute in the image. */
export interface ProxyFile {
	readonly path: string;
	readonly mode: number;
	readonly content: string;
}

/** One engine. A new one is a file that exports this and a line in `index.ts`. */
export interface Renderer {
	/** The image that brings the engine's tree, as users name it. */
	readonly image: string;
	/** MUST be pure: the same plan gives the same bytes, so that the layer stays cached and its digest means something. */
	render(plan: Plan): readonly ProxyFile[];
}
