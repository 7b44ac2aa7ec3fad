import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {lazy} from '../../shell/lazy.ts';
import type {Command, Script} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {leadingCommand, trailingCommand} from './leading.ts';

/** A `cd` in the middle of a chain goes into a folder that the chain has made, and one in a subshell comes back: both are fine. */
export const workdirNotCd: Rule = function* (subject) {
	const {file} = subject;
	const isForgotten = forgottenIn(subject);
	for (const script of ranScripts(subject)) {
		const first = leadingCd(script);
		const last = trailingCommand(script);
		if (last?.name === 'cd') {
			const message = `This cd ends with its RUN, and the next instruction begins in the old folder: write WORKDIR ${folderOf(last)} instead.`;
			yield {result: 'fail', message, place: {file, line: last.line}};
		} else if (first !== undefined) {
			const fix = isForgotten(script) ? asWorkdir(subject, first) : undefined;
			const message = `This RUN first goes to another folder: write WORKDIR ${folderOf(first)} before it, which is seen by those who read the file and creates the folder.`;
			yield {result: 'fail', message, place: {file, line: first.line}, ...(fix === undefined ? {} : {fix})};
		}
	}
};

const GOES_ON: ReadonlySet<string> = new Set(['&&', ';', '\n']);
const SETTINGS: ReadonlySet<string> = new Set(['set', 'export', '']);

/** The first command that does something, where that is `cd`: `set -e; cd …` goes there first, too. */
function leadingCd(script: Script): Command | undefined {
	const {commands} = script;
	let next = leadingCommand(script);
	let at = next === undefined ? -1 : commands.indexOf(next);
	while (next !== undefined && SETTINGS.has(next.name) && goesOn(next)) {
		const start = next.place?.nextStart;
		at += 1;
		next = commands[at]?.place?.start === start ? commands[at] : undefined;
	}
	return next?.name === 'cd' && goesOn(next) ? next : undefined;
}

function goesOn({place}: Command): boolean {
	return GOES_ON.has(place?.nextJoint ?? '');
}

function folderOf({args}: Command): string {
	const folder = args.at(-1)?.unquoted;
	return folder === undefined ? 'with the folder' : quoted(folder).slice(1, -1);
}

const PLAIN = /^[\w./+-]{1,200}$/;

/** Only where nothing after this RUN depends on the folder it leaves behind. */
function asWorkdir({dockerfile}: Subject, {script, args, place}: Command): Fix | undefined {
	const {instruction, text} = script;
	const [folder, ...more] = args;
	const isPlain =
		folder !== undefined && more.length === 0 && PLAIN.test(folder.text) && !folder.text.startsWith('-');
	const isSimple =
		instruction.flags.length === 0 && instruction.heredocs.length === 0 && !/OLDPWD|cd -/.test(text);
	const isAlone = leadingCommand(script)?.place?.start === place?.start && place?.nextJoint === '&&';
	const next =
		place?.nextStart === undefined ? undefined : script.spanOf(place.nextStart, place.nextStart + 1);
	if (!isPlain || !isSimple || !isAlone || next === undefined) {
		return undefined;
	}
	const span = {start: instruction.span.start, end: next.start};
	const {bytes} = dockerfile;
	if (bytes.subarray(span.start, span.end).includes(0x23)) {
		return undefined;
	}
	const ending = bytes.includes(0x0d) ? '\r\n' : '\n';
	return {
		title: 'WORKDIR instead of cd',
		edits: [{span, text: `WORKDIR ${folder.text}${ending}RUN `}],
	};
}

const INDIFFERENT: ReadonlySet<string> = new Set([
	'ENV',
	'LABEL',
	'ARG',
	'EXPOSE',
	'USER',
	'STOPSIGNAL',
	'MAINTAINER',
	'VOLUME',
]);

/** Whether a stage sets an absolute folder before anything after a RUN needs one, or nothing of it is needed but files. */
function forgottenIn(subject: Subject): (script: Script) => boolean {
	const {stages} = subject.dockerfile;
	const bases = lazy(() => new Set(stages.map(stage => subject.references.get(stage)?.[0]?.stage)));
	const nexts = lazy(() => new Map(stages.flatMap(({instructions}) => nextOf(instructions))));
	return ({stage, instruction}) => {
		const next = nexts().get(instruction);
		return next === undefined
			? subject.roleOf(stage) === 'build' && !bases().has(stage)
			: next.keyword === 'WORKDIR' && next.args.startsWith('/');
	};
}

/** By instruction: the next one for which the folder matters. */
function nextOf(
	instructions: readonly Instruction[],
): readonly (readonly [Instruction, Instruction | undefined])[] {
	let next: Instruction | undefined;
	return instructions.toReversed().map(instruction => {
		const pair = [instruction, next] as const;
		next = INDIFFERENT.has(instruction.keyword) ? next : instruction;
		return pair;
	});
}
