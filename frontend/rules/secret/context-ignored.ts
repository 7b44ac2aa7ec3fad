import {quoted} from '../../dockerfile/error.ts';
import type {Step} from '../../stages/chain.ts';
import {ignoringOf} from '../ignore-file.ts';
import {linesToIgnore} from '../ignore-lines.ts';
import type {Rule, Subject} from '../rule.ts';

const LINES = '.git, **/.env*, **/*.pem, **/*.key and **/id_*';

export const contextIgnored: Rule = function* (subject) {
	const copy = subject.steps.find(step => subject.roleOf(step.stage) !== 'unused' && takesAll(step));
	if (copy === undefined) {
		return;
	}

	const {ignoreFile, file} = subject;
	const place = {file, line: copy.instruction.line};
	if (ignoreFile === undefined) {
		const message = `${copy.instruction.keyword} takes the whole build context, and whether an ignore file keeps ${LINES} out of it is not known here.`;
		yield {result: 'not-evaluated', message, place};
		return;
	}

	const name = quoted(ignoreFile.name).slice(1, -1);
	const lines = linesToIgnore(subject, {needsHistory: needsHistory(subject)});
	if (ignoreFile.text === undefined) {
		const message = `${copy.instruction.keyword} takes the whole build context and there is no ${name}, so the repository's history and files of secrets may come along: write one with the lines ${lines.join(' and ')}.`;
		yield {result: 'fail', message, place, observed: {ignore: lines.join('\n')}};
		return;
	}

	const missing = missingIn(subject, ignoreFile.text);
	if (missing.length > 0) {
		const more = lines.length === 0 ? missing : lines;
		const message = `${copy.instruction.keyword} takes the whole build context, and ${name} lets ${missing.join(' and ')} in: add ${more.length === 1 ? 'the line' : 'the lines'} ${more.join(' and ')}.`;
		yield {result: 'fail', message, place, observed: {ignore: more.join('\n')}};
	}
};

const WHOLE: ReadonlySet<string> = new Set(['.', './', '/', '*', './*', '**']);

function takesAll({instruction, expand}: Step): boolean {
	const {keyword, flags, json, words} = instruction;
	const isLocal = (keyword === 'COPY' || keyword === 'ADD') && !flags.some(({name}) => name === 'from');
	return (
		isLocal && (json ?? words.map(({text}) => text)).slice(0, -1).some(text => WHOLE.has(expand(text) ?? ''))
	);
}

/** What should be left out and is not. What is understood only by Docker counts as left out. */
function missingIn(subject: Subject, text: string): readonly string[] {
	const ignores = ignoringOf(text);
	const {contextFiles} = subject;
	// Where the files are known, the one that is not there needs no line.
	const hasEnv = contextFiles === undefined || contextFiles.some(path => /(?:^|\/)\.env$/.test(path));
	const wanted = [...(needsHistory(subject) ? [] : ['.git']), ...(hasEnv ? ['.env'] : [])];
	return wanted.filter(path => ignores(path) === false);
}

/** A step that asks git about the repository needs its history. */
function needsHistory({commandsNamed, dockerfile}: Subject): boolean {
	const asks = commandsNamed('git').some(({args}) =>
		args.some(({unquoted}) =>
			['describe', 'rev-parse', 'log', 'rev-list', 'submodule', 'show', 'status', 'ls-files'].includes(
				unquoted,
			),
		),
	);
	return (
		asks ||
		dockerfile.instructions.some(({args, flags}) =>
			[args, ...flags.map(({value = ''}) => value)].some(text => /(?:^|[\s,=/])\.git\b/.test(text)),
		)
	);
}
