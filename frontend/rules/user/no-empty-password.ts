import {replaceWord} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Fix, Rule} from '../rule.ts';
import {commandsIn} from './accounts.ts';

export const noEmptyPassword: Rule = function* (subject) {
	for (const command of commandsIn(subject, 'final', 'passwd', 'useradd', 'usermod')) {
		if (empties(command)) {
			const fix = fixOf(command);
			yield {
				result: 'fail',
				message: `${command.name} leaves an account without a password, so anybody in the container becomes that user with su: lock it with passwd -l.`,
				place: {file: subject.file, line: command.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

function empties(command: Command): boolean {
	return command.name === 'passwd' ? hasOption(command, 'd', 'delete') : emptyValue(command) !== undefined;
}

function emptyValue({args}: Command) {
	const at = args.findIndex(({text}) => /^(?:-[a-zA-Z]*p|--password)$/.test(text));
	const word = at === -1 ? undefined : args[at + 1];
	return word?.value === '' ? word : undefined;
}

function fixOf(command: Command): Fix | undefined {
	const option = command.args.find(({text}) => text === '-d' || text === '--delete');
	const empty = emptyValue(command);
	const edit =
		command.name === 'passwd'
			? option && replaceWord(option, option.text === '-d' ? '-l' : '--lock')
			: empty && replaceWord(empty, "'!'");
	return edit === undefined ? undefined : {title: 'the account is locked', edits: [edit]};
}
