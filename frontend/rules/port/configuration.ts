import {proxies} from '../../proxies/index.ts';
import type {Plan, ProxyFile} from '../../proxies/plan.ts';
import type {RuleFinding, Subject} from '../rule.ts';

/** What nginx is really told: directives by name, each with its arguments as written. */
export type Configuration = ReadonlyMap<string, readonly string[]>;

const MAIN = /\/nginx\.conf$/;

const read = new WeakMap<object, Configuration>();

/** What a rule asks of nginx's own text. Traefik has no directives to read; what it does is proved by asking it. */
export function asksNginx(
	subject: Subject,
	plan: Plan,
	ask: (told: Configuration) => readonly (string | undefined)[],
): readonly (string | undefined)[] {
	return subject.engine === 'traefik' ? [] : ask(configurationOf(subject, plan));
}

/**
 * Read from the text that goes into the image and not from the plan, so that a rule sees what a client will meet. Several rules
 * ask; the text is made and read once.
 */
function configurationOf({proxyFiles}: Subject, plan: Plan): Configuration {
	const key = proxyFiles ?? plan;
	const configuration = read.get(key) ?? readConfiguration(proxyFiles ?? proxies.nginx.render(plan));
	read.set(key, configuration);
	return configuration;
}

function readConfiguration(files: readonly ProxyFile[]): Configuration {
	const text = files.find(({path}) => MAIN.test(path))?.content ?? '';
	const grouped = Map.groupBy(reachable(text.split('\n')), ({name}) => name);
	return new Map(Array.from(grouped, ([name, found]) => [name, found.map(({args}) => args)]));
}

interface Directive {
	readonly name: string;
	readonly args: string;
}

/** Without the blocks that are `internal`: no request gets there before it has passed by another. */
function reachable(lines: readonly string[]): readonly Directive[] {
	const open: Directive[][] = [[]];
	for (const line of lines) {
		const text = line.slice(0, MAX_LINE);
		open.at(-1)?.push(...directivesIn(text));
		if (/\{\s*$/.test(text)) {
			open.push([]);
		}

		if (/^\s*\}/.test(text) && open.length > 1) {
			const inside = open.pop() ?? [];
			const isInternal = inside.some(each => each.name === 'internal');
			open.at(-1)?.push(...(isInternal ? [] : inside));
		}
	}

	return open.flat();
}

function directivesIn(text: string): readonly Directive[] {
	const [, name, args = ''] = /^\s*([a-z_0-9]+)\s*(.*?)[;{]?\s*$/.exec(text) ?? [];
	return name === undefined ? [] : [{name, args}];
}

/** Our own lines are shorter; a pattern over a longer one could take long. */
const MAX_LINE = 1024;

/** What every rule about the proxy says where there is none. */
export function* withoutProxy({planProblems = [], file, target}: Subject): Generator<RuleFinding> {
	const isWanted = planProblems.length > 0;
	const message = isWanted
		? 'What is said about the proxy contradicts itself, so there is no configuration to look at yet.'
		: 'No proxy goes into this image, because it has no listener or none is wanted.';
	const place = {file, line: target.from.line};
	yield {result: isWanted ? 'not-evaluated' : 'not-applicable', message, place};
}

/** What is wrong with the proxy, as findings at the stage that gets it. */
export function* wrongs(
	{file, target}: Subject,
	messages: readonly (string | undefined)[],
): Generator<RuleFinding> {
	for (const message of messages) {
		if (message !== undefined) {
			yield {result: 'fail', message, place: {file, line: target.from.line}};
		}
	}
}
