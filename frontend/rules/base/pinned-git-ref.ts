import {operandsOf, optionValue, subcommandOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {isSettled} from './git-ref.ts';
import {shownRef} from './image-name.ts';
import {remoteSources, shownUrl} from './remote-source.ts';

/** A branch is whatever was pushed last, by whoever could. */
export const pinnedGitRef: Rule = function* (subject) {
	yield* added(subject);
	yield* cloned(subject);
};

function* added(subject: Subject): Iterable<RuleFinding> {
	for (const {kind, url, ref, instruction, hasChecksum} of remoteSources(subject)) {
		if (kind === 'git' && !hasChecksum && (ref === undefined || !isSettled(ref))) {
			const what = ref === undefined ? 'its default branch' : `"${shownRef(ref)}"`;
			const [plain = ''] = shownUrl(url).split('#', 1);
			const message = `ADD takes ${what} of ${plain}, which moves: write the commit behind a #, as in ${plain}#<commit>.`;
			yield {
				result: 'fail',
				message,
				place: {file: subject.file, line: instruction.line, endLine: instruction.endLine},
			};
		}
	}
}

// Options of git clone that take the next word.
const WITH_VALUE = [
	'b',
	'branch',
	'o',
	'origin',
	'depth',
	'c',
	'config',
	'j',
	'jobs',
	'filter',
	'reference',
	'revision',
	'u',
	'template',
	'shallow-since',
	'separate-git-dir',
];

function* cloned(subject: Subject): Iterable<RuleFinding> {
	const built = new Set(subject.needed);
	const commands = subject.commandsNamed('git').filter(({script}) => built.has(script.stage));
	for (const own of Map.groupBy(commands, ({script}) => script.stage).values()) {
		// What is checked out is what counts; which clone it belongs to is not looked into.
		const taken = own.flatMap(checkedOut);
		if (!taken.some(isClear)) {
			const clones = own.filter(command => subcommandOf(command, ['C', 'c']) === 'clone');
			yield* clones.flatMap(command => [...judged(command, taken[0]?.value, subject)]);
		}
	}
}

/** @param taken the branch that is checked out afterwards */
function* judged(command: Command, taken: string | undefined, {file}: Subject): Iterable<RuleFinding> {
	const branch = branchOf(command) ?? taken;
	const url = operandsOf(command, {withValue: WITH_VALUE})[1]?.value;
	// What a variable stands for is not known here, and a folder of the image is not remote.
	if (branch === 'unknown' || url === undefined || !isRemote(url) || isSettled(branch ?? '')) {
		return;
	}

	const what = branch === undefined ? 'the default branch' : `"${shownRef(branch)}"`;
	const message = `git clone takes ${what} of ${shownUrl(url)}, which moves: check out a commit after it (git checkout <commit>), or use ADD with the commit behind a #.`;
	yield {result: 'fail', message, place: {file, line: command.line}};
}

function branchOf(command: Command): string | undefined {
	const names = ['b', 'branch', 'revision'];
	const isAsked = command.args.some(({unquoted}) => /^(?:-b|--branch|--revision)/.test(unquoted));
	return optionValue(command, ...names) ?? (isAsked ? 'unknown' : undefined);
}

/** What a `git checkout` and its like name: branches, commits, and files too. */
function checkedOut(command: Command): readonly ShellWord[] {
	const name = subcommandOf(command, ['C', 'c']) ?? '';
	return ['checkout', 'switch', 'reset'].includes(name)
		? operandsOf(command, {withValue: ['C', 'c']}).slice(1)
		: [];
}

function isClear({value, variables}: ShellWord): boolean {
	return variables.length > 0 || (value !== undefined && isSettled(value));
}

function isRemote(url: string): boolean {
	return /^(?:https?|git|ssh):\/\//.test(url) || /^[\w.-]+@[\w.-]+:/.test(url);
}
