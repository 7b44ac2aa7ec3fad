import type {Stage} from './dockerfile/ast.ts';
import type {Problem} from './observe.ts';
import {MAX_INSTANCES} from './project/no-settings.ts';
import {PORT} from './project/values.ts';
import type {Project} from './project.ts';
import type {Plan, PlanApplication} from './proxies/plan.ts';

const DEFAULT_HTTPS = 8443;
const DEFAULT_REDIRECT = 8080;

type Listeners = Plan['listeners'];

/** The ports of all instances: they count up from the first. */
export function portsOf(
	application: Pick<PlanApplication, 'port' | 'instances'> | undefined,
): readonly number[] {
	const {port = 0, instances = 0} = application ?? {};
	return Array.from({length: instances === 'auto' ? MAX_INSTANCES : instances}, (_, index) => port + index);
}

/** The usual ports, or the next free ones a thousand further up; a port that the project names is taken as it is. */
export function listenersFor(used: readonly number[], {listeners}: Project): Listeners {
	const {https: statedHttps, redirect: statedRedirect, metrics} = listeners;
	const taken = new Set([...used, statedHttps, statedRedirect, metrics].filter(each => each !== undefined));
	const https = statedHttps ?? freePort(DEFAULT_HTTPS, taken);
	const redirect = statedRedirect ?? freePort(DEFAULT_REDIRECT, taken);
	return {https, redirect, ...(metrics === undefined ? {} : {metrics})};
}

function freePort(wanted: number, taken: ReadonlySet<number>): number {
	let port = wanted;
	while (taken.has(port)) {
		port += port + 1000 > PORT.max ? -(port - 1025) : 1000;
	}

	return port;
}

export function movedNotes({https, redirect}: Listeners, {listeners}: Project): readonly string[] {
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

const purposes = {https: 'TLS', redirect: 'plain HTTP', metrics: 'metrics'} as const;

/** What listens where something else already does, each with the line of the listener. */
export function portConflicts(
	used: readonly number[],
	listeners: Listeners,
	project: Project,
	{from}: Stage,
): readonly Problem[] {
	const names = (Object.keys(purposes) as (keyof Listeners)[]).filter(name => listeners[name] !== undefined); // Its own keys.
	const placeOf = (name: keyof Listeners): Pick<Problem, 'line' | 'file'> => {
		const line = project.lines.get(`listeners.${name}`);
		return line === undefined ? {line: from.line} : {line, file: project.file};
	};
	const advice = `give it another one under "listeners:" in ${project.file}.`;
	return names.flatMap((name, index) => {
		const port = listeners[name];
		const other = names.slice(0, index).find(each => listeners[each] === port);
		const what = [
			...(used.includes(port ?? 0)
				? [
						`on ${port}, where ${port === used[0] ? 'the application' : 'an instance of the application'} already listens`,
					]
				: []),
			...(other === undefined ? [] : [`and for ${purposes[other]} on the same port ${port}`]),
		];
		return what.map(text => ({
			message: `The proxy would listen for ${purposes[name]} ${text}: ${advice}`,
			...placeOf(name),
		}));
	});
}
