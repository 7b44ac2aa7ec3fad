import type {Edit} from '../../dockerfile/edit.ts';
import {removeWord} from '../../shell/edits.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {ranCommands, withoutCommand} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {isNo, unverified} from './unverified.ts';
import {settingsOf} from './variables.ts';
import {writtenInto} from './written.ts';

const VARIABLES: ReadonlySet<string> = new Set([
	'npm_config_strict_ssl',
	'yarn_strict_ssl',
	'yarn_enable_strict_ssl',
	'pnpm_config_strict_ssl',
]);

export const npmVerifiesTls: Rule = function* (subject) {
	for (const {name, value, line, without} of settingsOf(subject, each => VARIABLES.has(each.toLowerCase()))) {
		if (isNo(value)) {
			yield unverified(subject, {line, message: messageOf(name), what: name, without});
		}
	}

	for (const command of ranCommands(subject, 'npm', 'yarn', 'yarnpkg', 'pnpm')) {
		const found = switched(command);
		if (found !== undefined) {
			const what = found.word.unquoted.split('=', 1).join('');
			yield unverified(subject, {
				line: found.word.line,
				message: messageOf(what),
				what,
				without: found.without,
			});
		}
	}

	for (const {text, line} of writtenInto(subject, '.npmrc', 'npmrc', '.yarnrc', '.yarnrc.yml')) {
		if (/strict-?ssl["']?(?:\s{0,9}[=:]\s{0,9}|\s{1,9})(?:false|0)/i.test(text)) {
			yield unverified(subject, {
				line,
				message: messageOf('strict-ssl'),
				what: 'strict-ssl',
				without: undefined,
			});
		}
	}
};

function messageOf(what: string): string {
	return `${what} switches the check of the registry's certificate off, so packages may come from anybody: take it out, and name your own authority with cafile or NODE_EXTRA_CA_CERTS.`;
}

function switched(
	command: Command,
): {readonly word: ShellWord; readonly without: Edit | undefined} | undefined {
	const {args} = command;
	const option = args.find(({unquoted}) => /^--(?:no-strict-ssl|strict-ssl=(?:false|0))$/i.test(unquoted));
	if (option !== undefined) {
		return {word: option, without: removeWord(command, option)};
	}
	const at = args.findIndex(({text}, index) => text === '--strict-ssl' && isNo(args[index + 1]?.value));
	const [separate] = args.slice(at, at + 1);
	if (at !== -1 && separate !== undefined) {
		return {word: separate, without: removeWord(command, separate, args[at + 1])};
	}
	return inSettings(command);
}

/** `npm config set strict-ssl false` */
function inSettings(command: Command): ReturnType<typeof switched> {
	const words = command.args.filter(({unquoted}) => !unquoted.startsWith('-'));
	const at = words.findIndex(({value}) => value === 'set') + 1;
	const [key, value] = words.slice(at);
	if (at === 0 || at > 2 || key === undefined) {
		return undefined;
	}
	const [name = '', own] = key.unquoted.split('=', 2);
	const isKey = name === 'strict-ssl' || name === 'enableStrictSsl';
	return isKey && isNo(own ?? value?.value) ? {word: key, without: withoutCommand(command)} : undefined;
}
