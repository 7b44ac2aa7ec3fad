import type {Edit} from '../../dockerfile/edit.ts';
import {replaceWord} from '../../shell/edits.ts';
import {lazy} from '../../shell/lazy.ts';
import {linesOf} from '../../shell/nodes.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command, Script, ShellWord} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import {familiesOf} from '../base-family.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';

interface Flaw {
	readonly message: string;
	readonly line: number;
	readonly edit?: Edit | undefined;
}

/** A few mistakes that are certain, not all that a shell's own linter would say. */
export const soundShell: Rule = function* (subject) {
	const {file} = subject;
	const steps = new Map(subject.steps.map(step => [step.instruction, step] as const));
	const families = familiesOf(subject);
	for (const script of ranScripts(subject)) {
		const isAssigned = assignedIn(script);
		const isDash = script.dialect === 'sh' && families.get(script.stage) === 'debian';
		const flaws = [
			...script.commands.flatMap(command => [
				...removals(command, steps.get(script.instruction), isAssigned),
				...tests(command, steps.get(script.instruction)),
				...exports(command),
				...(isDash ? bashisms(command) : []),
			]),
			...(isDash ? doubleBrackets(script) : []),
		];
		for (const {message, line, edit} of flaws.toSorted((a, b) => a.line - b.line)) {
			yield {
				result: 'fail',
				message,
				place: {file, line},
				...(edit === undefined ? {} : {fix: {title: 'sound shell', edits: [edit]}}),
			};
		}
	}
};

const FROM_VARIABLE = /^"?\$(?:\{(\w+)\}|(\w+))"?\//;

/** `rm -rf $X/lib` deletes `/lib` when `X` is empty. */
function removals(
	command: Command,
	step: Step | undefined,
	isAssigned: (name: string) => boolean,
): readonly Flaw[] {
	const isDeep = command.name === 'rm' && hasOption(command, 'r', 'R', 'recursive');
	return (isDeep ? command.args : []).flatMap(word => {
		const [whole = '', braced, bare] = FROM_VARIABLE.exec(word.text) ?? [];
		const name = braced ?? bare;
		const isSet = name === undefined || (step?.get(name) ?? '') !== '' || isAssigned(name);
		const message = `If ${name} is empty, this deletes below the root of the file system: write \${${name}:?}, which stops instead.`;
		const text = whole.replace(/\$(?:\{\w+\}|\w+)/, () => `\${${name}:?}`) + word.text.slice(whole.length);
		return isSet ? [] : [{message, line: word.line, edit: replaceWord(word, text)}];
	});
}

/** Whether the code gives the variable a value itself; a `read` may give it any. */
function assignedIn({text}: Script): (name: string) => boolean {
	const names = lazy(
		() => new Set(Array.from(text.matchAll(/\b(\w{1,100})(?:=| in )/g), ([, name]) => name)),
	);
	const reads = lazy(() => text.includes('read '));
	return name => name === 'HOME' || names().has(name) || reads();
}

/** `[ $x == y ]` */
function tests({name, args, script}: Command, step: Step | undefined): readonly Flaw[] {
	if (name !== '[' && name !== 'test') {
		return [];
	}
	return args.flatMap((word, at): readonly Flaw[] => {
		if (word.text === '==' && script.dialect === 'sh') {
			const message = "sh compares with =, and Debian's does not know ==: write =.";
			return [{message, line: word.line, edit: replaceWord(word, '=')}];
		}
		const isCompared = isComparison(args[at - 1]) || isComparison(args[at + 1]);
		const [variable = ''] = word.variables;
		const isBare = /^\$(?:\w+|\{\w+\})$/.test(word.text) && !/^[\w.:/-]+$/.test(step?.get(variable) ?? '');
		const message = `When ${word.text} is empty, this test is no test any more: write "${word.text}".`;
		return isCompared && isBare
			? [{message, line: word.line, edit: replaceWord(word, `"${word.text}"`)}]
			: [];
	});
}

function isComparison(word: ShellWord | undefined): boolean {
	return word?.text === '=' || word?.text === '==' || word?.text === '!=';
}

/** `export A=$(b)` succeeds whatever `b` does. */
function exports({name, args}: Command): readonly Flaw[] {
	const isExport = name === 'export' || name === 'readonly' || name === 'local';
	return (isExport ? args : [])
		.filter(({text}) => /^\w+="?(?:\$\((?!\()|`)/.test(text))
		.map(({line, text}) => {
			const variable = text.slice(0, text.indexOf('='));
			const message = `${name} hides whether the command in its value failed: assign ${variable} first, and ${name} it then.`;
			return {message, line};
		});
}

/** What bash knows and dash does not. */
function bashisms(command: Command): readonly Flaw[] {
	const {name, args, redirects, line, script} = command;
	if (script.dialect !== 'sh') {
		return [];
	}
	const flaws: Flaw[] = [];
	if (name === 'source') {
		const edit = command.nameWord && replaceWord(command.nameWord, '.');
		flaws.push({message: 'The sh of this base knows no source: write a dot.', line, edit});
	}
	if (command.nameWord?.text === 'echo' && /^-[neE]*e[neE]*$/.test(args[0]?.text ?? '')) {
		flaws.push({message: 'The sh of this base writes the -e of this echo, too: use printf.', line});
	}
	if (redirects.some(({operator}) => operator === '&>' || operator === '&>>')) {
		const message =
			'The sh of this base reads &> as an end in the background and an empty file: write > file 2>&1.';
		flaws.push({message, line});
	}
	return flaws;
}

function doubleBrackets(script: Script): readonly Flaw[] {
	return linesOf(script, 'TestCommand').map(line => ({
		message: 'The sh of this base knows no [[: write [, or SHELL ["/bin/bash", "-c"] before it.',
		line,
	}));
}
