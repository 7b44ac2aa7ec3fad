import type {Bundle} from '../policies/bundle.ts';
import type {Verdict} from '../policies/decide.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import type {Contract, ProxyContract} from '../proto/contract.ts';
import {digestOf} from '../proto/digest.ts';
import {paths} from '../proto/labels.ts';
import {VERSION} from '../proto/version.ts';
import {proxies} from './proxies/index.ts';
import type {Plan, ProxyFile} from './proxies/plan.ts';

/** What a proxy engine adds to a plan: its files, and the image that its tree comes from. */
export interface Rendered {
	readonly plan: Plan;
	readonly files: readonly ProxyFile[];
	readonly image: string;
}

/**
 * What nginx is told, when there is anything to tell it. The one engine there is; a second one makes this a choice.
 * @param image where its tree comes from, when that is not the usual one
 */
export function renderedOf(plan: Plan | undefined, image?: string): Rendered | undefined {
	const {nginx} = proxies;
	return plan === undefined ? undefined : {plan, files: nginx.render(plan), image: image ?? nginx.image};
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

function proxyContractOf({plan, files, image}: Rendered): ProxyContract {
	const config = files.find(({path}) => path === paths.proxyConfig);
	return {
		engine: 'nginx',
		image,
		configPath: paths.proxyConfig,
		configDigest: digestOf(config?.content ?? ''),
		listeners: [
			{port: plan.listeners.https, protocol: 'https'},
			{port: plan.listeners.redirect, protocol: 'redirect'},
		],
		hosts: plan.hosts,
		tls: {minVersion: plan.tls.minVersion, withoutCertificate: 'self-signed'},
		// A header that the application may set itself is promised to be there; one that is overridden, with its value.
		headers: plan.headers.map(({name, value, mode}) => (mode === 'override' ? {name, value} : {name})),
		healthPath: plan.healthPath,
		cache: 'off',
		limits: plan.limits,
	};
}
