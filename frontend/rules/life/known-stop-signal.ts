import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import {nearestOf} from '../../dockerfile/nearest.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {isSignal, signalByNumber, signalNames} from './signals.ts';
import {startCommands} from './start.ts';

export const knownStopSignal: Rule = function* (subject) {
	const {steps, file} = subject;
	for (const {instruction, expand} of steps) {
		const value = instruction.keyword === 'STOPSIGNAL' ? expand(instruction.args)?.trim() : undefined;
		if (value !== undefined) {
			yield* judge(instruction, value, file);
		}
	}

	yield* wanted(subject);
};

const UNCATCHABLE: ReadonlySet<string> = new Set(['KILL', 'STOP']);

function* judge(instruction: Instruction, value: string, file: string): Generator<RuleFinding> {
	const place = {file, line: instruction.line};
	const name = nameOf(value);
	if (name === undefined) {
		const near = nearestOf(value.toUpperCase().replace(/^SIG/, ''), signalNames);
		const remedy = near === undefined ? 'write a name such as SIGTERM' : `write SIG${near} if that was meant`;
		yield {
			result: 'fail',
			message: `${quoted(value)} is no signal that a container could be stopped with: ${remedy}.`,
			place,
		};
		return;
	}

	if (UNCATCHABLE.has(name)) {
		const message = `No program can catch SIG${name}, so nothing is finished or written when the container stops: write SIGTERM, or remove the line.`;
		yield {result: 'fail', message, place};
		return;
	}

	const [word] = instruction.words;
	if (value !== `SIG${name}` && word?.text === value) {
		const edits = [{span: word.span, text: `SIG${name}`}];
		const message = `The signal ${quoted(value)} is commonly written SIG${name}.`;
		yield {result: 'fail', message, place, fix: {title: `SIG${name}`, edits}};
	}
}

/** The name without SIG, for what the engine takes: a number, or a name with SIG or without, in any case. */
function nameOf(value: string): string | undefined {
	if (/^\d{1,3}$/.test(value)) {
		return signalByNumber(Number(value));
	}

	const name = value.toUpperCase().replace(/^SIG/, '');
	return isSignal(name) ? name : undefined;
}

interface Wish {
	readonly program: RegExp;
	readonly signal: string;
	readonly why: string;
}

const wishes: readonly Wish[] = [
	{
		program: /^(?:nginx|openresty)$/,
		signal: 'QUIT',
		why: 'nginx ends requests that are under way only on SIGQUIT',
	},
	{program: /^(?:systemd|init)$/, signal: 'RTMIN+3', why: 'systemd only shuts down on SIGRTMIN+3'},
];

/** What the program that the image starts expects, where the file itself sets another signal, or none on a base of its own. */
function* wanted(subject: Subject): Generator<RuleFinding> {
	const {chain, steps, file} = subject;
	const [command] = startCommands(subject);
	const wish = wishes.find(({program}) => program.test(command?.name ?? ''));
	if (wish === undefined || command === undefined) {
		return;
	}

	const stages = new Set(chain.stages);
	const set = steps.findLast(
		({stage, instruction}) => instruction.keyword === 'STOPSIGNAL' && stages.has(stage),
	);
	const value = set?.expand(set.instruction.args)?.trim();
	const isSetOtherwise =
		value !== undefined && nameOf(value) !== wish.signal && !UNCATCHABLE.has(nameOf(value) ?? '');
	// A base that knows the program sets its signal itself.
	const isUnset = set === undefined && isPlainBase(chain.base);
	if (isSetOtherwise || isUnset) {
		const message = `${wish.why}, so docker stop cuts them off: write STOPSIGNAL SIG${wish.signal}.`;
		const place = {file, line: set?.instruction.line ?? command.line};
		yield {result: 'fail', message, place, fix: signalFix(set?.instruction, `SIG${wish.signal}`)};
	}
}

/** In the place of the other one, or at the end. */
function signalFix(instruction: Instruction | undefined, name: string): Fix {
	const [word] = instruction?.words ?? [];
	return word === undefined
		? {title: `STOPSIGNAL ${name}`, append: [`STOPSIGNAL ${name}`]}
		: {title: `STOPSIGNAL ${name}`, edits: [{span: word.span, text: name}]};
}

function isPlainBase(base: string | undefined): boolean {
	return (
		base === 'scratch' ||
		/^(?:docker\.io\/)?(?:library\/)?(?:alpine|debian|ubuntu|fedora|busybox)(?:[:@]|$)/.test(base ?? '')
	);
}
