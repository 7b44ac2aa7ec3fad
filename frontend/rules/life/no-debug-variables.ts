import type {Span} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Fix, Params, Rule, Subject} from '../rule.ts';

/** Names with the values that switch something on which visitors must not see. A `*` at the end stands for any rest. */
const DENIED: readonly string[] = [
	...['NODE_ENV=dev*', 'NODE_ENV=test*', 'NODE_ENV=local', 'NODE_ENV=debug', 'NODE_ENV=staging'],
	...['FLASK_ENV=dev*', 'FLASK_DEBUG=1', 'FLASK_DEBUG=true', 'RAILS_ENV=dev*', 'RACK_ENV=dev*'],
	...[
		'DJANGO_DEBUG=1',
		'DJANGO_DEBUG=true',
		'DJANGO_DEBUG=on',
		'DJANGO_DEBUG=yes',
		'APP_DEBUG=1',
		'APP_DEBUG=true',
	],
	...[
		'APP_ENV=dev*',
		'APP_ENV=local',
		'SYMFONY_ENV=dev*',
		'ASPNETCORE_ENVIRONMENT=dev*',
		'DOTNET_ENVIRONMENT=dev*',
	],
	...[
		'MIX_ENV=dev*',
		'GIN_MODE=debug',
		'XDEBUG_MODE=debug*',
		'WERKZEUG_DEBUG_PIN=off',
		'QUARKUS_PROFILE=dev*',
	],
	...['MICRONAUT_ENVIRONMENTS=dev*', 'SPRING_PROFILES_ACTIVE=dev*'],
];

/** Options in these variables open a debugger's port. */
const OPTIONS: ReadonlyMap<string, RegExp> = new Map([
	['NODE_OPTIONS', /(?:^|\s)--inspect(?:-brk)?(?:[=\s]|$)/],
	['JAVA_TOOL_OPTIONS', /-agentlib:jdwp|-Xrunjdwp/],
	['JAVA_OPTS', /-agentlib:jdwp|-Xrunjdwp/],
	['JDK_JAVA_OPTIONS', /-agentlib:jdwp|-Xrunjdwp/],
]);

export const noDebugVariables: Rule = function* (subject, params) {
	const denied = deniedOf(params);
	for (const {name, value, line, span} of lastValues(subject)) {
		const opens = OPTIONS.get(name)?.test(value) ?? false;
		if (!opens && !isDenied(denied, name, value)) {
			continue;
		}

		const better = opens ? undefined : quietFor(name, value);
		const remedy = better === undefined ? 'take the option out' : `write ${name}=${better}`;
		yield {
			result: 'fail',
			message: `${name} switches ${opens ? 'a debugger' : 'a mode for debugging or development'} on in every container of this image: ${remedy}, and set it where it is wanted.`,
			place: {file: subject.file, line},
			...fixOf(name, better, span),
		};
	}
};

function fixOf(name: string, better: string | undefined, span: Span | undefined): {readonly fix?: Fix} {
	return better === undefined || span === undefined
		? {}
		: {fix: {title: `${name}=${better}`, edits: [{span, text: better}]}};
}

interface Last {
	readonly name: string;
	readonly value: string;
	readonly line: number;
	/** Where the value stands as it is, without quotes and variables. */
	readonly span: Span | undefined;
}

/** What the image's variables are worth in the end. */
function lastValues({steps, chain}: Subject): Iterable<Last> {
	const stages = new Set(chain.stages);
	const last = new Map<string, Last>();
	for (const {stage, instruction, escapeBy, expand} of steps) {
		const pairs = instruction.keyword === 'ENV' && stages.has(stage) ? pairsOf(instruction, escapeBy) : [];
		for (const {name, value = '', valueSpan, line} of pairs) {
			const expanded = expand(value);
			const span = expanded === value ? valueSpan : undefined;
			last.set(name, {name, value: expanded ?? '', line, span});
		}
	}

	return last.values();
}

type Denied = ReadonlyMap<string, readonly string[]>;

/** The bundle's `deny` is added to what is denied anyway. */
function deniedOf({deny = []}: Params): Denied {
	const own = Array.isArray(deny) ? deny.filter(each => typeof each === 'string') : [];
	const pairs = [...DENIED, ...own].map(pair => {
		const equals = pair.indexOf('=');
		return equals === -1
			? {name: pair, value: '*'}
			: {name: pair.slice(0, equals), value: pair.slice(equals + 1).toLowerCase()};
	});
	return new Map(
		[...Map.groupBy(pairs, ({name}) => name)].map(([name, each]) => [name, each.map(({value}) => value)]),
	);
}

function isDenied(denied: Denied, name: string, value: string): boolean {
	const lower = value.trim().toLowerCase();
	const patterns = denied.get(name) ?? [];
	return patterns.some(pattern =>
		pattern.endsWith('*') ? lower.startsWith(pattern.slice(0, -1)) : lower === pattern,
	);
}

/** The value that switches it off; nothing where only the author knows one. */
function quietFor(name: string, value: string): string | undefined {
	if (/^(?:1|0|true|false|on|off|yes|no)$/i.test(value)) {
		return OPPOSITES.get(value.toLowerCase());
	}

	if (name === 'GIN_MODE') {
		return 'release';
	}

	const isShort = name === 'MIX_ENV' || name === 'APP_ENV' || name === 'SYMFONY_ENV' || /PROFILE/.test(name);
	const isEnvironment = /(?:ENV|ENVIRONMENT|ENVIRONMENTS|PROFILE|PROFILES_ACTIVE)$/.test(name);
	if (!isEnvironment) {
		return undefined;
	}

	const word = isShort && /^dev$/i.test(value) ? 'prod' : 'production';
	return /^[A-Z]/.test(value) ? `${word.charAt(0).toUpperCase()}${word.slice(1)}` : word;
}

const OPPOSITES: ReadonlyMap<string, string> = new Map([
	['1', '0'],
	['true', 'false'],
	['on', 'off'],
	['yes', 'no'],
	['off', 'on'],
]);
