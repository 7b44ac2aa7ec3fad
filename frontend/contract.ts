import type {Bundle} from '../policies/bundle.ts';
import type {Verdict} from '../policies/decide.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import type {Contract, Listener, ProxyContract, RouteContract} from '../proto/contract.ts';
import {digestOf} from '../proto/digest.ts';
import {VERSION} from '../proto/version.ts';
import {protections} from './project/inherited.ts';
import {canaryPath} from './proxies/canary.ts';
import type {Engine} from './proxies/engine.ts';
import {proxies} from './proxies/index.ts';
import {headSeconds} from './proxies/nginx/limits.ts';
import type {Plan, PlanRoute, ProxyFile} from './proxies/plan.ts';

/** What a proxy engine adds to a plan: its files, and the image that its tree comes from. */
export interface Rendered {
	readonly plan: Plan;
	readonly engine: Engine;
	readonly files: readonly ProxyFile[];
	readonly image: string;
}

/**
 * What the engine is told, when there is anything to tell it.
 * @param image where its tree comes from, when that is not the usual one
 */
export function renderedOf(plan: Plan | undefined, engine: Engine, image?: string): Rendered | undefined {
	const {render, image: usual} = proxies[engine];
	return plan === undefined ? undefined : {plan, engine, files: render(plan), image: image ?? usual};
}

/** Writes down what the image promises, from what was planned and judged. @param dockerfile the author's own bytes */
export function contractOf(
	dockerfile: Uint8Array,
	bundle: Bundle,
	verdict: Verdict,
	rendered: Rendered | undefined,
): Contract {
	const application = rendered?.plan.application;
	return {
		version: 1,
		frontend: {version: VERSION},
		policy: {name: bundle.name, digest: digestOf(canonicalJson(bundle.document))},
		dockerfile: {digest: digestOf(dockerfile)},
		application: {
			...(application === undefined ? {} : {port: application.port}),
			...(application?.healthPath === undefined ? {} : {healthPath: application.healthPath}),
		},
		...(rendered === undefined ? {} : {proxy: proxyContractOf(rendered)}),
		checks: Object.fromEntries(verdict.checks.map(({control, result}) => [control, result])),
	};
}

function proxyContractOf({plan, engine, files, image}: Rendered): ProxyContract {
	const {config: configPath} = proxies[engine];
	const config = files.find(({path}) => path === configPath);
	return {
		engine,
		image,
		configPath,
		configDigest: digestOf(config?.content ?? ''),
		listeners: listenersOf(plan),
		hosts: plan.hosts,
		tls: {minVersion: plan.tls.minVersion, withoutCertificate: 'self-signed'},
		headers: headersOf(plan),
		healthPath: plan.healthPath,
		canaryPath: canaryPath(plan),
		trustsProxies: plan.trustedProxies.length > 0,
		// Traefik has a time for the whole of a request, and none between its bytes.
		...(engine === 'nginx' ? {headSeconds: headSeconds(plan)} : {}),
		cache: plan.routes.some(({cache}) => cache !== undefined) ? 'routes' : 'off',
		routes: plan.routes.some(isRemarkable) ? plan.routes.map(routeContractOf) : [],
		limits: plan.limits,
	};
}

function listenersOf({listeners: {https, redirect, metrics}, tls}: Plan): readonly Listener[] {
	return [
		{port: https, protocol: 'https'},
		{port: redirect, protocol: 'redirect'},
		...(tls.http3 ? [{port: https, protocol: 'http3'} as const] : []),
		...(metrics === undefined ? [] : [{port: metrics, protocol: 'metrics'} as const]),
	];
}

/** A header that the application, or a route, may say otherwise is promised to be there; all others with their value. */
function headersOf({headers, routes}: Plan): ProxyContract['headers'] {
	const varied = new Set(routes.flatMap(route => route.headers.map(({name}) => name.toLowerCase())));
	return headers.map(({name, value, mode}) =>
		mode === 'override' && !varied.has(name.toLowerCase()) ? {name, value} : {name},
	);
}

/** Open and to the application is what nobody has to verify, but beside a route that is not: it says where that ends. */
function isRemarkable({to, access, cache}: PlanRoute): boolean {
	return to.kind !== 'application' || protections(access).length > 0 || cache !== undefined;
}

function routeContractOf({path, match, to, access, cache}: PlanRoute): RouteContract {
	return {path, match, to: to.kind, access: protections(access), cached: cache !== undefined};
}
