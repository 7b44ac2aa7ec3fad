import type {Edit} from '../../dockerfile/edit.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Command, Script} from '../../shell/script.ts';
import {type Family, familiesOf} from '../base-family.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, Subject} from '../rule.ts';
import {type Standing, standingsOf} from '../standing.ts';
import {chainOf} from './lists.ts';
import {instead} from './whole.ts';

export const copyHeredoc: Rule = function* (subject) {
	const {file} = subject;
	const found = ranScripts(subject).flatMap(script => {
		const path = writtenBy(script);
		return path === undefined ? [] : [{script, path}];
	});
	if (found.length === 0) {
		return;
	}
	const families = familiesOf(subject);
	const standings = standingsOf(subject);
	for (const {script, path} of found) {
		const {instruction, stage} = script;
		const isRoot = isByRoot(standings.get(instruction), families.get(stage));
		const edit = isRoot ? asCopy(subject, script, path) : undefined;
		yield {
			result: 'fail',
			message: `This RUN only writes ${quoted(path)}: COPY <<EOF ${shown(path)} shows the file as it will be, without quoting and without a shell.`,
			place: {file, line: instruction.line},
			...(edit === undefined ? {} : {fix: {title: 'COPY of a here-document', edits: [edit]}}),
		};
	}
};

function shown(path: string): string {
	return /^[\w./-]{1,60}$/.test(path) ? path : 'with its path';
}

const WRITERS: ReadonlySet<string> = new Set(['echo', 'printf', 'cat']);

/** The one file that a RUN writes text into that is known beforehand, when it does nothing else. */
function writtenBy(script: Script): string | undefined {
	const {commands} = script;
	const parts = chainOf(script);
	const isPlain = parts?.length === commands.length && parts.every(({type}) => type === 'Command');
	const paths = new Set(isPlain ? commands.map(writtenTo) : []);
	const [path] = paths;
	return paths.size === 1 && commands[0]?.redirects.some(({operator}) => operator === '>') === true
		? path
		: undefined;
}

function writtenTo(command: Command): string | undefined {
	const {name, args, redirects} = command;
	const output = redirects.filter(
		({operator, descriptor}) => (operator === '>' || operator === '>>') && descriptor === undefined,
	);
	const inputs = redirects.filter(({body}) => body !== undefined);
	const path = output[0]?.target?.value;
	const isText = WRITERS.has(name) && args.every(({value}) => value !== undefined);
	const isOnly = output.length === 1 && redirects.length === 1 + inputs.length;
	const isFed = name === 'cat' ? inputs.length === 1 && args.length === 0 : inputs.length === 0;
	return isText &&
		isOnly &&
		isFed &&
		path?.startsWith('/') === true &&
		!path.startsWith('/dev/') &&
		!path.startsWith('/proc/')
		? path
		: undefined;
}

/** COPY writes as root. A base of these families does not name another user. */
function isByRoot(standing: Standing | undefined, family: Family | undefined): boolean {
	const user = standing?.user;
	return user === undefined
		? family === 'debian' || family === 'alpine' || family === 'redhat'
		: /^(?:root|0)?(?::(?:root|0))?$/.test(user);
}

/** Folders in which a base has no files of its own, whose mode would have stayed. */
const NEW_FILES = /^\/(?:app|opt|srv|etc\/[\w./-]{0,200}\.d|usr\/local)\/[\w./-]{1,200}$/;
/** What `echo` of every shell writes as it stands. */
const PLAIN_TEXT = /^[^\\\n\r]*$/;

function asCopy({dockerfile}: Subject, {instruction, commands}: Script, path: string): Edit | undefined {
	const [command, ...more] = commands;
	const isAlone =
		more.length === 0 &&
		command?.name === 'echo' &&
		instruction.flags.length === 0 &&
		instruction.openEscapes === undefined;
	const values = isAlone ? command.args.map(({value = ''}) => value) : [];
	const text = values.join(' ');
	const isPlain = PLAIN_TEXT.test(text) && text !== 'EOF' && !text.startsWith('-') && values.length > 0;
	const isUnix = !dockerfile.bytes.subarray(instruction.span.start, instruction.span.end + 1).includes(0x0d);
	return isPlain && isUnix && NEW_FILES.test(path) && !path.endsWith('/')
		? instead(dockerfile, instruction, `COPY <<'EOF' ${path}\n${text}\nEOF`)
		: undefined;
}
