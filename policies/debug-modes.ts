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

/** The same options as words of a command. */
const WORDS = /^--inspect(?:-brk|-wait)?(?:=|$)|^-agentlib:jdwp|^-Xrunjdwp|^-Xdebug$/;

/** Whether a variable of this name and value opens a debugger's port. */
export function opensDebugger(name: string, value: string): boolean {
	return OPTIONS.get(name)?.test(value) ?? false;
}

/** Whether a word of a command opens a debugger's port. */
export function isDebuggerOption(word: string): boolean {
	return WORDS.test(word);
}

export type DebugModes = ReadonlyMap<string, readonly string[]>;

/** The bundle's `deny` is added to what is denied anyway. */
export function debugModesOf({deny = []}: Readonly<Record<string, unknown>>): DebugModes {
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

/** Whether a variable switches a mode for debugging or development on. */
export function isDebugMode(modes: DebugModes, name: string, value: string): boolean {
	const lower = value.trim().toLowerCase();
	const patterns = modes.get(name) ?? [];
	return patterns.some(pattern =>
		pattern.endsWith('*') ? lower.startsWith(pattern.slice(0, -1)) : lower === pattern,
	);
}
