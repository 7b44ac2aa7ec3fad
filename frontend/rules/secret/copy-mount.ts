import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {removeCommand, removeWord} from '../../shell/edits.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import {withFlag, withoutInstruction} from '../instruction-edits.ts';
import type {Fix, Subject} from '../rule.ts';
import {pathAt, type Standing, standingsOf} from '../standing.ts';
import {baseName, resolvePath} from './paths.ts';

/** What is copied: one file of the build context, to one known place. */
interface Copied {
	readonly step: Step;
	readonly source: string;
	readonly path: string;
}

/**
 * A file that one COPY brings and a later step removes was only there for the steps between: they get it as a secret mount, and
 * neither COPY nor removal is needed. None where anything else names the file, and none in a build, which was not given it.
 */
export function copyMount(subject: Subject, instruction: Instruction): Fix | undefined {
	if (subject.isOffline === false) {
		return undefined;
	}

	const standings = standingsOf(subject);
	const copied = copiedBy(subject, standings, instruction);
	const removal = copied === undefined ? undefined : removalOf(subject, standings, copied);
	if (copied === undefined || removal === undefined) {
		return undefined;
	}

	const edits = editsFor(subject, copied, removal);
	const asks = `docker build --secret id=${baseName(copied.path)},src=${copied.source}`;
	return edits === undefined ? undefined : {title: `mounted as a secret: ${asks}`, edits, asks};
}

function copiedBy(
	{steps}: Subject,
	standings: ReadonlyMap<Instruction, Standing>,
	instruction: Instruction,
): Copied | undefined {
	const step = steps.find(each => each.instruction === instruction);
	const standing = standings.get(instruction);
	const [source, target, ...more] = instruction.json ?? instruction.words.map(({text}) => text);
	const isPlain = instruction.keyword === 'COPY' && instruction.heredocs.length === 0 && more.length === 0;
	const folder = target === undefined ? undefined : step?.expand(target);
	if (
		step === undefined ||
		standing === undefined ||
		source === undefined ||
		folder === undefined ||
		!isPlain
	) {
		return undefined;
	}

	const isFolder = folder.endsWith('/') || folder === '.' || baseName(folder) === '';
	const path = pathAt(standing, isFolder ? `${folder}/${baseName(source)}` : folder);
	// A folder of the same name would take the file in; a name with its own extension or dot is a file's.
	return path !== undefined &&
		/^[\w./-]+$/.test(source) &&
		/^[\w./-]+$/.test(path) &&
		baseName(path).includes(baseName(source).slice(-4))
		? {step, source, path}
		: undefined;
}

/** The first command of a later step of the stage that removes the file, when nothing else touches it. */
function removalOf(
	{commandsNamed, dockerfile}: Subject,
	standings: ReadonlyMap<Instruction, Standing>,
	{step, path}: Copied,
): Command | undefined {
	const {instructions} = step.stage;
	const later = new Set(instructions.slice(instructions.indexOf(step.instruction) + 1));
	const removing = commandsNamed('rm').filter(
		command =>
			!command.isConditional &&
			later.has(command.script.instruction) &&
			operandsOf(command).some(({value}) => isPath(value, standings.get(command.script.instruction), path)),
	);
	const [only] = removing;
	// Whatever else names the file may need it in its place: another stage, a chmod, the application.
	const others = dockerfile.instructions.filter(
		each => each !== step.instruction && each !== only?.script.instruction,
	);
	const isNamed = others.some(
		each =>
			each.keyword !== 'ENV' &&
			textsOf(each).some(
				text =>
					text.includes(baseName(path)) &&
					!(each.keyword === 'RUN' && later.has(each) && !CHANGES.test(text)),
			),
	);
	const isChanged = CHANGES.test(only?.script.text ?? '');
	return removing.length === 1 && !isNamed && !isChanged ? only : undefined;
}

function textsOf({args, flags, heredocs}: Instruction): readonly string[] {
	return [args, ...flags.map(({value = ''}) => value), ...heredocs.map(({content}) => content)];
}

const CHANGES = /\b(?:chmod|chown|mv|cp|ln|install)\s|\bsed\s{1,4}-i/;

function isPath(value: string | undefined, standing: Standing | undefined, path: string): boolean {
	if (value === undefined || standing === undefined) {
		return false;
	}

	return value.startsWith('~/')
		? resolvePath('/root', value.slice(2)) === path
		: pathAt(standing, value) === path;
}

function editsFor(
	{dockerfile, scripts}: Subject,
	{step, path}: Copied,
	removal: Command,
): readonly Edit[] | undefined {
	const {instructions} = step.stage;
	const last = removal.script.instruction;
	const between = instructions
		.slice(instructions.indexOf(step.instruction) + 1, instructions.indexOf(last) + 1)
		.filter(({keyword}) => keyword === 'RUN');
	const isOnlyCommand =
		scripts.find(({instruction}) => instruction === last)?.commands.length === 1 &&
		operandsOf(removal).length === 1;
	const flag = `--mount=type=secret,id=${baseName(path)},target=${path}`;
	const steps = isOnlyCommand ? between.filter(each => each !== last) : between;
	const word = operandsOf(removal).find(
		({value}) => value !== undefined && baseName(value) === baseName(path),
	);
	const gone = isOnlyCommand
		? withoutInstruction(dockerfile, last)
		: operandsOf(removal).length === 1
			? removeCommand(removal)
			: word && removeWord(removal, word);
	const copy = withoutInstruction(dockerfile, step.instruction);
	return gone === undefined || copy === undefined || steps.length === 0 || steps.length > MAX_STEPS
		? undefined
		: [copy, ...steps.map(each => withFlag(each, flag)), gone];
}

/** More steps than this are not rewritten for one file. */
const MAX_STEPS = 12;
