import type {Dockerfile, Flag, Instruction, Stage} from './ast.ts';
import {toLower} from './bytes.ts';
import {ParseError, quoted} from './error.ts';
import {basesOf} from './expand.ts';

/**
 * The stage to build: the last one, or the last of that name, in upper or lower case. A target is never an index.
 * @throws {ParseError} `DOCKERFILE_UNKNOWN_STAGE` with the names that exist
 */
export function stageOf({stages}: Dockerfile, target?: string): Stage {
	const stage =
		target === undefined || target === ''
			? stages.at(-1)
			: stages.findLast(({name}) => name === toLower(target));
	if (stage === undefined) {
		const names = stages.flatMap(({name}) => name ?? []);
		const known =
			names.length === 0 ? 'no stage has a name' : `the stages are ${names.slice(0, 20).join(', ')}`;
		throw new ParseError(
			'DOCKERFILE_UNKNOWN_STAGE',
			`The Dockerfile has no stage ${quoted(target ?? '')}: ${known}; correct the target, or add AS to a FROM`,
		);
	}
	return stage;
}

/**
 * The stages that a build of `target` needs, in the order of the file, `target` last: through FROM, COPY and ADD
 * --from, RUN --mount from=, and the ONBUILD instructions of a stage that another starts from.
 */
export function neededStages(
	dockerfile: Dockerfile,
	target: Stage,
	buildArgs: ReadonlyMap<string, string> = new Map(),
): readonly Stage[] {
	const graph = graphOf(dockerfile, buildArgs);
	const needed = new Set([target]);
	for (const stage of needed) {
		for (const other of graph(stage)) {
			needed.add(other);
		}
	}
	needed.delete(target);
	return [...[...needed].sort((a, b) => a.index - b.index), target];
}

function graphOf(
	dockerfile: Dockerfile,
	buildArgs: ReadonlyMap<string, string>,
): (stage: Stage) => readonly Stage[] {
	const {stages} = dockerfile;
	const bases = parentsOf(stages, basesOf(dockerfile, buildArgs));
	const byName = new Map(stages.map(stage => [stage.name ?? '', stage]));
	byName.delete('');
	const sourcesOf = (instructions: readonly Instruction[]) =>
		instructions
			.flatMap(fromsOf)
			.map(from => byName.get(toLower(from)) ?? (isIndex(from) ? stages[Number(from)] : undefined))
			.filter(stage => stage !== undefined);
	// Kept, so that thousands of stages from one base do not read its triggers each time.
	const triggers = new Map<Stage, readonly Stage[]>();
	return stage => {
		const base = bases[stage.index];
		if (base === undefined) {
			return sourcesOf(stage.instructions);
		}
		const triggered = triggers.get(base) ?? sourcesOf(base.instructions.flatMap(({inner}) => inner ?? []));
		triggers.set(base, triggered);
		return [base, ...triggered, ...sourcesOf(stage.instructions)];
	};
}

/** The stage that each starts from: the last one before it whose lower case name FROM holds, letter by letter. */
function parentsOf(
	stages: readonly Stage[],
	bases: readonly (string | undefined)[],
): readonly (Stage | undefined)[] {
	const seen = new Map<string, Stage>();
	return stages.map(stage => {
		const parent = seen.get(bases[stage.index] ?? '');
		if (stage.name !== undefined) {
			seen.set(stage.name, stage);
		}
		return parent;
	});
}

function isIndex(text: string): boolean {
	return /^\+?\d{1,9}$/.test(text);
}

/** What the instruction takes files from: stages, and images and contexts of other names. */
function fromsOf({keyword, flags}: Instruction): readonly string[] {
	if (keyword === 'RUN') {
		return flags.filter(({name}) => name === 'mount').flatMap(mountFroms);
	}
	return keyword === 'COPY' || keyword === 'ADD'
		? flags.flatMap(({name, value}) => (name === 'from' && value !== undefined ? [value] : []))
		: [];
}

/** The `from=` of a mount. Fields are those of a CSV line: a quoted one may hold commas. */
function mountFroms({value = ''}: Flag): readonly string[] {
	const fields = value.match(/"(?:[^"]|"")*"|[^,]+/g) ?? [];
	return fields.flatMap(field => {
		const plain = field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
		const equals = plain.indexOf('=');
		return plain.slice(0, equals).toLowerCase() === 'from' ? [plain.slice(equals + 1)] : [];
	});
}
