import type {Given} from './inputs.ts';

/** The options that say what to look at, for `parseArgs`. */
export const lookOptions = {
	policy: {type: 'string'},
	target: {type: 'string'},
	context: {type: 'string'},
	project: {type: 'string'},
	'build-arg': {type: 'string', multiple: true},
	help: {type: 'boolean', short: 'h', default: false},
} as const;

interface Options {
	readonly target?: string;
	readonly context?: string;
	readonly 'build-arg'?: readonly string[];
}

/** What the options say about a Dockerfile that is named by itself. */
export function givenBy(
	{target, context, 'build-arg': buildArgs = []}: Options,
	env: Readonly<Record<string, string | undefined>>,
): Given {
	return {target, context, buildArgs: buildArgsOf(buildArgs, env)};
}

/** `NAME=value` or `NAME`, as `docker build --build-arg` takes them. */
function buildArgsOf(
	given: readonly string[],
	env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
	return new Map(
		given.flatMap(text => {
			const at = text.indexOf('=');
			const value = at < 0 ? env[text] : text.slice(at + 1);
			return value === undefined ? [] : [[at < 0 ? text : text.slice(0, at), value] as const];
		}),
	);
}

export interface Judging {
	/** Name of a bundle that comes with this program, or path of one. */
	readonly policy?: string;
	/** Path of the project file; `.sallyport.yaml` in the context, or beside the Dockerfile, by default. */
	readonly project?: string;
}
