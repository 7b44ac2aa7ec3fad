import type {Plan, ProxyFile, Renderer} from './plan.ts';
import {settings} from './settings.ts';
import {canaryServices} from './traefik/canary.ts';
import {layerLines} from './traefik/layer.ts';
import {middlewares, routers, SETTINGS} from './traefik/routers.ts';
import {serversTransports, services} from './traefik/services.ts';
import {staticFile} from './traefik/static.ts';
import {tls} from './traefik/tls.ts';
import {yaml} from './traefik/yaml.ts';

/** Traefik 3.7, from 3.7.12 on, with a middleware of ours for what it has no part for. Each piece says beside its lines why. */
export const traefik: Renderer = {image: 'sallyport/proxy-traefik:1', config: SETTINGS, render};

const CONF = '/opt/sallyport/conf';

function render(plan: Plan): readonly ProxyFile[] {
	return [
		file(`${CONF}/traefik.yaml`, yaml(staticFile(plan, SETTINGS))),
		file(SETTINGS, `${yaml(dynamicFile(plan))}${layerLines(plan).join('\n')}\n`),
		file(`${CONF}/init.conf`, `${supervised(plan).join('\n')}\n`),
	];
}

function dynamicFile(plan: Plan): Parameters<typeof yaml>[0] {
	return {
		http: {
			routers: routers(plan),
			middlewares: middlewares(plan),
			services: unlessEmpty({...services(plan), ...canaryServices(plan)}),
			serversTransports: unlessEmpty(serversTransports(plan)),
		},
		tls: tls(plan),
	};
}

/** Traefik takes a list without entries for a mistake. */
function unlessEmpty<T extends object>(values: T): T | undefined {
	return Object.keys(values).length === 0 ? undefined : values;
}

function supervised(plan: Plan): readonly string[] {
	// It has no socket that could be asked for the container's own health check.
	return ['engine traefik', `health_port ${plan.listeners.redirect}`, ...settings(plan)];
}

function file(path: string, content: string): ProxyFile {
	return {path, mode: 0o644, content};
}
