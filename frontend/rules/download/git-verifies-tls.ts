import type {Edit} from '../../dockerfile/edit.ts';
import {removeWord} from '../../shell/edits.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {ranCommands, withoutCommand} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {isNo, unverified} from './unverified.ts';
import {settingsOf} from './variables.ts';

const HINT = 'take it out, and install ca-certificates or set http.sslCAInfo to your own authority';

export const gitVerifiesTls: Rule = function* (subject) {
	for (const {value, line, without} of settingsOf(subject, name => name === 'GIT_SSL_NO_VERIFY')) {
		if (value !== '' && !isNo(value)) {
			const message = `GIT_SSL_NO_VERIFY makes git take code from anybody who answers in the server's place: ${HINT}.`;
			yield unverified(subject, {line, message, what: 'GIT_SSL_NO_VERIFY', without});
		}
	}

	for (const command of ranCommands(subject, 'git')) {
		for (const {word, without} of [...givenOnce(command), ...configured(command)]) {
			const message = `http.sslVerify is switched off, so git takes code from anybody who answers in the server's place: ${HINT}.`;
			yield unverified(subject, {line: word.line, message, what: 'http.sslVerify', without});
		}
	}
};

interface Switched {
	readonly word: ShellWord;
	readonly without: Edit | undefined;
}

/** `git -c http.sslVerify=false clone …` */
function* givenOnce(command: Command): Generator<Switched> {
	const {args} = command;
	for (const [at, word] of args.entries()) {
		const [key = '', ...value] = word.unquoted.split('=');
		const option = args[at - 1];
		if (option?.text === '-c' && isKey(key) && isNo(value.join('='))) {
			yield {word, without: removeWord(command, option, word)};
		}
	}
}

/** `git config --global http.sslVerify false` */
function* configured(command: Command): Generator<Switched> {
	const {args} = command;
	const at = args.findIndex(({unquoted}) => isKey(unquoted));
	const word = args[at];
	if (args[0]?.value === 'config' && word !== undefined && isNo(args[at + 1]?.value)) {
		yield {word, without: withoutCommand(command)};
	}
}

/** Also for one server: `http.https://example.com.sslVerify`. */
function isKey(key: string): boolean {
	const lower = key.toLowerCase();
	return lower.startsWith('http.') && lower.endsWith('.sslverify') && lower.length < 300;
}
