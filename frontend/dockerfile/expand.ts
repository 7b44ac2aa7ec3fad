import type {Dockerfile, Instruction, WordPair} from './ast.ts';
import {ParseError} from './error.ts';
import type {Effort} from './pattern.ts';
import {lex} from './shell.ts';

/**
 * Replaces variables and removes quotes and escapes, as BuildKit does with the arguments of most instructions.
 * A variable that `lookup` does not know is empty.
 * @param escapeBy the file's escape character (`Dockerfile.escape`)
 * @throws {ParseError} without a place: `DOCKERFILE_BAD_SUBSTITUTION`, or `DOCKERFILE_TOO_COMPLEX` for hostile text
 */
export function expand(text: string, lookup: (name: string) => string | undefined, escapeBy: string): string {
	return lex(text, {escape: escapeBy, lookup}).result;
}

/**
 * The image or stage that FROM names, variables replaced, for every stage in order. Undefined when BuildKit would refuse it:
 * empty, or a substitution that fails.
 * @param buildArgs `--build-arg` values and the predefined ones of the platform (`TARGETPLATFORM`, …)
 */
export function basesOf(
	dockerfile: Dockerfile,
	buildArgs: ReadonlyMap<string, string>,
): readonly (string | undefined)[] {
	const effort: Effort = {steps: 0};
	const values = globalValues(dockerfile, buildArgs, effort);
	return dockerfile.stages.map(({base}) => {
		const name = values && lexSafely(base.text, values, dockerfile.escape, effort);
		return name === '' ? undefined : name;
	});
}

const predefined: ReadonlySet<string> = new Set([
	...['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].flatMap(part => [`BUILD${part}`, `TARGET${part}`]),
	'TARGETSTAGE',
]);

/** Values of the ARGs before the first FROM; undefined when one of them cannot be expanded. */
function globalValues(
	dockerfile: Dockerfile,
	buildArgs: ReadonlyMap<string, string>,
	effort: Effort,
): ReadonlyMap<string, string> | undefined {
	// A build argument that no ARG declares is unknown to FROM, unless BuildKit declares it itself.
	const values = new Map(Iterator.from(buildArgs).filter(([name]) => predefined.has(name)));
	for (const {name, value} of dockerfile.globalArgs.flatMap(definitionsOf)) {
		const given = buildArgs.get(name);
		const expanded = given ?? (value && lexSafely(value, values, dockerfile.escape, effort));
		if (value !== undefined && expanded === undefined) {
			return undefined;
		}
		if (expanded !== undefined) {
			values.set(name, expanded);
		}
	}
	return values;
}

function definitionsOf({words}: Instruction): readonly WordPair[] {
	return words.flatMap(({pair}) => pair ?? []);
}

function lexSafely(
	text: string,
	values: ReadonlyMap<string, string>,
	escapeBy: string,
	effort: Effort,
): string | undefined {
	try {
		return lex(text, {escape: escapeBy, lookup: name => values.get(name)}, effort).result;
	} catch (error) {
		if (error instanceof ParseError) {
			return undefined;
		}
		throw error;
	}
}
