import type {Dockerfile, Flag, Instruction, Span, Stage} from '../dockerfile/ast.ts';
import {expandIn, globalScope, type Scope} from './scope.ts';

/** A place where a stage takes something from elsewhere: FROM, COPY --from, RUN --mount=…,from=…. */
export interface Reference {
	readonly kind: 'from' | 'copy' | 'mount';
	/** As written. */
	readonly text: string;
	/** Expanded; absent when it depends on the platform or expands to nothing. */
	readonly ref: string | undefined;
	/** The stage it names, when it names one. */
	readonly stage: Stage | undefined;
	readonly line: number;
	/** The bytes to replace, and what to write there for another reference; absent where that is not safe. */
	readonly place: {readonly span: Span; readonly before: string; readonly after: string} | undefined;
}

/** What every stage is made from, in the order written. */
export type References = ReadonlyMap<Stage, readonly Reference[]>;

type Named = ReadonlyMap<string, Stage>;

/** One pass over the file. ONBUILD is not followed: it acts in another build. */
export function referencesOf(dockerfile: Dockerfile, buildArgs: Scope): References {
	const scope = globalScope(dockerfile, buildArgs);
	const references = new Map<Stage, readonly Reference[]>();
	// Holds the stages seen so far: a stage only ever names earlier ones, and of several with one name the last.
	const named = new Map<string, Stage>();
	for (const stage of dockerfile.stages) {
		const flags = stage.instructions.flatMap(instruction =>
			flagReferences(named, dockerfile, stage, instruction),
		);
		references.set(stage, [fromOf(named, dockerfile, stage, scope), ...flags]);
		if (stage.name !== undefined) {
			named.set(stage.name, stage);
		}
	}

	return references;
}

/**
 * References to images outside the Dockerfile: what a builder has to resolve. `scratch` is none, nor is a named build context.
 * @param contexts names given with `--build-context`
 */
export function externalReferences(
	references: References,
	stages: readonly Stage[],
	contexts: ReadonlySet<string> = new Set(),
): readonly Reference[] {
	return stages
		.flatMap(each => (references.get(each) ?? []).filter(reference => !isNoImage(reference, each)))
		.filter(({kind, ref, stage}) => stage === undefined && (kind !== 'from' || ref !== 'scratch'))
		.filter(({ref}) => ref === undefined || !contexts.has(ref));
}

/** A stage's own name, or the number of none above: the build ends there, and no registry is asked. */
function isNoImage({kind, ref, stage}: Reference, own: Stage): boolean {
	const isOwn = kind !== 'from' && ref !== undefined && ref.toLowerCase() === own.name;
	return stage === undefined && (isOwn || (kind === 'copy' && /^\d{1,9}$/.test(ref ?? '')));
}

function fromOf(named: Named, dockerfile: Dockerfile, {base}: Stage, scope: Scope): Reference {
	const ref = expandIn(base.text, scope, dockerfile)?.trim() || undefined;
	return {
		kind: 'from',
		text: base.text,
		ref,
		// Stage names are lower case, and BuildKit compares FROM with them letter by letter.
		stage: ref === undefined ? undefined : named.get(ref),
		line: base.line,
		place: {span: base.span, before: '', after: ''},
	};
}

function flagReferences(
	named: Named,
	{stages}: Dockerfile,
	own: Stage,
	{keyword, flags, line}: Instruction,
): readonly Reference[] {
	return flags.flatMap(flag => {
		const found = sourceOf(keyword, flag);
		if (found === undefined) {
			return [];
		}

		// BuildKit expands nothing here, so a `$` is an error of the author's that it will name itself.
		const ref = found.text.includes('$') ? undefined : found.text;
		const number = ref !== undefined && /^\d{1,9}$/.test(ref) ? Number(ref) : own.index;
		const stage = named.get(ref?.toLowerCase() ?? '') ?? (number < own.index ? stages[number] : undefined);
		return [{...found, ref, stage, line}];
	});
}

const MOUNT_FROM = /((?:^|,)from=)([^,"]+)/;

function sourceOf(
	keyword: string,
	{name, value = '', valueSpan}: Flag,
): Pick<Reference, 'kind' | 'text' | 'place'> | undefined {
	if (keyword === 'COPY' && name === 'from' && value !== '') {
		return {kind: 'copy', text: value, place: valueSpan && {span: valueSpan, before: '', after: ''}};
	}

	const found = keyword === 'RUN' && name === 'mount' ? MOUNT_FROM.exec(value) : null;
	const [, lead = '', text = ''] = found ?? [];
	if (found === null) {
		return undefined;
	}

	const at = found.index + lead.length;
	// Quotes are gone from the value, so a mount that had some is looked at but never edited.
	const length = valueSpan === undefined ? -1 : valueSpan.end - valueSpan.start;
	const isAsWritten = valueSpan !== undefined && length === new TextEncoder().encode(value).length;
	const place = isAsWritten
		? {span: valueSpan, before: value.slice(0, at), after: value.slice(at + text.length)}
		: undefined;
	return {kind: 'mount', text, place};
}
