import type {Stage} from './dockerfile/ast.ts';
import {type Circumstances, type Observed, observe, type Problem} from './observe.ts';
import {headersFor} from './plan-headers.ts';
import {PORT, type Project} from './project.ts';
import type {HealthCheck, Plan, PlanRoute} from './proxies/plan.ts';

/** A plan, or why there is none. */
export interface Derivation {
	/** Absent when the image has no listener, no proxy is wanted, or there are problems. */
	readonly plan: Plan | undefined;
	/** Choices that were made for the author, as sentences. */
	readonly notes: readonly string[];
	/** What contradicts itself. With a problem there is no plan; `proxy-config-valid` reports it. */
	readonly problems: readonly Problem[];
}

const MEBIBYTE = 1024 * 1024;
/** Where the proxy itself answers for the application's health. */
const HEALTH_PATH = '/.sallyport/health';
const DEFAULT_HTTPS = 8443;
const DEFAULT_REDIRECT = 8080;

/** Derives what the proxy must do from EXPOSE, HEALTHCHECK, labels and the project file, the latter first. */
export function derivePlan(circumstances: Circumstances): Derivation {
	const {project, target} = circumstances;
	if ((circumstances.proxy ?? project.proxy) === 'none') {
		return {plan: undefined, notes: ['No proxy goes into the image, because none is wanted.'], problems: []};
	}

	const observed = observe(circumstances);
	const {port, notes, problems: misread} = portOf(observed, project);
	if (port === undefined || misread.length > 0) {
		return {plan: undefined, notes, problems: misread};
	}

	const listeners = listenersFor(port, observed.ports, project);
	const problems = conflicts(port, listeners, project, target);
	const plan = planOf(port, listeners, observed, project);
	const moved = movedNotes(listeners, project);
	return {plan: problems.length > 0 ? undefined : plan, notes: [...notes, ...moved], problems};
}

const usualHealthCheck: HealthCheck = {intervalSeconds: 2, timeoutSeconds: 2, failures: 2, passes: 1};

const everything: PlanRoute = {
	path: '/',
	match: 'prefix',
	to: {kind: 'application', protocol: 'http'},
	access: {},
	limits: {},
	headers: [],
};

function planOf(port: number, listeners: Plan['listeners'], {healthPath}: Observed, project: Project): Plan {
	const {facts, limits} = project;
	const health = facts.health ?? healthPath;
	return {
		application: {
			port,
			...(health === undefined ? {} : {healthPath: health}),
			health: usualHealthCheck,
			instances: 1,
		},
		upstreams: [],
		routes: [everything],
		listeners,
		hosts: facts.hosts,
		trustedProxies: [],
		tls: {minVersion: 'TLSv1.2', http3: false},
		headers: headersFor(project.headers),
		limits: {
			bodyBytes: limits.bodyBytes ?? 10 * MEBIBYTE,
			requestsPerSecond: limits.requestsPerSecond ?? 50,
			burst: limits.burst ?? 100,
			connections: limits.connections ?? 50,
		},
		// Docker kills ten seconds after SIGTERM by default; draining has to be over before.
		timeouts: {clientSeconds: 30, connectSeconds: 5, upstreamSeconds: 60, drainSeconds: 8},
		cacheBytes: 0,
		logs: {truncatesAddresses: false},
		pages: {errors: []},
		healthPath: HEALTH_PATH,
	};
}

type Choice = Pick<Derivation, 'notes' | 'problems'> & {readonly port: number | undefined};

// Ports that speak TLS by themselves, and ports of servers that no HTTP proxy can stand in front of.
const tlsPorts: ReadonlySet<number> = new Set([443, 8443]);
const otherPorts: ReadonlySet<number> = new Set([
	21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 3389, 4222, 5005,
	5432, 5671, 5672, 5900, 6379, 6667, 9042, 9092, 9229, 9230, 11_211, 25_565, 27_017,
]);

function portOf({ports, label, healthPort, portVariable, problems}: Observed, project: Project): Choice {
	const stated = project.facts.port ?? label;
	if (stated !== undefined || problems.length > 0) {
		return {port: stated, notes: [], problems};
	}

	const http = ports.filter(port => !tlsPorts.has(port) && !otherPorts.has(port));
	if (http.length === 0) {
		const list = ports.join(', ');
		const note = `EXPOSE names ${list}, which is not where plain HTTP is spoken as a rule, so no proxy goes into the image; if it is, say "facts: {port: …}" in ${project.file}.`;
		return {port: undefined, notes: ports.length === 0 ? [] : [note], problems};
	}

	const [first] = http;
	const port = http.find(each => each === healthPort) ?? http.find(each => each === portVariable) ?? first;
	const why = port === healthPort ? 'HEALTHCHECK asks' : port === portVariable ? 'PORT names' : 'comes first';
	const note = `EXPOSE names ${ports.join(', ')}; the proxy stands in front of ${port}, which ${why === 'comes first' ? why : `is the one that ${why}`}. If that is wrong, say "facts: {port: …}" in ${project.file}.`;
	return {port, notes: http.length > 1 ? [note] : [], problems};
}

/** The usual ports, or the next free ones a thousand further up; a port that the project names is taken as it is. */
function listenersFor(port: number, exposed: readonly number[], {listeners}: Project): Plan['listeners'] {
	const taken = new Set([
		port,
		...exposed,
		...[listeners.https, listeners.redirect].filter(each => each !== undefined),
	]);
	const https = listeners.https ?? freePort(DEFAULT_HTTPS, taken);
	const redirect = listeners.redirect ?? freePort(DEFAULT_REDIRECT, taken);
	return {https, redirect};
}

function freePort(wanted: number, taken: ReadonlySet<number>): number {
	let port = wanted;
	while (taken.has(port)) {
		port += port + 1000 > PORT.max ? -(port - 1025) : 1000;
	}

	return port;
}

function movedNotes({https, redirect}: Plan['listeners'], {listeners}: Project): readonly string[] {
	const moved = [
		...(listeners.https === undefined && https !== DEFAULT_HTTPS
			? [`TLS on ${https} instead of ${DEFAULT_HTTPS}`]
			: []),
		...(listeners.redirect === undefined && redirect !== DEFAULT_REDIRECT
			? [`plain HTTP on ${redirect} instead of ${DEFAULT_REDIRECT}`]
			: []),
	];
	return moved.length === 0
		? []
		: [`The application's ports are taken, so the proxy listens for ${moved.join(' and ')}.`];
}

function conflicts(
	port: number,
	{https, redirect}: Plan['listeners'],
	{file}: Project,
	{from}: Stage,
): Derivation['problems'] {
	const place = {line: from.line};
	const pairs: readonly (readonly [boolean, string])[] = [
		[https === port, `The proxy would listen for TLS on ${port}, where the application already listens`],
		[
			redirect === port,
			`The proxy would listen for plain HTTP on ${port}, where the application already listens`,
		],
		[https === redirect, `The proxy would listen for TLS and for plain HTTP on the same port ${https}`],
	];
	return pairs
		.filter(([isWrong]) => isWrong)
		.map(([, what]) => ({message: `${what}: give it another one under "listeners:" in ${file}.`, ...place}));
}
