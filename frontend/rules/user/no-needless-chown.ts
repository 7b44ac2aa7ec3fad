import type {Dockerfile, Flag, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {isRoot} from './final-user.ts';

const PROGRAMS = /^\/(?:usr\/(?:local\/)?)?s?bin(?:\/|$)/;

export const noNeedlessChown: Rule = function* (subject) {
	const standings = standingsOf(subject);
	for (const {instruction, stage, expand} of subject.steps) {
		const {keyword, flags, json, words} = instruction;
		const flag = flags.find(({name}) => name === 'chown');
		const owner = flag?.value === undefined ? undefined : expand(flag.value);
		if (
			keyword !== 'COPY' ||
			flag === undefined ||
			owner === undefined ||
			subject.roleOf(stage) !== 'final'
		) {
			continue;
		}

		const target = expand((json ?? words.map(({text}) => text)).at(-1) ?? '');
		const standing = standings.get(instruction);
		const path = target === undefined || standing === undefined ? undefined : pathAt(standing, target);
		yield* judge(subject, instruction, flag, owner, path);
	}
};

function* judge(
	{file, dockerfile}: Subject,
	instruction: Instruction,
	flag: Flag,
	owner: string,
	path: string | undefined,
): Generator<RuleFinding> {
	const place = {file, line: instruction.line};
	const isFromContext = !instruction.flags.some(({name}) => name === 'from');
	const edit = withoutFlag(dockerfile, flag);
	// What comes from another stage keeps its owner, so there it may be needed.
	if (isRoot(owner) && isOwnGroup(owner)) {
		if (isFromContext) {
			const message = `--chown=${quoted(owner).slice(1, -1)} says what COPY does anyway: leave it out.`;
			const fix = edit === undefined ? {} : {fix: {title: 'without --chown', edits: [edit]}};
			yield {result: 'fail', message, place, ...fix};
		}

		return;
	}

	if (path !== undefined && PROGRAMS.test(path)) {
		const message = `${quoted(path)} is given to ${quoted(owner)}, who only has to run it and could then also change it: leave --chown out, and write --chmod=0555.`;
		const isRunByAll = instruction.flags.some(
			({name, value}) => name === 'chmod' && /^0?[0-7][57]5$/.test(value ?? ''),
		);
		const fix =
			edit !== undefined && isRunByAll && isFromContext
				? {fix: {title: 'without --chown', edits: [edit]}}
				: {};
		yield {result: 'fail', message, place, ...fix};
	}
}

function isOwnGroup(owner: string): boolean {
	const [, group = '0'] = owner.split(':');
	return group === 'root' || /^0+$/.test(group);
}

/** Takes a flag out with the blank after it; absent where that is not on its line. */
function withoutFlag({bytes}: Dockerfile, {span}: Flag): Edit | undefined {
	return bytes[span.end] === 0x20 ? {span: {start: span.start, end: span.end + 1}, text: ''} : undefined;
}
