import type {Script} from '../../shell/script.ts';
import {withFlag} from '../instruction-edits.ts';
import type {Fix, Subject} from '../rule.ts';
import {scriptsOf} from '../scripts-of.ts';
import {type Credential, credentialsOf} from './credentials.ts';

/**
 * A credential in the text of a step is read from a mounted secret instead. Only where the shell puts it in as it is: one word,
 * in no single quotes, once; and where no other credential of the kind stands in the file, for it would get the same name.
 */
export function literalMount(subject: Subject, {instruction, match}: Credential): Fix | undefined {
	const script = scriptsOf(subject, instruction).find(each => !each.isTrigger);
	const {value, format} = match;
	const isPlain =
		/^[\w.+/=-]+$/.test(value) && instruction.keyword === 'RUN' && instruction.heredocs.length === 0;
	const others = credentialsOf(subject).filter(other => other.match.format === format);
	if (script === undefined || !isPlain || subject.isOffline === false || others.length !== 1) {
		return undefined;
	}

	const id = format.title
		.replace(/^an? /, '')
		.toLowerCase()
		.replaceAll(/[^a-z0-9]+/g, '-');
	const span = placeOf(script, value);
	return span === undefined
		? undefined
		: {
				title: `read from a mounted secret: docker build --secret id=${id},src=FILE`,
				asks: `docker build --secret id=${id},src=FILE`,
				edits: [
					withFlag(instruction, `--mount=type=secret,id=${id},mode=0444`),
					{span, text: `$(cat /run/secrets/${id})`},
				],
			};
}

function placeOf({text, tree, dialect, commands, spanOf}: Script, value: string) {
	const at = text.indexOf(value);
	const end = at + value.length;
	const words = commands.flatMap(({args, assignments}) => [
		...args,
		...assignments.flatMap(each => each.value ?? []),
	]);
	const word = words.find(each => each.start <= at && end <= each.end);
	const isShell = tree !== undefined && (dialect === 'sh' || dialect === 'bash');
	const isWhole =
		word !== undefined && !/['\\`$]/.test(word.text) && text.slice(word.start, word.end) === word.text;
	const span = isShell && isWhole && text.indexOf(value, end) === -1 ? spanOf(at, end) : undefined;
	return span !== undefined && span.end - span.start === value.length ? span : undefined;
}
