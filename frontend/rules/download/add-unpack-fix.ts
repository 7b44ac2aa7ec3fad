import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {readArgs} from '../../shell/getopt.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import {chainOf} from '../shell/lists.ts';
import {instead} from '../shell/whole.ts';

/** ADD in the place of a COPY, and of the RUN after it that does nothing but unpack the archive and delete it. */
export function asAdd(copy: Instruction, script: Script): readonly Edit[] {
	const {dockerfile, instruction} = script;
	const [source, target] = plainWords(copy);
	const path = target?.endsWith('/') === true ? `${target}${baseOf(source ?? '')}` : target;
	const folder = path === undefined ? undefined : unpackedInto(script, path);
	const removal = withoutInstruction(dockerfile, instruction);
	return source === undefined || folder === undefined || removal === undefined
		? []
		: [instead(dockerfile, copy, `ADD ${source} ${folder.replace(/\/*$/, '/')}`), removal];
}

const PLAIN = /^[\w./-]{1,200}$/;

/** Source and target of a COPY that has nothing else. */
function plainWords({flags, json, words, openEscapes}: Instruction): readonly string[] {
	const texts = words.map(({text}) => text);
	const isPlain = flags.length === 0 && json === undefined && openEscapes === undefined && texts.length === 2;
	return isPlain && texts.every(text => PLAIN.test(text)) && texts[1]?.startsWith('/') === true ? texts : [];
}

/** The folder, when the RUN makes it at most, unpacks the archive into it, and deletes the archive. */
function unpackedInto(script: Script, path: string): string | undefined {
	const {instruction, commands} = script;
	const isPlain =
		instruction.flags.length === 0 &&
		instruction.heredocs.length === 0 &&
		chainOf(script)?.every(({type}) => type === 'Command') === true &&
		commands.every(({redirects, assignments}) => redirects.length === 0 && assignments.length === 0);
	const rest = isPlain && commands.length < 4 ? commands.filter(({name}) => name !== 'mkdir') : [];
	const made = commands.filter(({name}) => name === 'mkdir').flatMap(command => operandsOf(command));
	const [tar, rm, ...more] = rest;
	const folder = tar?.name === 'tar' && more.length === 0 ? folderOf(tar, path) : undefined;
	const isDeleted = rm?.name === 'rm' && operandsOf(rm).every(({value}) => value === path);
	return isDeleted && made.every(({value}) => value === folder) ? folder : undefined;
}

/** `tar -xzf PATH -C FOLDER`, and nothing else that decides what comes out. */
function folderOf(tar: Command, path: string): string | undefined {
	const {options, operands} = readArgs(tar, {short: 'fC', long: ['file', 'directory']});
	const isKnown = options.every(({name, at}) => (at === 0 ? LONG.has(name) : 'xzjJvfC'.includes(name)));
	const given = (...names: readonly string[]) => options.find(({name}) => names.includes(name))?.value;
	const folder = given('C', 'directory');
	const isPlain = folder !== undefined && PLAIN.test(folder) && folder.startsWith('/');
	return isKnown && isPlain && operands.length === 0 && given('f', 'file') === path ? folder : undefined;
}

const LONG: ReadonlySet<string> = new Set(['extract', 'get', 'file', 'directory', 'gzip', 'verbose']);

function baseOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}
