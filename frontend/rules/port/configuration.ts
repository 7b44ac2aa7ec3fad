import {proxies} from '../../proxies/index.ts';
import type {Plan, ProxyFile} from '../../proxies/plan.ts';
import type {RuleFinding, Subject} from '../rule.ts';

/** What nginx is really told: directives by name, each with its arguments as written. */
export type Configuration = ReadonlyMap<string, readonly string[]>;

const MAIN = /\/nginx\.conf$/;

const read = new WeakMap<object, Configuration>();

/**
 * Read from the text that goes into the image and not from the plan, so that a rule sees what a client will meet. Several rules
 * ask; the text is made and read once.
 */
export function configurationOf({proxyFiles}: Subject, plan: Plan): Configuration {
	const key = proxyFiles ?? plan;
	const configuration = read.get(key) ?? readConfiguration(proxyFiles ?? proxies.nginx.render(plan));
	read.set(key, configuration);
	return configuration;
}

function readConfiguration(files: readonly ProxyFile[]): Configuration {
	const text = files.find(({path}) => MAIN.test(path))?.content ?? '';
	const directives = text.split('\n').flatMap(line => {
		const [, name, args = ''] = /^\s*([a-z_0-9]+)\s*(.*?)[;{]?\s*$/.exec(line.slice(0, MAX_LINE)) ?? [];
		return name === undefined ? [] : [{name, args}];
	});
	const grouped = Map.groupBy(directives, ({name}) => name);
	return new Map(Array.from(grouped, ([name, found]) => [name, found.map(({args}) => args)]));
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
