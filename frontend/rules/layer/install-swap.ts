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
	const needs = manifests === undefined ? undefined : needsOf(command, manifests);
	if (needs === undefined || !isIntoWorkdir(subject, copy) || !isAlone(script, command) || !isPlain(copy)) {
		return undefined;
	}

	const edit = exchanged(dockerfile, copy.instruction, script.instruction, needs);
	const isRoots = /^(?:root|0)(?::(?:root|0))?$/.test(
		standingsOf(subject).get(script.instruction)?.user ?? '',
	);
	// A manifest that only its owner may read is root's in a mount.
	return edit === undefined
		? undefined
		: {edits: [edit], isOnTrial: needs.isOnTrial || !isRoots, files: needs.files};
}

/** The sources go to the folder in which the installation runs. */
function isIntoWorkdir(subject: Subject, {instruction, step, destination, sources}: Copy): boolean {
	const standing = standingsOf(subject).get(instruction);
	const path = step.expand(destination);
	const isWhole = sources.length === 1 && /^(?:\.\/?|\/)$/.test(sources[0] ?? '');
	return (
		isWhole &&
		path !== undefined &&
		standing?.workdir !== undefined &&
		standing.workdir !== '/' &&
		pathAt(standing, path) === standing.workdir
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

function exchanged(
	dockerfile: Dockerfile,
	copy: Instruction,
	run: Instruction,
	{files}: Needs,
): Edit | undefined {
	const between = textAt(dockerfile, {start: copy.span.end, end: run.span.start});
	const mounts = files.map(file => `--mount=type=bind,source=${file},target=${file}`).join(' ');
	const whole = textAt(dockerfile, run.span);
	// A comment between them may be about either, or be read by a tool.
	return between.trim() !== '' ||
		run.flags.some(({name, value = ''}) => name === 'mount' && value.includes('type=bind'))
		? undefined
		: {
				span: {start: copy.span.start, end: run.span.end},
				text: `${whole.slice(0, run.keyword.length)} ${mounts}${whole.slice(run.keyword.length)}${between}${textAt(dockerfile, copy.span)}`,
			};
}
