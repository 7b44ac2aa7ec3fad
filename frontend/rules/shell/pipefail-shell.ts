import type {Comment, Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {lazy} from '../../shell/lazy.ts';
import type {Script} from '../../shell/script.ts';
import {type Family, familiesOf} from '../base-family.ts';
import {lineSpanOf} from '../line-span.ts';
import type {Subject} from '../rule.ts';

/**
 * Puts bash with pipefail in force from a RUN on, for as long as all code is read alike by bash and by the sh of Debian, and
 * the old shell after that: what comes later, the image's own configuration and those who start from it see no difference.
 * @param isNeutral whether pipefail changes nothing in a script but that failures are seen
 */
export function shellAround(
	subject: Subject,
	isNeutral: (script: Script) => boolean,
): (script: Script) => readonly Edit[] {
	const known = lazy(() => factsOf(subject));
	const done = new Map<Stage, number>();
	const isSame = (instruction: Instruction): boolean => {
		const script = known().scripts.get(instruction);
		return script === undefined || (isReadAlike(script) && isNeutral(script));
	};
	return ({stage, instruction, shell}) => {
		const {families, places, hasOwnStart} = known();
		const from = places.get(instruction) ?? 0;
		// What one repair covers is not repaired a second time.
		const isCovered = from < (done.get(stage) ?? 0);
		const isKnown = isDebianDefault(families.get(stage), shell) && !hasOwnStart;
		if (isCovered || !isKnown || !isSame(instruction)) {
			return [];
		}
		let end = from + 1;
		for (; end < stage.instructions.length && isSameIn(stage.instructions[end], isSame); end += 1);
		done.set(stage, end);
		return around(subject, stage, from, end, known());
	};
}

interface Facts {
	readonly families: ReadonlyMap<Stage, Family | undefined>;
	/** Stages that others start from. */
	readonly bases: ReadonlySet<Stage | undefined>;
	readonly scripts: ReadonlyMap<Instruction, Script>;
	/** By instruction: where it stands in its stage. */
	readonly places: ReadonlyMap<Instruction, number>;
	/** By line. */
	readonly comments: ReadonlyMap<number, Comment>;
	/** bash reads the file that BASH_ENV names before anything else. */
	readonly hasOwnStart: boolean;
}

function factsOf(subject: Subject): Facts {
	const {stages, bytes} = subject.dockerfile;
	return {
		families: familiesOf(subject),
		bases: new Set(stages.map(stage => subject.references.get(stage)?.[0]?.stage)),
		scripts: new Map(subject.scripts.map(script => [script.instruction, script])),
		places: new Map(
			stages.flatMap(({instructions}) => instructions.map((instruction, at) => [instruction, at] as const)),
		),
		comments: new Map(subject.dockerfile.comments.map(comment => [comment.line, comment])),
		hasOwnStart: new TextDecoder().decode(bytes).includes('BASH_ENV'),
	};
}

function around(
	subject: Subject,
	stage: Stage,
	from: number,
	end: number,
	{bases, comments}: Facts,
): readonly Edit[] {
	const [first, last, next] = [from, end - 1, end].map(at => stage.instructions[at]);
	const before = first === undefined ? undefined : lineBefore(subject, first, WITH, comments);
	const after = last === undefined ? undefined : lineAfter(subject, last, WITHOUT);
	if (before === undefined) {
		return [];
	}
	const isNoneAfter = next === undefined && subject.roleOf(stage) === 'build' && !bases.has(stage);
	if (isNoneAfter || next?.keyword === 'SHELL') {
		return [before];
	}
	return after === undefined ? [] : [before, after];
}

const WITH = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]';
const WITHOUT = 'SHELL ["/bin/sh", "-c"]';

function isDebianDefault(family: Family | undefined, shell: readonly string[]): boolean {
	return family === 'debian' && shell.join(' ') === '/bin/sh -c';
}

/** Instructions that no shell reads are passed over; those whose shell goes into the image are not. */
function isSameIn(
	instruction: Instruction | undefined,
	isSame: (instruction: Instruction) => boolean,
): boolean {
	switch (instruction?.keyword) {
		case undefined:
			return false;
		case 'RUN':
			return instruction.json !== undefined || isSame(instruction);
		case 'CMD':
		case 'ENTRYPOINT':
			return instruction.json !== undefined;
		case 'HEALTHCHECK':
		case 'SHELL':
		case 'ONBUILD':
			return false;
		default:
			return true;
	}
}

/** What bash and dash read in another way, or only one of them knows. */
const APART: ReadonlySet<string> = new Set([
	...[
		'set',
		'export',
		'local',
		'readonly',
		'declare',
		'source',
		'.',
		'eval',
		'read',
		'trap',
		'type',
		'let',
		'test',
		'[',
	],
	...[
		'shopt',
		'alias',
		'hash',
		'ulimit',
		'wait',
		'kill',
		'exec',
		'times',
		'getopts',
		'pushd',
		'popd',
		'time',
		'env',
		'printenv',
	],
]);
const SIGNS =
	/\\|\$['"(A-Z]*(?:RANDOM|UID|EUID|BASH|SECONDS|LINENO|HOSTNAME|PPID|SHLVL)|\$['"]|\[\[|<\(|>\(|<<|&>|\{[^}]{0,200}(?:,|\.\.)|\$\(\(|\(\)/;

function isReadAlike({tree, commands, text, instruction}: Script): boolean {
	return (
		tree !== undefined &&
		instruction.heredocs.length === 0 &&
		!SIGNS.test(text) &&
		commands.every(
			({name, args, assignments, nameWord}) =>
				!APART.has(name) &&
				nameWord !== undefined &&
				assignments.length === 0 &&
				(name !== 'echo' || args[0]?.text.startsWith('-') !== true),
		)
	);
}

/** Above the comments that belong to the instruction; absent where something else stands on its line. */
function lineBefore(
	{dockerfile: {bytes}}: Subject,
	{span, line}: Instruction,
	text: string,
	comments: Facts['comments'],
): Edit | undefined {
	const {start} = lineSpanOf(bytes, span);
	if (start !== span.start) {
		return undefined;
	}
	let at = start;
	for (let above = comments.get(line - 1); above !== undefined; above = comments.get(above.line - 1)) {
		at = lineSpanOf(bytes, above.span).start;
	}
	return {span: {start: at, end: at}, text: `${text}${endingOf(bytes)}`};
}

function lineAfter({dockerfile}: Subject, {span, openEscapes}: Instruction, text: string): Edit | undefined {
	const {bytes} = dockerfile;
	const {end} = lineSpanOf(bytes, {start: span.start, end: Math.max(span.end - 1, span.start)});
	const ending = endingOf(bytes);
	const isEnded = bytes[end - 1] === 0x0a;
	return openEscapes === undefined
		? {span: {start: end, end}, text: isEnded ? `${text}${ending}` : `${ending}${text}`}
		: undefined;
}

function endingOf(bytes: Uint8Array): string {
	const feed = bytes.indexOf(0x0a);
	return feed > 0 && bytes[feed - 1] === 0x0d ? '\r\n' : '\n';
}
