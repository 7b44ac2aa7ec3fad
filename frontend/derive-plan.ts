import {type Circumstances, type Judge, type Observed, observe, type Problem} from './observe.ts';
import {headersFor} from './plan-headers.ts';
import {listenersFor, movedNotes, portConflicts, portsOf} from './plan-listeners.ts';
import {type PortChoice, portOf} from './plan-port.ts';
import {planProblems} from './plan-problems.ts';
import {needingApplication, routesFor} from './plan-routes.ts';
import {protections} from './project/inherited.ts';
import {defined} from './project/values.ts';
import type {Project} from './project.ts';
import type {Engine} from './proxies/engine.ts';
import type {Plan, PlanApplication} from './proxies/plan.ts';
import {boundOf} from './rules/params.ts';
import {leastVersion} from './weakened.ts';

/** A plan, or why there is none. */
export interface Derivation {
	/** Absent when the image has no listener, no proxy is wanted, or there are problems. */
	readonly plan: Plan | undefined;
	/** What the plan is rendered for. */
	readonly engine: Engine;
	/** Choices that were made for the author, as sentences. */
	readonly notes: readonly string[];
	/** What contradicts itself. With a problem there is no plan; `proxy-config-valid` reports it. */
	readonly problems: readonly Problem[];
}

const MEBIBYTE = 1024 * 1024;
/** Where the proxy itself answers for the application's health. */
const HEALTH_PATH = '/.sallyport/health';

/** Derives what the proxy must do from EXPOSE, HEALTHCHECK, labels, the bundle and the project file, the last first. */
export function derivePlan(circumstances: Circumstances): Derivation {
	const {project, target, bundle} = circumstances;
	const chosen = circumstances.proxy ?? project.proxy ?? 'nginx';
	if (chosen === 'none') {
		const notes = ['No proxy goes into the image, because none is wanted.', ...unguarded(project)];
		return {plan: undefined, engine: 'nginx', notes, problems: []};
	}

	const without = {plan: undefined, engine: chosen};
	const observed = observe(circumstances);
	const choice = portOf(observed, project);
	const {notes} = choice;
	const unknown = [...choice.problems, ...portless(choice, project)];
	if (unknown.length > 0 || (choice.port === undefined && project.routes.length === 0)) {
		return {...without, notes, problems: unknown};
	}

	const application = choice.port === undefined ? undefined : applicationOf(choice.port, observed, project);
	const used = portsOf(application);
	const listeners = listenersFor([...used, ...observed.ports], project);
	const plan = planOf(application, listeners, project, bundle);
	const problems = [
		...portConflicts(used, plan.listeners, project, target),
		...planProblems(plan, project, target, chosen),
	];
	const isPartial = plan.routes.at(-1)?.line === undefined;
	const own = choice.port === undefined ? (isPartial ? [STATIC] : []) : notes;
	const told = [...own, ...movedNotes(plan.listeners, project)];
	return problems.length > 0
		? {...without, notes: told, problems}
		: {plan, engine: chosen, notes: told, problems};
}

/** What a project protects, and this build does not. */
function unguarded({routes, file}: Project): readonly string[] {
	const closed = routes.filter(({access}) => access !== 'open' && protections(access).length > 0);
	const paths = closed.map(({path}) => path).slice(0, 8);
	return closed.length === 0
		? []
		: [`So nobody asks who comes to ${paths.join(', ')}, as ${file} wants it: the application has to.`];
}

const STATIC = 'No application stands behind the proxy: what its routes do not name is answered with 404.';

/** Routes that need an application of which nobody knows where it listens. */
function portless({port}: PortChoice, {routes, file}: Project): readonly Problem[] {
	const route = port === undefined ? needingApplication(routes) : undefined;
	return route === undefined
		? []
		: [
				{
					message: `The route ${route.path} goes to the application, and nothing says where that listens: write EXPOSE, or "facts: {port: …}" in ${file}.`,
					line: route.line,
					file,
				},
			];
}

function applicationOf(
	port: number,
	{healthPath, portVariable}: Observed,
	project: Project,
): PlanApplication {
	const {facts, settings} = project;
	const {count = 1, variable} = settings.instances ?? {};
	// An image that sets PORT to where it listens has told how it wants to be told.
	const usual = portVariable === port ? 'PORT' : undefined;
	return {
		port,
		health: settings.health,
		instances: count,
		...defined({
			healthPath: facts.health ?? healthPath,
			portVariable: variable ?? (count === 1 ? undefined : usual),
		}),
	};
}

function planOf(
	application: PlanApplication | undefined,
	listeners: Plan['listeners'],
	project: Project,
	bundle: Judge | undefined,
): Plan {
	const {facts, settings, upstreams, pages} = project;
	const headers = headersFor(project.headers);
	const routes = routesFor(project, application !== undefined, headers);
	const isPrivate = bundle?.terms.scope.categories.includes('privacy') === true;
	const isCaching = routes.some(({cache}) => cache !== undefined);
	return {
		...defined({application}),
		upstreams,
		routes,
		listeners,
		hosts: facts.hosts,
		trustedProxies: settings.trustedProxies,
		tls: {minVersion: settings.tls.minVersion ?? leastVersion(bundle), http3: settings.tls.http3},
		headers,
		limits: limitsOf(project, bundle),
		timeouts: timeoutsOf(settings.timeouts),
		cacheBytes: isCaching ? (settings.cacheBytes ?? 32 * MEBIBYTE) : 0,
		logs: {truncatesAddresses: isPrivate || settings.addresses === 'truncated'},
		pages,
		healthPath: HEALTH_PATH,
	};
}

/** What breaks nobody, or less where the bundle does not allow so much. */
function limitsOf({limits}: Project, bundle: Judge | undefined): Plan['limits'] {
	const bodies = bundle?.rules['limited-bodies'].params ?? {};
	const requests = bundle?.rules['limited-requests'].params ?? {};
	return {
		bodyBytes: limits.bodyBytes ?? boundOf(bodies, 'maxBytes', 10 * MEBIBYTE),
		requestsPerSecond: limits.requestsPerSecond ?? boundOf(requests, 'maxRate', 50),
		burst: limits.burst ?? boundOf(requests, 'maxBurst', 100),
		connections: limits.connections ?? boundOf(requests, 'maxConnections', 50),
	};
}

function timeoutsOf(stated: Project['settings']['timeouts']): Plan['timeouts'] {
	return {
		clientSeconds: stated.clientSeconds ?? 30,
		connectSeconds: stated.connectSeconds ?? 5,
		upstreamSeconds: stated.upstreamSeconds ?? 60,
		// Docker kills ten seconds after SIGTERM by default; draining has to be over before.
		drainSeconds: stated.drainSeconds ?? 8,
	};
}
