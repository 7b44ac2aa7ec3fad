import type {HealthCheck, Plan, PlanUpstream} from './plan.ts';

/** How long an application may take to end. Orchestrators have a limit of their own, mostly shorter, and know better. */
const STOP_SECONDS = 60;

const TLS = '/etc/sallyport/tls';

/** What the supervisor is told, one `key value` a line; `init/settings.c` reads it. */
export function settings(plan: Plan): readonly string[] {
	const {application, healthPath, timeouts, hosts, upstreams, routes, logs, beside} = plan;
	const {https, redirect, metrics} = plan.listeners;
	const keys = new Set(routes.flatMap(({access: {jwt}}) => jwt?.keys ?? []));
	return [
		...(application === undefined
			? []
			: [
					`application_port ${application.port}`,
					`instances ${application.instances}`,
					`health ${checkOf(application.health)}`,
					...(application.portVariable === undefined ? [] : [`port_variable ${application.portVariable}`]),
					...(application.healthPath === undefined ? [] : [`application_health ${application.healthPath}`]),
				]),
		...upstreams.flatMap(upstreamLines),
		...(beside === undefined ? [] : [`beside ${beside}`]),
		// Tried before the proxy starts, so that a port which somebody has is one sentence.
		...[https, redirect, metrics].flatMap(port => (port === undefined ? [] : [`listen ${port}`])),
		`proxy_health ${healthPath}`,
		`drain_seconds ${timeouts.drainSeconds}`,
		`stop_seconds ${STOP_SECONDS}`,
		// What must be mounted, so that its absence is said once at the start and not at each request.
		...(routes.some(({access}) => access.certificate !== undefined) ? [`mounted ${TLS}/client-ca.crt`] : []),
		...upstreams.flatMap(({name, tls}) => (tls === undefined ? [] : [`mounted ${TLS}/${name}.ca.crt`])),
		...[...keys].map(path => `mounted ${path}`),
		...(logs.truncatesAddresses ? ['truncate_addresses yes'] : []),
		...hosts.map(host => `host ${host}`),
	];
}

function upstreamLines({name, line, health, healthPath, servers, tls}: PlanUpstream): readonly string[] {
	return [
		`upstream ${name} ${line} ${checkOf(health)}${healthPath === undefined ? '' : ` ${healthPath}`}`,
		...(tls === undefined ? [] : [`tls ${tls.serverName}`]),
		...servers.map(({host, port}) => `server ${host} ${port}`),
	];
}

function checkOf({intervalSeconds, timeoutSeconds, failures, passes}: HealthCheck): string {
	return `${intervalSeconds} ${timeoutSeconds} ${failures} ${passes}`;
}
