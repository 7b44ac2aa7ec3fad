import {type Derivation, derivePlan} from './derive-plan.ts';
import {FrontendError} from './error.ts';
import {type Circumstances, type Opened, openDockerfile} from './examine.ts';
import type {Options} from './options.ts';
import type {Plan, PlanRoute, RouteTarget} from './proxies/plan.ts';
import type {Sources} from './source/read.ts';

/** What a build is about: a text, what stands around it, and what was read of it. */
export interface Subject {
	readonly opened: Opened;
	readonly circumstances: Circumstances;
	readonly sources: Sources;
}

/**
 * The proxy in an image of its own, for an application that runs beside it: the same plan, of which nothing but the way to the
 * application differs. It is judged as the image that it is. What is wrong with the application's is told where that is built; what
 * is wrong with the plan is told here.
 * @throws {FrontendError} FRONTEND_NO_SIDECAR where there is no plan, or one that needs files of the application's image
 */
export function sidecarOf({opened, circumstances, sources}: Subject, {upstream}: Options): Subject {
	const derivation = derivePlan({...opened, ...circumstances});
	const {plan} = derivation;
	if (plan === undefined) {
		throw refused(`there is none to put before this application. ${reasonOf(derivation, opened.file)}`);
	}

	const [needed] = filesIn(plan);
	if (needed !== undefined) {
		throw refused(
			`${needed}, and the files of the application's image are not in it. Build without a target`,
		);
	}

	const derived = {...derivation, plan: besidePlan(plan, upstream)};
	const dockerfile = new TextEncoder().encode(TEXT);
	const own = {file: NAME, bytes: dockerfile, target: undefined};
	return {
		opened: openDockerfile({...own, buildArgs: new Map(), contexts: new Set()}),
		circumstances: {
			...circumstances,
			derived,
			images: new Map(),
			contextFiles: undefined,
			held: undefined,
			manifests: undefined,
			ignoreFile: undefined,
		},
		sources: {...sources, dockerfile},
	};
}

/** What the text is called where it is told of. */
const NAME = 'Dockerfile of sallyport-proxy';

/** The layers come to its end, as in every other. */
const TEXT = `FROM scratch
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s --retries=3 CMD ["/opt/sallyport/bin/sallyport-init", "health"]
`;

function refused(why: string): FrontendError {
	return new FrontendError(
		'FRONTEND_NO_SIDECAR',
		`--target sallyport-proxy builds the proxy alone, and ${why}.`,
	);
}

function reasonOf({problems, notes}: Derivation, own: string): string {
	const [problem] = problems;
	if (problem !== undefined) {
		return `${problem.file ?? own}:${problem.line}: ${problem.message}`.replace(/\.$/, '');
	}

	return (notes[0] ?? 'Name the port on which it listens with EXPOSE').replace(/\.$/, '');
}

/** What of a plan is answered from files of the image, as sentences without an end. */
function filesIn({routes, pages}: Plan): readonly string[] {
	const page = pages.errors[0]?.file ?? pages.maintenance;
	return [
		...routes.flatMap(({path, to}) =>
			to.kind === 'files' ? [`the route ${path} is answered from ${to.folder}`] : [],
		),
		...(page === undefined ? [] : [`a page is answered from ${page}`]),
	];
}

/** Where an application is that runs beside its proxy: in one pod, they share the loopback device. */
const LOOPBACK = '127.0.0.1';

/** @param upstream where the application is reached; in the same network namespace when undefined */
export function besidePlan(plan: Plan, upstream: Options['upstream']): Plan {
	const {application, ...rest} = plan;
	if (application === undefined) {
		return plan;
	}

	const name = freeName(plan);
	const {port, health, healthPath} = application;
	const beside = {
		name,
		servers: [{host: upstream?.host ?? LOOPBACK, port: upstream?.port ?? port}],
		...(healthPath === undefined ? {} : {healthPath}),
		health,
		// No line of the project file says it.
		line: 1,
	};
	return {
		...rest,
		upstreams: [...plan.upstreams, beside],
		beside: name,
		routes: plan.routes.map(route => besideRoute(route, name)),
	};
}

function freeName({upstreams}: Plan): string {
	let name = 'beside';
	while (upstreams.some(each => each.name === name)) {
		name = `${name}-it`;
	}

	return name;
}

function besideRoute(route: PlanRoute, name: string): PlanRoute {
	const {to, access} = route;
	const {forward} = access;
	const isOwn = forward !== undefined && forward.upstream === undefined;
	const target: RouteTarget =
		to.kind === 'application' ? {kind: 'upstream', name, protocol: to.protocol} : to;
	return {...route, to: target, access: isOwn ? {...access, forward: {...forward, upstream: name}} : access};
}
