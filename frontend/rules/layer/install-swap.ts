import type {Dockerfile, Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {invocationsIn} from '../package/invocations.ts';
import type {Subject} from '../rule.ts';
import {pathAt, standingsOf} from '../standing.ts';
import {textAt} from '../syntax/written.ts';
import type {Copy} from './copies.ts';
import {type Needs, needsOf} from './install-needs.ts';

/** Two instructions that change places: the installation sees its manifests by mounts, and the sources come after it. */
export interface Swap {
	readonly edits: readonly Edit[];
	readonly isOnTrial: boolean;
	readonly files: readonly string[];
}

/**
 * `COPY . .` and `RUN npm ci` → `RUN --mount=type=bind,… npm ci` and `COPY . .`: as many lines as before. Undefined where the
 * context is not known, or the installation may need more of it than manifests.
 */
export function swapOf(subject: Subject, copy: Copy, script: Script, command: Command): Swap | undefined {
	const {dockerfile, manifests} = subject;
	const between = instructionsBetween(copy, script);
	const needs = manifests === undefined ? undefined : needsOf(command, manifests);
	if (
		needs === undefined ||
		between === undefined ||
		!isIntoWorkdir(subject, copy, script, between) ||
		!isAlone(script, command) ||
		!isPlain(copy)
	) {
		return undefined;
	}

	const edit = exchanged(dockerfile, [copy.instruction, ...between, script.instruction], needs);
	const isRoots = /^(?:root|0)(?::(?:root|0))?$/.test(
		standingsOf(subject).get(script.instruction)?.user ?? '',
	);
	// A manifest that only its owner may read is root's in a mount.
	return edit === undefined
		? undefined
		: {edits: [edit], isOnTrial: needs.isOnTrial || !isRoots, files: needs.files};
}

/** What stands between and looks into no file; undefined where something else does. */
function instructionsBetween(
	{stage: {instructions}, instruction}: Copy,
	script: Script,
): readonly Instruction[] | undefined {
	const start = instructions.indexOf(instruction) + 1;
	const between = instructions.slice(start, instructions.indexOf(script.instruction));
	return between.length <= MAX_BETWEEN && between.every(({keyword}) => SETTINGS.has(keyword))
		? between
		: undefined;
}

const MAX_BETWEEN = 8;
const SETTINGS: ReadonlySet<string> = new Set(['WORKDIR', 'ENV', 'ARG', 'EXPOSE', 'LABEL', 'STOPSIGNAL']);

/** The sources go to the folder in which the installation runs, and would go there after it. */
function isIntoWorkdir(
	subject: Subject,
	{instruction, step, destination, sources}: Copy,
	script: Script,
	between: readonly Instruction[],
): boolean {
	const standings = standingsOf(subject);
	const before = standings.get(instruction);
	const workdir = standings.get(script.instruction)?.workdir;
	const path = step.expand(destination);
	const isWhole = sources.length === 1 && /^(?:\.\/?|\/)$/.test(sources[0] ?? '');
	// A folder that COPY makes has the copy's owner, one that WORKDIR makes has not.
	const isFixed =
		between.length === 0 ||
		(destination.startsWith('/') && !instruction.args.includes('$') && instruction.flags.length === 0);
	return (
		isWhole &&
		isFixed &&
		path !== undefined &&
		before !== undefined &&
		workdir !== undefined &&
		workdir !== '/' &&
		pathAt(before, path) === workdir
	);
}

function isPlain({instruction: {keyword, json, heredocs, openEscapes, flags}}: Copy): boolean {
	return (
		keyword === 'COPY' &&
		json === undefined &&
		heredocs.length === 0 &&
		openEscapes === undefined &&
		flags.every(({name}) => name === 'chown' || name === 'link')
	);
}

/** Nothing else of this step looks into the sources. */
function isAlone({commands, tree, instruction}: Script, install: Command): boolean {
	const [statement, ...more] = tree?.commands ?? [];
	const isList =
		statement !== undefined &&
		more.length === 0 &&
		statement.background !== true &&
		(statement.command.type === 'Command' ||
			(statement.command.type === 'AndOr' &&
				statement.command.operators.every(operator => operator === '&&')));
	return (
		isList &&
		instruction.heredocs.length === 0 &&
		instruction.openEscapes === undefined &&
		instruction.json === undefined &&
		commands.every(command => command === install || isElsewhere(command)) &&
		install.redirects.length === 0 &&
		install.place !== undefined
	);
}

/** A command that names no file of the working directory. */
function isElsewhere(command: Command): boolean {
	const {name, args, redirects, startedBy} = command;
	const operands = operandsOf(command);
	const isPlaced = operands.every(({value}) => value?.startsWith('/') === true);
	const [invocation] = invocationsIn([command]);
	const isNamed = operands.every(({value}) => value !== undefined && !/^[./~]|\.txt$/.test(value));
	const takesFile = args.some(({text}) =>
		/^(?:-r|-c|-e|-f|--requirement|--constraint|--editable|--file)/.test(text),
	);
	const isOfSystem = invocation !== undefined && SYSTEM.has(invocation.manager);
	const isPackage =
		invocation?.act === 'install' &&
		invocation.operands.length > 0 &&
		GLOBAL.test(args.map(({text}) => text).join(' '));
	const isPip =
		invocation?.manager === 'pip' && invocation.act === 'install' && invocation.operands.length > 0;
	return (
		startedBy === undefined &&
		redirects.length === 0 &&
		((name === 'rm' && isPlaced && operands.length > 0) ||
			(name === 'corepack' && args.length < 3) ||
			(!takesFile && isNamed && (isOfSystem || isPackage || isPip || invocation?.act === 'clean')))
	);
}

const SYSTEM: ReadonlySet<string> = new Set(['apt', 'apk', 'dnf', 'yum', 'zypper']);
const GLOBAL = /(?:^| )(?:-g|--global)(?: |$)/;

/** The installation takes the place of the copy, which goes to its end; what stands between moves up. */
function exchanged(
	dockerfile: Dockerfile,
	instructions: readonly Instruction[],
	{files, isWritten}: Needs,
): Edit | undefined {
	const [copy, ...others] = instructions;
	const run = others.at(-1);
	if (copy === undefined || run === undefined) {
		return undefined;
	}

	const gaps = others.map((each, at) => {
		const start = instructions[at]?.span.end ?? each.span.start;
		return textAt(dockerfile, {start, end: each.span.start});
	});
	const hasMount = run.flags.some(({name, value = ''}) => name === 'mount' && value.includes('type=bind'));
	const isOpen = instructions.some(
		({openEscapes, heredocs}) => openEscapes !== undefined || heredocs.length > 0,
	);
	// A comment between them may be about either, or be read by a tool.
	if (hasMount || isOpen || gaps.some(gap => gap.trim() !== '')) {
		return undefined;
	}

	const mode = isWritten === true ? ',rw' : '';
	const mounts = files.map(file => `--mount=type=bind,source=${file},target=${file}${mode}`).join(' ');
	const texts = others.map(each => textAt(dockerfile, each.span));
	const whole = texts.pop() ?? '';
	texts.push(`${whole.slice(0, run.keyword.length)} ${mounts}${whole.slice(run.keyword.length)}`);
	const text = texts.map((each, at) => `${each}${gaps[at] ?? ''}`).join('') + textAt(dockerfile, copy.span);
	return {span: {start: copy.span.start, end: run.span.end}, text};
}
