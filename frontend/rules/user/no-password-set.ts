import {hasOption, optionValue} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';
import {commandsIn} from './accounts.ts';

export const noPasswordSet: Rule = function* (subject) {
	for (const command of commandsIn(subject, 'final', 'chpasswd', 'passwd', 'useradd', 'usermod')) {
		if (sets(command)) {
			yield {
				result: 'fail',
				message: `${command.name} gives an account of the image a password, which is the same in every container and can be read from the image's history: leave it out, and let people in with keys, or not at all.`,
				place: {file: subject.file, line: command.line},
			};
		}
	}
};

function sets(command: Command): boolean {
	const {name, args, joint} = command;
	switch (name) {
		case 'chpasswd':
			return true;
		case 'passwd':
			// Locking, unlocking and looking set none.
			return (joint === '|' || hasOption(command, 'stdin')) && !hasOption(command, 'd', 'l', 'u', 'S', 'e');
		default:
			return args.some(({text}) => /^(?:-[a-zA-Z]*p|--password)(?:=|$)/.test(text)) && isPassword(command);
	}
}

/** An empty one is another rule's; `*`, `!` and `x` are none. */
function isPassword(command: Command): boolean {
	const given = optionValue(command, 'p', 'password');
	return given === undefined || !/^(?:|[*!x]{1,2})$/.test(given);
}
