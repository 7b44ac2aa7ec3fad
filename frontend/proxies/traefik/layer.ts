import {canaryPath} from '../canary.ts';
import {isGuarded} from '../guarded.ts';
import {DISCLOSING, SPOOFABLE} from '../hostile-headers.ts';
import {mediaTypes} from '../media-types.ts';
import {METHODS} from '../methods.ts';
import type {Plan, PlanHeader, PlanRoute} from '../plan.ts';
import {addressesOf, upstreamOf} from './services.ts';

/** What our own middleware is told, as JSON in comments; it takes the marks away. No two braces: they would begin a template's action. */
export function layerLines(plan: Plan): readonly string[] {
	const text = JSON.stringify(layerSettings(plan), undefined, '\t').replaceAll('{{', '{\\u007b');
	return text.split('\n').map(line => `#| ${line}`);
}

/** `layer/settings.go` has the same names. */
function layerSettings(plan: Plan): unknown {
	const {listeners, hosts, trustedProxies, pages, logs, healthPath, routes} = plan;
	const told = routes
		.flatMap(({access}) => access.forward?.headers ?? [])
		.filter(name => !isCredential(name));
	return {
		https: String(listeners.https),
		redirect: String(listeners.redirect),
		healthPath,
		canaryPath: canaryPath(plan),
		methods: METHODS,
		hosts,
		guarded: isGuarded(plan),
		trusted: trustedProxies,
		drop: [...new Set([...SPOOFABLE, ...told].map(canonical))],
		hide: [...new Set([...DISCLOSING, 'Server'].map(canonical))],
		truncates: logs.truncatesAddresses,
		robots: pages.robots ?? '',
		securityTxt: pages.securityTxt ?? '',
		pages: pages.errors,
		maintenance: pages.maintenance ?? '',
		types: routes.some(({to}) => to.kind === 'files') ? typesByEnding() : {},
		routes: [
			...routes.map(route => routeSettings(plan, route)),
			// For what no rule fits.
			{refuse: 400, headers: plan.headers},
			// The canary's.
			{bodyBytes: plan.limits.bodyBytes, headers: plan.headers},
		],
	};
}

function routeSettings(plan: Plan, {path, match, to, access, limits, headers}: PlanRoute): unknown {
	const {addresses, basic, forward, jwt} = access;
	return {
		path,
		exact: match === 'exact',
		bodyBytes: limits.bodyBytes ?? plan.limits.bodyBytes,
		streams: (to.kind === 'application' || to.kind === 'upstream') && to.protocol !== 'http',
		refuse: to.kind === 'refuse' ? to.status : 0,
		headers: headersOf(plan, headers),
		deny: addresses?.deny ?? [],
		allow: addresses?.allow ?? [],
		certificate: access.certificate !== undefined,
		realm: basic?.realm ?? '',
		users: basic?.users ?? [],
		token: jwt,
		forward: forward === undefined ? undefined : forwardSettings(plan, forward),
		files:
			to.kind === 'files'
				? {folder: to.folder, fallback: to.fallback ?? '', maxAgeSeconds: to.maxAgeSeconds}
				: undefined,
	};
}

function forwardSettings(
	plan: Plan,
	{upstream, path, headers}: NonNullable<PlanRoute['access']['forward']>,
): unknown {
	const tls = upstream === undefined ? undefined : upstreamOf(plan, upstream)?.tls;
	return {
		urls: addressesOf(plan, upstream).map(address => `${address}${path}`),
		serverName: tls?.serverName ?? '',
		authority: `/etc/sallyport/tls/${upstream ?? ''}.ca.crt`,
		headers,
	};
}

function typesByEnding(): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(mediaTypes).flatMap(([type, endings]) => endings.split(' ').map(ending => [ending, type])),
	);
}

/** A route's own instead of the plan's of the same name. */
function headersOf({headers}: Plan, own: readonly PlanHeader[]): readonly PlanHeader[] {
	const names = new Set(own.map(({name}) => name.toLowerCase()));
	return [...headers.filter(({name}) => !names.has(name.toLowerCase())), ...own];
}

/** A client's own credentials are the application's business where nobody else checks them. */
function isCredential(name: string): boolean {
	return name.toLowerCase() === 'authorization';
}

/** As Go writes names: the layer takes them out of a map. */
function canonical(name: string): string {
	return name.toLowerCase().replaceAll(/(?:^|-)[a-z]/g, letter => letter.toUpperCase());
}
