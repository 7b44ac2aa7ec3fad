import type {Edit} from '../../dockerfile/edit.ts';
import {removeWord} from '../../shell/edits.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {ranCommands, withoutCommand} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {isLoopback} from './addresses.ts';
import {unverified} from './unverified.ts';
import {settingsOf} from './variables.ts';
import {writtenInto} from './written.ts';

const VARIABLES: ReadonlySet<string> = new Set(['PIP_TRUSTED_HOST', 'UV_INSECURE_HOST']);
const OPTIONS: ReadonlySet<string> = new Set(['--trusted-host', '--allow-insecure-host']);
const HINT = 'take it out, and name your own authority with --cert, PIP_CERT or SSL_CERT_FILE';

export const pipVerifiesTls: Rule = function* (subject) {
	for (const {name, value, line, without} of settingsOf(subject, each => VARIABLES.has(each))) {
		if (value.split(/[ ,]/).some(host => host !== '' && !isLoopback(host))) {
			yield unverified(subject, {line, message: messageOf(name), what: name, without});
		}
	}

	for (const command of ranCommands(subject, 'pip', 'pip2', 'pip3', 'python', 'python3', 'uv', 'pipx')) {
		for (const {word, what, without} of [...trusted(command), ...configured(command)]) {
			yield unverified(subject, {line: word.line, message: messageOf(what), what, without});
		}
	}

	for (const {text, line} of writtenInto(subject, 'pip.conf', '.pip.conf', 'pip.ini')) {
		if (/trusted-host\s{0,9}=/.test(text)) {
			yield unverified(subject, {
				line,
				message: messageOf('trusted-host'),
				what: 'trusted-host',
				without: undefined,
			});
		}
	}
};

function messageOf(what: string): string {
	return `${what} makes the installer believe whoever answers for that host, so packages may come from anybody: ${HINT}.`;
}

interface Trusted {
	readonly word: ShellWord;
	readonly what: string;
	readonly without: Edit | undefined;
}

function* trusted(command: Command): Generator<Trusted> {
	const {args} = command;
	for (const [at, word] of args.entries()) {
		const equals = word.unquoted.indexOf('=');
		const what = equals === -1 ? word.unquoted : word.unquoted.slice(0, equals);
		const next = args[at + 1];
		const host = equals === -1 ? next?.unquoted : word.unquoted.slice(equals + 1);
		if (OPTIONS.has(what) && host !== undefined && !isLoopback(host)) {
			yield {word, what, without: removeWord(command, word, equals === -1 ? next : word)};
		}
	}
}

/** `pip config set global.trusted-host …` */
function* configured(command: Command): Generator<Trusted> {
	const {args} = command;
	const at = args.findIndex(({value}) => value !== undefined && /^[a-z]{1,20}\.trusted-host$/.test(value));
	const word = args[at];
	const isConfig = args.some(({value}) => value === 'config') && args[at - 1]?.value === 'set';
	if (isConfig && word !== undefined && !isLoopback(args[at + 1]?.unquoted ?? '')) {
		yield {word, what: 'trusted-host', without: withoutCommand(command)};
	}
}
