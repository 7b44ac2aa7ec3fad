import type {Dockerfile, Stage} from './dockerfile/ast.ts';
import {intoBlankLines} from './dockerfile/blank-lines.ts';
import {claimsOn} from './dockerfile/claims.ts';
import {applyEdits, type Edit, type LineMode, lineKeeper} from './dockerfile/edit.ts';
import {ParseError} from './dockerfile/error.ts';
import {parseDockerfile} from './dockerfile/parse.ts';
import {keepsOthers} from './dockerfile/unchanged.ts';
import type {Found} from './judge.ts';
import type {Fix} from './rules/rule.ts';

/** A text, and what was found in it. */
export interface Draft {
	readonly dockerfile: Dockerfile;
	readonly target: Stage;
	readonly found: readonly Found[];
}

export interface Repaired {
	readonly bytes: Uint8Array;
	/** The repairs that were made, of every round. */
	readonly applied: readonly Found[];
	/** Those that were thrown away, because the file would not have been the same any more. */
	readonly unsound: readonly Found[];
	/** The stage that took the target's place, if one did. */
	readonly stage?: string | undefined;
}

export interface Repairing {
	/** `kept`, in a build: no line of the author's moves; what would move one is left undone, and so is what its author has to look at. */
	readonly lines: LineMode;
	readonly wants: (found: Found) => boolean;
	/** Judges the text again after a round of repairs. @param stage the target by now, where a repair has made another one */
	readonly again: (bytes: Uint8Array, stage: string | undefined) => Draft;
}

/**
 * Repairs may uncover each other (a merged RUN can then lose its cache), or want the same bytes. Each round takes, in the
 * order of the catalogue and of the file, those that do not touch what another has taken; then the text is judged again.
 * Rounds are bounded: two rules that undo each other would otherwise never end.
 */
const MAX_ROUNDS = 8;

/** Makes the wanted repairs, round by round, until none is left. Every round's text parses, or the round is not made. */
export function repair(first: Draft, {lines, wants, again}: Repairing): Repaired {
	const applied: Found[] = [];
	const unsound: Found[] = [];
	let draft = first;
	let {bytes} = first.dockerfile;
	let stage: string | undefined;
	for (let round = 0; round < MAX_ROUNDS; round += 1) {
		const wanted = draft.found.filter(found => isMade(found) && wants(found) && !isDone(found, applied));
		const made = makeRound(draft, wanted, lines);
		unsound.push(...made.unsound.filter(each => !unsound.some(known => known.rule === each.rule)));
		if (made.applied.length === 0) {
			break;
		}

		applied.push(...made.applied);
		stage = made.stage ?? stage;
		// A repair of the image's configuration alone changes no text, so there is nothing to judge again.
		if (made.bytes === bytes) {
			break;
		}

		bytes = made.bytes;
		draft = again(bytes, stage);
	}

	return {bytes, applied, unsound, stage};
}

function isMade({finding: {fix, result}}: Found): boolean {
	// What cannot be told from a Dockerfile can be put right all the same.
	return fix !== undefined && (result === 'fail' || (result === 'not-evaluated' && fix.harden !== undefined));
}

/** A repair of the configuration, or of the finished image, leaves the text as it was, and its finding with it. */
function isDone({rule, finding: {fix}}: Found, applied: readonly Found[]): boolean {
	const isOutside = fix?.config !== undefined || fix?.harden !== undefined;
	return (
		isOutside &&
		fix.edits === undefined &&
		fix.append === undefined &&
		applied.some(each => each.rule === rule)
	);
}

function makeRound(draft: Draft, wanted: readonly Found[], lines: LineMode): Repaired {
	const first = choose(
		draft.dockerfile,
		wanted.filter(({finding: {fix}}) => fix?.goesFirst === true),
		lines,
	);
	// Another target is made alone: what others want of the target they are asked anew, of the new one.
	const moving = first.length > 0 ? undefined : wanted.find(({finding: {fix}}) => fix?.stage !== undefined);
	const earliest = moving === undefined ? first : choose(draft.dockerfile, [moving], lines);
	const chosen =
		earliest.length === 0 && moving === undefined ? choose(draft.dockerfile, wanted, lines) : earliest;
	const bytes = textOf(draft, chosen, lines);
	if (bytes !== undefined) {
		return {bytes, applied: chosen, unsound: [], stage: moving?.finding.fix?.stage?.name};
	}

	// One of them breaks the file. That is a defect of its rule, and the others must not suffer from it.
	const sound = soundOf(draft, chosen, lines, {left: MAX_TRIALS});
	const kept = new Set(sound);
	const left = chosen.filter(each => !kept.has(each)).slice(0, MAX_TOLD);
	return {
		bytes: textOf(draft, sound, lines) ?? draft.dockerfile.bytes,
		applied: sound,
		// Two that are only bad side by side are made one after the other, and nobody is to blame.
		unsound: left.filter(each => textOf(draft, [each], lines) === undefined),
	};
}

/** Texts that are tried to find the repairs that break a file. Each costs a parse of the whole. */
const MAX_TRIALS = 64;
/** Breakers that are looked for among those left out. */
const MAX_TOLD = 8;

/** Those that leave the file sound together: halves are tried, so that few breakers among many are found in few trials. */
function soundOf(
	draft: Draft,
	chosen: readonly Found[],
	lines: LineMode,
	trials: {left: number},
): readonly Found[] {
	trials.left -= 1;
	if (chosen.length === 0 || trials.left < 0) {
		return [];
	}

	if (textOf(draft, chosen, lines) !== undefined) {
		return chosen;
	}

	if (chosen.length === 1) {
		return [];
	}

	const middle = chosen.length >> 1;
	const first = soundOf(draft, chosen.slice(0, middle), lines, trials);
	const second = soundOf(draft, chosen.slice(middle), lines, trials);
	const both = [...first, ...second];
	return textOf(draft, both, lines) === undefined ? first : both;
}

/** The repairs that can be made side by side: no two want the same bytes, unless they want the very same edit. */
function choose(dockerfile: Dockerfile, wanted: readonly Found[], lines: LineMode): readonly Found[] {
	const claims = claimsOn(dockerfile.bytes.length);
	const keepsLines = lines === 'free' ? () => true : lineKeeper(dockerfile);
	const editsOf = editor(dockerfile, lines);
	return wanted.filter(({finding: {fix}}) => {
		const edits = editsOf(fix);
		return edits?.every(edit => keepsLines(edit)) === true && claims.take(edits);
	});
}

/** The text with these repairs in it; undefined when it would not be the same file any more. */
function textOf(
	{dockerfile, target}: Draft,
	chosen: readonly Found[],
	lines: LineMode,
): Uint8Array | undefined {
	const fixes = chosen.flatMap(({finding: {fix}}) => fix ?? []);
	const editsOf = editor(dockerfile, lines);
	const edits = distinct(fixes.flatMap(fix => editsOf(fix) ?? []));
	// Two rules may want the same line: once is enough.
	const append = [...new Set(fixes.flatMap(fix => fix.append ?? []))];
	const added = fixes.flatMap(fix => fix.stage?.lines ?? []);
	if (edits.length === 0 && append.length === 0 && added.length === 0) {
		return dockerfile.bytes;
	}

	const last = dockerfile.stages.at(-1) ?? target;
	const bytes = applyEdits(
		dockerfile,
		edits,
		added.length === 0 ? {stage: target, lines: append} : {stage: last, lines: added},
		lines,
	);
	return isSound(dockerfile, bytes, fixes, edits) ? bytes : undefined;
}

/** The edits of a repair as they are made; undefined where lines are kept and there is no room for those that it adds. */
function editor(
	dockerfile: Dockerfile,
	lines: LineMode,
): (fix: Fix | undefined) => readonly Edit[] | undefined {
	if (lines === 'free') {
		return fix => fix?.edits ?? [];
	}

	const placed = intoBlankLines(dockerfile);
	return fix => {
		if (fix?.isForAuthor === true) {
			return undefined;
		}

		const wanted = fix?.kept ?? fix?.edits ?? [];
		const edits = wanted.flatMap(edit => placed(edit) ?? []);
		return edits.length === wanted.length ? edits : undefined;
	};
}

function distinct(edits: readonly Edit[]): readonly Edit[] {
	return [...new Map(edits.map(edit => [`${edit.span.start} ${edit.span.end} ${edit.text}`, edit])).values()];
}

/**
 * It parses, has the stages and comments it had, but for those that a repair is there to take away, and all the instructions
 * that nobody wanted to change.
 */
function isSound(
	before: Dockerfile,
	bytes: Uint8Array,
	fixes: readonly Fix[],
	edits: readonly Edit[],
): boolean {
	try {
		const after = parseDockerfile(bytes);
		const drops = new Set(fixes.map(fix => fix.drops));
		const added = fixes.flatMap(fix => fix.stage?.lines ?? []);
		const more = added.filter(line => /^FROM\s/.test(line)).length;
		const keepsStages = after.stages.length === before.stages.length + more || drops.has('stages');
		const keepsComments =
			after.comments.length >= before.comments.length || drops.has('comments') || drops.has('stages');
		return keepsStages && keepsComments && keepsOthers(before, after, edits);
	} catch (error) {
		if (error instanceof ParseError) {
			return false;
		}

		throw error;
	}
}
