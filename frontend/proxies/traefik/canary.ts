import {CANARY_LIMITS, canaryPath} from '../canary.ts';
import type {Plan} from '../plan.ts';
import type {Value} from './yaml.ts';

/** Of a plan's routes of the layer, the one after the last: what it says of the canary. */
export const canaryRoute = ({routes}: Plan): number => routes.length + 1;

/** What few requests come over, so that a probe is no flood: a second's one, and four more at once. */
const BURST = 5;
/** Who asks there is counted apart from everybody else: a probe can lock nobody out, and nobody a probe. */
const CLIENT = {ipStrategy: {ipv6Subnet: 64}};
/** A port of loopback on which nobody can listen without being root of the host. */
const NOBODY = 'http://127.0.0.1:1';

/** The pages with a limit or a service of their own come before the folder. */
const pages = {
	burst: 'canary',
	once: 'canary-twice',
	other: 'canary-other',
	nobody: 'canary-nobody',
} as const;

const RETRIED: readonly string[] = ['canary-other', 'canary-twice'];

export function canaryRouters(plan: Plan): Readonly<Record<string, Value>> {
	const path = canaryPath(plan).replaceAll('.', '\\.');
	const router = (rule: string, service: string, more: number, limit: string): Value => ({
		entryPoints: ['https'],
		rule: `PathRegexp(\`^${path}/${rule}\`)`,
		priority: plan.routes.length + more,
		middlewares: [
			`edge-${canaryRoute(plan)}`,
			'canary-connections',
			limit,
			...(RETRIED.includes(service) ? ['canary-retry'] : []),
		],
		service,
	});
	return {
		canary: router('', 'canary', 2, 'canary-rate'),
		...Object.fromEntries(
			Object.entries(pages).map(([page, service]) => [
				`canary-${page}`,
				router(`${page}$`, service, 3, page === 'burst' ? 'canary-burst' : 'canary-rate'),
			]),
		),
	};
}

export function canaryMiddlewares(): Readonly<Record<string, Value>> {
	const {requestsPerSecond, burst: most, connections} = CANARY_LIMITS;
	const rate = (average: number, burst: number): Value => ({
		rateLimit: {average, period: '1s', burst, sourceCriterion: CLIENT},
	});
	return {
		'canary-connections': {inFlightReq: {amount: connections, sourceCriterion: CLIENT}},
		'canary-rate': rate(requestsPerSecond, most + 1),
		'canary-burst': rate(1, BURST),
		'canary-retry': {retry: {attempts: 3, status: ['502'], retryNonIdempotentMethod: false}},
	};
}

/** Behind it is the listener that redirects, which answers there for whoever asks from inside. */
export function canaryServices({listeners: {redirect}, application}: Plan): Readonly<Record<string, Value>> {
	const behind = `http://127.0.0.1:${redirect}`;
	// The same one under another address.
	const again = `http://127.0.0.2:${redirect}`;
	const to = (...servers: readonly string[]): Value => ({
		loadBalancer: {passHostHeader: true, servers: servers.map(url => ({url}))},
	});
	return {
		canary: to(behind),
		'canary-other': to(NOBODY, behind),
		'canary-twice': to(behind, again),
		'canary-nobody': {
			loadBalancer: {
				passHostHeader: true,
				servers: [{url: NOBODY}],
				// Where a route knows that nobody is there, so does this; once seen it is asked once a day.
				healthCheck:
					application?.healthPath === undefined
						? undefined
						: {path: '/', interval: '1s', unhealthyInterval: '24h', timeout: '1s'},
			},
		},
	};
}
