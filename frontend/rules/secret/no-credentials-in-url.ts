import {isUrlFormat} from '../../../policies/token-formats.ts';
import {withFlag} from '../instruction-edits.ts';
import {firstRepairs} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {type Credential, credentialsOf, findingOf} from './credentials.ts';
import {hasMount} from './mounts.ts';

export const noCredentialsInUrl: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const credential of credentialsOf(subject)) {
		if (isUrlFormat(credential.match.format)) {
			const fix = repair(() => fixOf(subject, credential));
			yield {...findingOf(credential), ...(fix === undefined ? {} : {fix})};
		}
	}
};

/** Programs that look a server's login up in `~/.netrc` by themselves. */
const READ_NETRC = ['git', 'wget'];

/**
 * The login moves into a file that the step is given: `machine … login … password …`. Only where that file is the only one,
 * and where a builder is not at work already that was not given it.
 */
function fixOf(subject: Subject, {instruction, match}: Credential): Fix | undefined {
	if (instruction.keyword !== 'RUN' || subject.isOffline === false || hasMount(instruction, 'secret')) {
		return undefined;
	}

	const login = /:\/\/([^@/]{1,200}@)$/.exec(match.value)?.[1];
	const words = subject
		.commandsNamed(...READ_NETRC)
		.filter(({script}) => script.instruction === instruction)
		.flatMap(({args}) => args.filter(({text}) => login !== undefined && text.includes(`://${login}`)));
	const [word] = words;
	if (login === undefined || word?.span === undefined || words.length !== 1) {
		return undefined;
	}

	const {start, end} = word.span;
	const at = word.text.indexOf(`://${login}`) + '://'.length;
	// Only where the word stands in the file letter by letter.
	return end - start === word.text.length && instruction.heredocs.length === 0
		? {
				title: 'the login comes from a mounted .netrc: build with --secret id=netrc,src=$HOME/.netrc',
				edits: [
					withFlag(instruction, '--mount=type=secret,id=netrc,target=/root/.netrc'),
					{span: {start: start + at, end: start + at + login.length}, text: ''},
				],
			}
		: undefined;
}
