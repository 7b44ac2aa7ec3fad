import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {scriptsOf} from '../scripts-of.ts';
import {type SecretMount, secretMountsOf} from './mounts.ts';

/** Nobody needs more, and each is compared with every command. */
const MAX_MOUNTS = 16;

export const requiredSecretMounts: Rule = function* (subject) {
	for (const {instruction, stage} of subject.steps) {
		const mounts = subject.roleOf(stage) === 'unused' ? [] : secretMountsOf(instruction).slice(0, MAX_MOUNTS);
		for (const mount of mounts.filter(({isRequired}) => !isRequired)) {
			if (isNeeded(subject, instruction, mount)) {
				const fix = fixOf(mount);
				yield {
					result: 'fail',
					message: `The step fails without the secret ${quoted(mount.id)}, and does not say why: write required=true, and the builder names the secret that is missing.`,
					place: {file: subject.file, line: instruction.line},
					...(fix === undefined ? {} : {fix}),
				};
			}
		}
	}
};

/** Programs that fail when a file that they are given is not there. */
const READERS: ReadonlySet<string> = new Set([
	'cat',
	'cp',
	'base64',
	'head',
	'tail',
	'grep',
	'openssl',
	'gpg',
	'jq',
	'install',
]);

/** What may catch a failure, or lose it; a step with any of it is not judged. */
const CATCHES = /\|\||;|\||\btest\b|\[|\bif\b|\$\(|`|\(/;

/** Whether the step ends when the file is not there: a command that reads it, whose failure nothing catches. */
function isNeeded(subject: Subject, instruction: Instruction, {path}: SecretMount): boolean {
	const [script] = scriptsOf(subject, instruction);
	if (path === undefined || script === undefined || CATCHES.test(script.text)) {
		return false;
	}

	return script.commands.some(
		({name, args, redirects, isConditional}) =>
			!isConditional &&
			(redirects.some(({operator, target}) => operator === '<' && target?.value === path) ||
				(READERS.has(name) && args.some(({value}) => value === path))),
	);
}

function fixOf({flag: {valueSpan, value = ''}}: SecretMount): Fix | undefined {
	const isAsWritten =
		valueSpan !== undefined && valueSpan.end - valueSpan.start === new TextEncoder().encode(value).length;
	return isAsWritten && !value.includes('required')
		? {
				title: 'required=true',
				edits: [{span: {start: valueSpan.end, end: valueSpan.end}, text: ',required=true'}],
			}
		: undefined;
}
