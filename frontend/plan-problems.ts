import type {Stage} from './dockerfile/ast.ts';
import type {Problem} from './observe.ts';
import {portsOf} from './plan-listeners.ts';
import {PORT} from './project/values.ts';
import type {Project} from './project.ts';
import type {Engine} from './proxies/engine.ts';
import {refusals} from './proxies/features.ts';
import type {Plan, PlanUpstream} from './proxies/plan.ts';

/** What a whole plan is wrong about, each with the line that says it. */
export function planProblems(
	plan: Plan,
	project: Project,
	target: Stage,
	engine: Engine,
): readonly Problem[] {
	return [
		...instanceProblems(plan, project),
		...loops(plan, project),
		...idleSettings(plan, project),
		...refused(plan, project, target, engine),
	];
}

/** Where a key of the project file stands; it is one that is there. */
function stated({file, lines}: Project, ...keys: readonly string[]): Pick<Problem, 'line' | 'file'> {
	return {file, line: keys.map(key => lines.get(key)).find(line => line !== undefined) ?? 1};
}

function instanceProblems({application}: Plan, project: Project): readonly Problem[] {
	const {instances, portVariable} = application ?? {};
	const place = stated(project, 'proxy.instances');
	if (project.settings.instances === undefined || application === undefined) {
		return project.settings.instances === undefined
			? []
			: [
					{
						message: 'There is no application that instances could be started of: leave "instances:" out.',
						...place,
					},
				];
	}

	const last = portsOf(application).at(-1) ?? 0;
	return [
		...(instances !== 1 && portVariable === undefined
			? [
					{
						message:
							'Instances need the environment variable by which each is told its port, or all would listen on the same one: write "instances: {count: auto, variable: PORT}".',
						...place,
					},
				]
			: []),
		...(last > PORT.max
			? [
					{
						message: `The instances would listen on ports up to ${last}, and ${PORT.max} is the last: start at a lower one.`,
						...place,
					},
				]
			: []),
	];
}

const LOOPBACK = /^(?:127\.|::1$|localhost$|.*\.localhost$)/;

/** An upstream that is this proxy: a request would go round until a limit stops it. */
function loops({upstreams, listeners, hosts, application}: Plan, {file}: Project): readonly Problem[] {
	const own = new Set(Object.values(listeners));
	const behind = new Set(portsOf(application));
	return upstreams.flatMap(({name, servers, line}) => {
		const self = servers.find(server => isSelf(server, own, hosts));
		const around = servers.find(({host, port}) => LOOPBACK.test(host) && behind.has(port));
		return [
			...(self === undefined
				? []
				: [
						{
							message: `The upstream ${name} has the server ${written(self)}, which is this proxy: its requests would come round again.`,
							line,
							file,
						},
					]),
			...(around === undefined
				? []
				: [
						{
							message: `The upstream ${name} has the server ${written(around)}, which is the application of this image: write "to: application" instead.`,
							line,
							file,
						},
					]),
		];
	});
}

type Server = PlanUpstream['servers'][number];

function isSelf({host, port}: Server, own: ReadonlySet<number>, hosts: readonly string[]): boolean {
	return (
		(LOOPBACK.test(host) && own.has(port)) ||
		(hosts.includes(host) && (own.has(port) || port === 443 || port === 80))
	);
}

function written({host, port}: Server): string {
	return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What is set for something that the plan does not do. */
function idleSettings({cacheBytes}: Plan, project: Project): readonly Problem[] {
	return project.settings.cacheBytes !== undefined && cacheBytes === 0
		? [
				{
					message:
						'A size is given for the cache, and no route keeps anything: write "cache: true" at a route, or leave the size out.',
					...stated(project, 'proxy.cache'),
				},
			]
		: [];
}

function refused(plan: Plan, project: Project, {from}: Stage, engine: Engine): readonly Problem[] {
	return refusals(engine, plan).map(({title, because, place: {line, key}}) => {
		const known = line ?? (key === undefined ? undefined : project.lines.get(key));
		const message = `${title} cannot be had from ${engine}: ${because}. Leave it out, or take another engine under "proxy:".`;
		return known === undefined ? {message, line: from.line} : {message, line: known, file: project.file};
	});
}
