/**
 * What the proxy must do, whatever its engine. Validated and complete: renderers fill in nothing, and what an engine cannot do is
 * refused before it is rendered (`features.ts`).
 */
export interface Plan {
	/** What runs in the image beside the proxy. Absent where the proxy itself answers from files. */
	readonly application?: PlanApplication;
	/** What is reached outside of the container. */
	readonly upstreams: readonly PlanUpstream[];
	/** The upstream that is the application, where it runs beside the proxy's container: the proxy's health is its health. */
	readonly beside?: string;
	/** The most specific first: exact paths, then prefixes, the longer before the shorter. The last one is the prefix `/`. */
	readonly routes: readonly PlanRoute[];
	readonly listeners: {
		/** TLS, HTTP/1.1 and HTTP/2. */
		readonly https: number;
		/** Plain HTTP that answers nothing but a 308 to HTTPS. */
		readonly redirect: number;
		/** Prometheus text over plain HTTP; absent means no such listener. */
		readonly metrics?: number;
	};
	/** Names the proxy answers to, lower case; empty means any. */
	readonly hosts: readonly string[];
	/** Networks whose X-Forwarded-For, X-Forwarded-Proto and X-Request-ID are believed. */
	readonly trustedProxies: readonly Network[];
	readonly tls: {
		/** Mozilla's guideline 6.0: TLSv1.2 is its intermediate profile, TLSv1.3 its modern one. */
		readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
		/** HTTP/3 on the UDP port of the same number. */
		readonly http3: boolean;
	};
	readonly headers: readonly PlanHeader[];
	readonly limits: PlanLimits;
	readonly timeouts: {
		readonly clientSeconds: number;
		readonly connectSeconds: number;
		readonly upstreamSeconds: number;
		/** How long running requests may go on after SIGTERM. */
		readonly drainSeconds: number;
	};
	/** Memory for what routes with a `cache` keep; it is a part of the container's. */
	readonly cacheBytes: number;
	readonly logs: {
		/** Only the network of a client is written: /24 of IPv4, /48 of IPv6. */
		readonly truncatesAddresses: boolean;
	};
	readonly pages: PlanPages;
	/** The proxy's own health route on the TLS listener. */
	readonly healthPath: string;
}

/** `192.0.2.0/24` or `2001:db8::/32`, in the form that its address family writes canonically. */
export type Network = string;

export interface PlanApplication {
	/** The application's own port; the proxy reaches it on 127.0.0.1. Further instances count up from it. */
	readonly port: number;
	/** Asked by the supervisor; without it a TCP connection must do. Printable ASCII, starts with `/`. */
	readonly healthPath?: string;
	readonly health: HealthCheck;
	/** How many are started side by side; `auto` is one for each CPU that the container may use. */
	readonly instances: number | 'auto';
	/** The environment variable that tells an instance its port. Present where there may be more than one. */
	readonly portVariable?: string;
}

export interface PlanUpstream {
	/** What routes call it: a lower-case word. */
	readonly name: string;
	readonly servers: readonly {readonly host: string; readonly port: number}[];
	/** TLS to them, verified for this name with the mounted `/etc/sallyport/tls/NAME.ca.crt`. */
	readonly tls?: {readonly serverName: string};
	readonly healthPath?: string;
	readonly health: HealthCheck;
	/** Where the project file names it, for errors that can only be known at start. */
	readonly line: number;
}

export interface HealthCheck {
	readonly intervalSeconds: number;
	readonly timeoutSeconds: number;
	/** So many in a row and it gets no more requests; so many and it gets them again. */
	readonly failures: number;
	readonly passes: number;
}

export interface PlanRoute {
	/**
	 * Matched after percent-decoding, merging of slashes and removal of dot segments, whatever the case of its letters. Letters, digits and
	 * `._~@:+,=!-`, so that no engine sees more in it than a path; a prefix ends in no slash, but for `/`.
	 */
	readonly path: string;
	/** A prefix ends where a segment ends: `/admin` is `/admin` and `/admin/x` and `/admin;x`, never `/administer`. */
	readonly match: 'exact' | 'prefix';
	readonly to: RouteTarget;
	readonly access: Access;
	/** What differs from the plan's own. */
	readonly limits: Partial<Omit<PlanLimits, 'connections'>>;
	/** Absent: nothing of this route is kept. */
	readonly cache?: RouteCache;
	/** Instead of the plan's own of the same name. */
	readonly headers: readonly PlanHeader[];
	/** Where the project file says it; absent for what was added to it. */
	readonly line?: number;
}

export type RouteTarget =
	| {
			readonly kind: 'application';
			/** `stream` passes every byte on at once, for as long as it takes: server-sent events. */
			readonly protocol: 'http' | 'stream' | 'grpc';
	  }
	| {readonly kind: 'upstream'; readonly name: string; readonly protocol: 'http' | 'stream' | 'grpc'}
	| {
			readonly kind: 'files';
			/** Absolute, in the image. */
			readonly folder: string;
			/** A file below the folder, such as `index.html`: answered for what is not there, with 200. It makes a page's own routes work. */
			readonly fallback?: string;
			/** How long a browser may keep a file without asking. */
			readonly maxAgeSeconds: number;
	  }
	| {readonly kind: 'refuse'; readonly status: 403 | 404 | 410};

/** All that is given must be met. Nothing given: everyone. */
export interface Access {
	/** The first network that fits decides; with `allow` all others are refused. */
	readonly addresses?: {readonly deny: readonly Network[]; readonly allow: readonly Network[]};
	/** RFC 7617, with sha512-crypt hashes (`$6$`). */
	readonly basic?: {
		readonly realm: string;
		readonly users: readonly {readonly name: string; readonly hash: string}[];
	};
	/** A subrequest decides: 2xx lets pass, 401 and 403 are told on, all else is 503. */
	readonly forward?: {
		/** Of the application when undefined. */
		readonly upstream?: string;
		readonly path: string;
		/** Of its answer, what the application is told. Whatever the client says in them is dropped. */
		readonly headers: readonly string[];
	};
	/** RFC 7519 in `Authorization: Bearer`, signed with RS256, ES256 or EdDSA by a key of the mounted set. */
	readonly jwt?: {
		readonly issuer: string;
		readonly audience: string;
		/** A mounted file, RFC 7517. */
		readonly keys: string;
		readonly leewaySeconds: number;
	};
	/** A client certificate that the mounted `/etc/sallyport/tls/client-ca.crt` has signed. */
	readonly certificate?: 'required';
}

export interface PlanLimits {
	readonly bodyBytes: number;
	/** Per client: an IPv4 address or an IPv6 /64. */
	readonly requestsPerSecond: number;
	readonly burst: number;
	readonly connections: number;
}

/** RFC 9111, shared cache. Only what the answer itself allows to be kept is kept, and never for a request with credentials. */
export interface RouteCache {
	/** Cookies that do not make an answer personal; a request with any other is passed by the cache. */
	readonly ignoredCookies: readonly string[];
}

export interface PlanPages {
	/** Text of /robots.txt. */
	readonly robots?: string;
	/** Text of /.well-known/security.txt, RFC 9116. */
	readonly securityTxt?: string;
	/** HTML instead of JSON for the proxy's own errors, by status; a file of the image. */
	readonly errors: readonly {readonly status: number; readonly file: string}[];
	/** While this file exists in the container, everything but the health route answers 503 with it. */
	readonly maintenance?: string;
}

export interface PlanHeader {
	readonly name: string;
	readonly value: string;
	/**
	 * `override` replaces the application's own, `if-absent` only fills in, `append` says another one beside it. All hold on error
	 * answers too.
	 */
	readonly mode: 'override' | 'if-absent' | 'append';
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
	/** Of the files, the one that says what clients meet: the contract has its digest. */
	readonly config: string;
	/** MUST be pure: the same plan gives the same bytes, so that the layer stays cached and its digest means something. */
	render(plan: Plan): readonly ProxyFile[];
}
