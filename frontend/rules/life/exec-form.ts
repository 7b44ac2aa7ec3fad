import type {Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Command, Script} from '../../shell/script.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {type Beside, besideOf} from './start-words.ts';

export const execForm: Rule = function* (subject) {
	const scripts = new Map(subject.scripts.map(script => [script.instruction, script]));
	const beside = besideOf(subject);
	for (const {stage, instruction} of shellForms(subject)) {
		const script = scripts.get(instruction);
		const [first] = script?.commands ?? [];
		// Its program gets the signals already; and a broken JSON array is valid-json-form's question.
		if (first?.name === 'exec' || /^\s*\[/.test(instruction.args)) {
			continue;
		}

		const better = script === undefined ? undefined : execOf(script);
		const fix = better === undefined ? undefined : fixOf(instruction, beside.get(stage), better);
		yield {
			result: 'fail',
			message: `This ${instruction.keyword} runs in a shell, which may pass no signals on, so docker stop waits and then kills what runs in it: ${remedyFor(instruction, better)}.`,
			place: {file: subject.file, line: instruction.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

function remedyFor({keyword}: Instruction, better: string | undefined): string {
	if (better === undefined) {
		return 'write a JSON array, or begin the last command with exec';
	}

	return `write ${keyword} ${better.length > 100 ? 'as a JSON array' : shownArray(better)}`;
}

/** Whoever wrote the command may have put anything into it. */
function shownArray(text: string): string {
	return /^[\x20-\x7e]*$/.test(text) ? text : 'as a JSON array';
}

interface ShellForm {
	readonly stage: Stage;
	readonly instruction: Instruction;
}

/** CMD and ENTRYPOINT in shell form where no SHELL was chosen, in this stage or those it starts from. */
function* shellForms({dockerfile, references}: Subject): Generator<ShellForm> {
	const chosen = new Set<Stage>();
	for (const stage of dockerfile.stages) {
		const parent = references.get(stage)?.[0]?.stage;
		const isChosen = parent !== undefined && chosen.has(parent);
		const at = isChosen ? 0 : stage.instructions.findIndex(({keyword}) => keyword === 'SHELL');
		if (at !== -1) {
			chosen.add(stage);
		}

		const before = stage.instructions.slice(0, at === -1 ? undefined : at);
		for (const instruction of before.filter(isShellForm)) {
			yield {stage, instruction};
		}
	}
}

function isShellForm({keyword, json}: Instruction): boolean {
	return (keyword === 'CMD' || keyword === 'ENTRYPOINT') && json === undefined;
}

// Names that mean something to a shell, and nothing or something else without one.
const BUILTINS: ReadonlySet<string> = new Set(
	'. : [ alias bg break cd command continue echo eval exec exit export false fc fg getopts hash help history jobs kill let local printf pwd read readonly return set shift source test times trap true type typeset ulimit umask unalias unset wait'.split(
		' ',
	),
);

/** The same command as a JSON array; absent where it is more than one plain command. */
function execOf(script: Script): string | undefined {
	const [command, ...more] = script.commands;
	if (command === undefined || more.length > 0 || !isWhole(script, command)) {
		return undefined;
	}

	const {name, nameWord, args} = command;
	const program = nameWord?.value;
	if (program === undefined || BUILTINS.has(name) || !/^[\w./+-]+$/.test(program)) {
		return undefined;
	}

	const values = args.flatMap(({value}) => value ?? []);
	const isPlain =
		values.length === args.length && command.assignments.length + command.redirects.length === 0;
	// A shell also runs files without a first line that names their interpreter; exec in a shell does, too.
	if (isPlain && !program.includes('/') && !program.endsWith('.sh')) {
		return json([program, ...values]);
	}

	const {text} = script;
	return command.assignments.length > 0 || /[\r\n]/.test(text)
		? undefined
		: json(['/bin/sh', '-c', `exec ${text.trim()}`]);
}

/** Nothing stands beside the command: no `&`, no `!`, no comment. */
function isWhole({text, dialect, shell}: Script, {place, isConditional}: Command): boolean {
	const isDefault = dialect === 'sh' && shell.length === 2 && shell[0] === '/bin/sh' && shell[1] === '-c';
	const isAll = place !== undefined && text.trim() === text.slice(place.start, place.end);
	return isDefault && isAll && !isConditional;
}

function json(items: readonly string[]): string {
	return `[${items.map(item => JSON.stringify(item)).join(', ')}]`;
}

/** Not where the other of the two would be read differently beside it. */
function fixOf(
	{keyword, words, args, openEscapes}: Instruction,
	beside: Beside | undefined,
	better: string,
): Fix | undefined {
	const [word] = words;
	const isAlone = keyword === 'CMD' ? beside?.hasEntrypoint === false : beside?.hasCommand === false;
	if (word === undefined || word.text !== args || openEscapes !== undefined || !isAlone) {
		return undefined;
	}

	return {title: `${keyword} without a shell around it`, edits: [{span: word.span, text: better}]};
}
