import type {Edit} from '../../dockerfile/edit.ts';
import {insertBefore} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Fix, Rule} from '../rule.ts';
import {trailingCommand} from './leading.ts';
import {optionAt} from './shell-options.ts';

/** Told once a RUN, at the first command whose failure is lost. */
export const noSemicolonChains: Rule = function* (subject) {
	const {file} = subject;
	for (const script of ranScripts(subject)) {
		const lost = lostIn(script);
		const [first] = lost;
		if (first !== undefined) {
			const isHeredoc = first.place?.nextJoint === '\n';
			const fix = isHeredoc ? endingAtOnce(script, lost) : joinedByAnd(script, lost);
			const write = isHeredoc
				? 'begin the here-document with set -e'
				: 'join them by &&, or begin the RUN with set -e';
			yield {
				result: 'fail',
				message: `When ${first.name} fails here the RUN goes on, and its failure is lost: ${write}.`,
				place: {file, line: first.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

const TITLE = 'a failure ends the RUN';

function joinedByAnd(script: Script, lost: readonly Command[]): Fix | undefined {
	const edits = withAnds(script, lost);
	return edits.length === 0 ? undefined : {title: TITLE, edits};
}

function endingAtOnce(script: Script, lost: readonly Command[]): Fix | undefined {
	const edits = withErrexit(script, lost, '\n');
	// Where no line may be added, the option stands on the line of the first command.
	return edits.length === 0 ? undefined : {title: TITLE, edits, kept: withErrexit(script, lost, '; ')};
}

function lostIn(script: Script): readonly Command[] {
	const {commands} = script;
	const last = trailingCommand(script);
	// `…; true`: its author has said what the RUN is to make of failures.
	if (last?.joint === ';' && (last.name === 'true' || last.name === ':' || last.name === 'exit')) {
		return [];
	}
	const isOn = optionAt(commands, 'errexit');
	return commands.filter(command => {
		const {place, isConditional, script: own} = command;
		const isCode = own.dialect === 'sh' || own.dialect === 'bash';
		const isFollowed = place?.nextJoint === ';' || place?.nextJoint === '\n';
		return isCode && isFollowed && !isConditional && !isHarmless(command) && !isOn(command);
	});
}

const HARMLESS: ReadonlySet<string> = new Set([
	...[
		'',
		'echo',
		'printf',
		'true',
		':',
		'set',
		'export',
		'unset',
		'exit',
		'wait',
		'sleep',
		'shopt',
		'trap',
		'umask',
	],
	...[
		'alias',
		'break',
		'continue',
		'return',
		'shift',
		'local',
		'readonly',
		'declare',
		'test',
		'[',
		'kill',
		'date',
		'pwd',
	],
]);

/** Its failure is no news, or is meant. */
function isHarmless(command: Command): boolean {
	return HARMLESS.has(command.name) || (command.name === 'rm' && hasOption(command, 'f', 'force'));
}

const CERTAIN: ReadonlySet<string> = new Set([
	...[
		'apt-get',
		'apt',
		'apk',
		'yum',
		'dnf',
		'microdnf',
		'zypper',
		'pip',
		'pip3',
		'npm',
		'yarn',
		'pnpm',
		'gem',
		'bundle',
	],
	...[
		'go',
		'cargo',
		'composer',
		'mvn',
		'gradle',
		'make',
		'cmake',
		'git',
		'curl',
		'wget',
		'tar',
		'unzip',
		'cd',
		'configure',
	],
]);
const UNSURE: ReadonlySet<string> = new Set([
	'remove',
	'purge',
	'autoremove',
	'uninstall',
	'erase',
	'clean',
	'test',
	'check-update',
	'del',
]);

/** Nobody can mean to go on without what it does. */
function isCertain(command: Command): boolean {
	const {name, args} = command;
	return name === 'mkdir'
		? hasOption(command, 'p', 'parents')
		: CERTAIN.has(name) && !args.some(({value = ''}) => UNSURE.has(value));
}

/** `&&` in the place of `;`, where what follows is no more than plain commands joined by `&&`. */
function withAnds({commands, text}: Script, lost: readonly Command[]): readonly Edit[] {
	// To sh, `&>` is an end in the background: what is joined to it would go there, too.
	if (text.includes('&>')) {
		return [];
	}
	const isPlain = plainAfter(commands);
	return lost
		.filter(command => isCertain(command) && isPlain(command))
		.flatMap(command => joined(command) ?? []);
}

function joined(command: Command): Edit | undefined {
	const {script, place} = command;
	const {end = 0, nextStart = 0, nextJoint} = place ?? {};
	const between = script.text.slice(end, nextStart);
	if (nextJoint !== ';' || between.trim() !== ';') {
		return undefined;
	}
	const at = end + between.indexOf(';');
	const span = script.spanOf(at, at + 1);
	const before = between.startsWith(';') ? ' ' : '';
	const after = nextStart === at + 1 ? ' ' : '';
	return span === undefined ? undefined : {span, text: `${before}&&${after}`};
}

interface Segment {
	isPlain: boolean;
}

/** By command: whether what follows its `;` is no more than plain commands joined by `&&`. */
function plainAfter(commands: readonly Command[]): (command: Command) => boolean {
	const last = new Map<number, {readonly command: Command; readonly segment: Segment}>();
	const after = new Map<Command, Segment>();
	for (const command of commands) {
		const {list, joint, isConditional, place, starter} = command;
		if (starter !== undefined) {
			continue;
		}
		const before = last.get(list);
		const isNew =
			before === undefined || joint === ';' || joint === '\n' || joint === '&' || joint === 'start';
		const segment = isNew ? {isPlain: true} : before.segment;
		if (isConditional || place === undefined || place.nextJoint === '&') {
			segment.isPlain = false;
		}
		if (before !== undefined && before.command.place?.nextStart === place?.start) {
			after.set(before.command, segment);
		}
		last.set(list, {command, segment});
	}
	return command => after.get(command)?.isPlain === true;
}

/** Where every command of the here-document that may fail is one that nobody can mean to fail. */
function withErrexit(
	{commands, instruction}: Script,
	lost: readonly Command[],
	joint: '\n' | '; ',
): readonly Edit[] {
	const [first] = commands;
	const isSure = commands.every(each => each.isConditional || isHarmless(each) || isCertain(each));
	const isOwn = instruction.heredocs.length === 1 && lost.every(({script}) => script === first?.script);
	const start = first?.span?.start;
	const body = instruction.heredocs[0]?.span;
	if (
		first === undefined ||
		!isSure ||
		!isOwn ||
		start === undefined ||
		body === undefined ||
		start < body.start
	) {
		return [];
	}
	const edit = insertBefore(first, `set -e${joint}`);
	return edit === undefined || first.place === undefined || first.joint !== 'start' ? [] : [edit];
}
