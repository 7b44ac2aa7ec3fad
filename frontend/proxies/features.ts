import type {Engine} from './engine.ts';
import type {Plan} from './plan.ts';
import {always, called, type Place, routesWhere, type Uses, upstreamsWhere, when} from './uses.ts';

/** How an engine does what a plan says. What it cannot do is refused: a weaker thing of the same name is worse than none. */
export type Support = 'native' | {readonly emulated: string} | {readonly refused: string};

export interface Feature {
	/** In a few words, as a sentence's beginning. */
	readonly title: string;
	/** Where a plan needs it. */
	readonly uses: Uses;
	readonly support: Readonly<Record<Engine, Support>>;
}

/** A middleware of ours that Traefik's own interpreter runs. */
const LAYER = {emulated: 'our middleware'} as const;

/** Everything that a plan can ask for, in the order of the table in `docs/proxy.md`, which is made of it. */
export const features = {
	'tls-intermediate': {
		title: 'TLS 1.2 and 1.3, Mozilla intermediate',
		uses: when(({tls}) => tls.minVersion === 'TLSv1.2', 'proxy.tls'),
		support: {nginx: 'native', traefik: 'native'},
	},
	'tls-modern': {
		title: 'TLS 1.3 alone, Mozilla modern',
		uses: when(({tls}) => tls.minVersion === 'TLSv1.3', 'proxy.tls'),
		support: {nginx: 'native', traefik: 'native'},
	},
	http3: {
		title: 'HTTP/3',
		uses: when(({tls}) => tls.http3, 'proxy.tls.http3'),
		support: {nginx: 'native', traefik: 'native'},
	},
	'https-redirect': {
		title: 'The redirect from plain HTTP',
		uses: always,
		support: {
			nginx: 'native',
			traefik: {emulated: 'our middleware, for the port and the host that a client used'},
		},
	},
	'known-hosts': {
		title: 'Refusal of unknown hosts',
		uses: when(({hosts}) => hosts.length > 0, 'facts.hosts'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'trusted-proxies': {
		title: 'Addresses told by trusted proxies',
		uses: when(({trustedProxies}) => trustedProxies.length > 0, 'proxy.trustedProxies'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'request-id': {
		title: 'A request id on every request and answer',
		uses: always,
		support: {nginx: 'native', traefik: LAYER},
	},
	'registered-methods': {
		title: 'An end for methods that nobody has registered',
		uses: always,
		support: {nginx: 'native', traefik: LAYER},
	},
	canary: {
		title: 'A place of its own for questions that no application should be asked',
		uses: always,
		support: {
			nginx: {emulated: 'a route to itself, with zones of its own'},
			traefik: {emulated: 'a route to the listener that redirects, where our middleware answers from inside'},
		},
	},
	'exact-route': {
		title: 'Exact routes',
		uses: routesWhere(({match}) => match === 'exact'),
		support: {nginx: 'native', traefik: 'native'},
	},
	'prefix-route': {
		title: 'Routes for all below a path',
		uses: routesWhere(({match, path}) => match === 'prefix' && path !== '/'),
		support: {nginx: 'native', traefik: 'native'},
	},
	websocket: {
		title: 'WebSockets',
		uses: routesWhere(({to}) => called(to) === 'http'),
		support: {nginx: 'native', traefik: 'native'},
	},
	'event-stream': {
		title: 'Answers passed on byte by byte',
		uses: routesWhere(({to}) => called(to) === 'stream'),
		support: {nginx: 'native', traefik: 'native'},
	},
	grpc: {
		title: 'gRPC',
		uses: routesWhere(({to}) => called(to) === 'grpc'),
		support: {nginx: 'native', traefik: 'native'},
	},
	files: {
		title: 'Files of the image',
		uses: routesWhere(({to}) => to.kind === 'files'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'refused-path': {
		title: 'Paths that are refused',
		uses: routesWhere(({to}) => to.kind === 'refuse'),
		support: {nginx: 'native', traefik: LAYER},
	},
	upstreams: {
		title: 'Upstreams outside of the container',
		uses: upstreamsWhere(() => true),
		support: {nginx: 'native', traefik: 'native'},
	},
	'upstream-tls': {
		title: 'Verified TLS to upstreams',
		uses: upstreamsWhere(({tls}) => tls !== undefined),
		support: {nginx: 'native', traefik: 'native'},
	},
	'active-checks': {
		title: 'Active health checks',
		uses: plan => [
			...upstreamsWhere(() => true)(plan),
			...when(({application}) => application?.instances !== 1, 'proxy.instances')(plan),
		],
		support: {
			nginx: {emulated: 'the supervisor, which asks and rewrites the list of servers'},
			traefik: {
				emulated:
					'its own, where a health path is given: one failure takes a server out and one pass brings it back',
			},
		},
	},
	instances: {
		title: 'Several instances of the application',
		uses: when(
			({application}) => application !== undefined && application.instances !== 1,
			'proxy.instances',
		),
		support: {
			nginx: {emulated: 'the supervisor, which starts them and writes the list of servers'},
			traefik: {emulated: 'the supervisor, which starts them'},
		},
	},
	'address-lists': {
		title: 'Lists of addresses that may come',
		uses: routesWhere(({access}) => (access.addresses?.allow.length ?? 0) > 0),
		support: {nginx: 'native', traefik: LAYER},
	},
	'address-denials': {
		title: 'Lists of addresses that may not come',
		uses: routesWhere(({access}) => (access.addresses?.deny.length ?? 0) > 0),
		support: {nginx: 'native', traefik: LAYER},
	},
	'basic-access': {
		title: 'Passwords',
		uses: routesWhere(({access}) => access.basic !== undefined),
		support: {nginx: 'native', traefik: LAYER},
	},
	'forward-access': {
		title: 'Access decided by a subrequest',
		uses: routesWhere(({access}) => access.forward !== undefined),
		support: {nginx: 'native', traefik: LAYER},
	},
	'jwt-access': {
		title: 'Access by signed tokens',
		uses: routesWhere(({access}) => access.jwt !== undefined),
		support: {
			nginx: {emulated: 'njs; of its algorithms RS256 and ES256, a token signed with EdDSA gets 401'},
			traefik: LAYER,
		},
	},
	'forward-and-jwt': {
		title: 'A signed token and a subrequest on one route',
		uses: routesWhere(({access}) => access.forward !== undefined && access.jwt !== undefined),
		support: {nginx: {refused: 'each of them is the one subrequest that decides'}, traefik: 'native'},
	},
	'certificate-access': {
		title: 'Client certificates on a route',
		uses: routesWhere(({access}) => access.certificate !== undefined),
		support: {
			nginx: 'native',
			traefik: {emulated: 'our middleware, which asks for what Traefik has verified'},
		},
	},
	'rate-limit': {
		title: 'Requests a second per client, an IPv6 /64 being one',
		uses: always,
		support: {nginx: 'native', traefik: 'native'},
	},
	'connection-limit': {
		title: 'Connections per client',
		uses: always,
		support: {
			nginx: 'native',
			traefik: {emulated: 'requests at the same time, which HTTP/2 sends over one connection'},
		},
	},
	'body-limit': {
		title: 'The largest request',
		uses: always,
		support: {nginx: 'native', traefik: LAYER},
	},
	'route-limits': {
		title: 'Limits of a route',
		uses: routesWhere(({limits}) => Object.keys(limits).length > 0),
		support: {nginx: 'native', traefik: 'native'},
	},
	'slow-clients': {
		title: 'Limits on slow clients',
		uses: always,
		support: {nginx: 'native', traefik: {emulated: 'a limit on the whole request, of 60 seconds at least'}},
	},
	drain: {
		title: 'An end without lost requests',
		uses: always,
		support: {nginx: 'native', traefik: 'native'},
	},
	'header-override': {
		title: "Headers instead of the application's",
		uses: headersOf('override'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'header-if-absent': {
		title: 'Headers where the application says none',
		uses: headersOf('if-absent'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'header-append': {
		title: "Headers beside the application's",
		uses: headersOf('append'),
		support: {nginx: 'native', traefik: LAYER},
	},
	cache: {
		title: 'A cache',
		uses: routesWhere(({cache}) => cache !== undefined),
		support: {nginx: 'native', traefik: {refused: "Traefik's free edition keeps no answers"}},
	},
	'access-log': {
		title: 'A line of JSON for every request, without its query',
		uses: always,
		support: {nginx: 'native', traefik: LAYER},
	},
	'truncated-addresses': {
		title: 'Only the network of a client in the log',
		uses: when(({logs}) => logs.truncatesAddresses, 'proxy.logs.addresses'),
		support: {nginx: 'native', traefik: LAYER},
	},
	metrics: {
		title: 'Metrics for Prometheus',
		uses: when(({listeners}) => listeners.metrics !== undefined, 'listeners.metrics'),
		support: {nginx: {emulated: 'njs, which counts what passes, and the supervisor'}, traefik: 'native'},
	},
	'well-known-pages': {
		title: 'robots.txt and security.txt',
		uses: when(({pages}) => pages.robots !== undefined || pages.securityTxt !== undefined, 'pages'),
		support: {nginx: 'native', traefik: LAYER},
	},
	'error-pages': {
		title: 'Error pages',
		uses: when(({pages}) => pages.errors.length > 0, 'pages.errors'),
		support: {nginx: 'native', traefik: LAYER},
	},
	maintenance: {
		title: 'A maintenance page',
		uses: when(({pages}) => pages.maintenance !== undefined, 'pages.maintenance'),
		support: {nginx: 'native', traefik: LAYER},
	},
} as const satisfies Readonly<Record<string, Feature>>;

export type FeatureId = keyof typeof features;

function headersOf(mode: Plan['headers'][number]['mode']): Uses {
	return plan => [
		...when(({headers}) => headers.some(header => header.mode === mode), `headers.${mode}`)(plan),
		...routesWhere(({headers}) => headers.some(header => header.mode === mode))(plan),
	];
}

/** One thing that a plan asks for and an engine does not do. */
export interface Refusal {
	readonly id: string;
	readonly title: string;
	readonly because: string;
	readonly place: Place;
}

/** What of this plan the engine refuses: each feature once, at the first place that needs it. */
export function refusals(engine: Engine, plan: Plan): readonly Refusal[] {
	const all: readonly (readonly [string, Feature])[] = Object.entries(features);
	return all.flatMap(([id, {title, uses, support}]) => {
		const own = support[engine];
		const [place] = typeof own === 'object' && 'refused' in own ? uses(plan) : [];
		return place === undefined || typeof own === 'string' || !('refused' in own)
			? []
			: [{id, title, because: own.refused, place}];
	});
}
