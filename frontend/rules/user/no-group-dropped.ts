import {quoted} from '../../dockerfile/error.ts';
import {operandsOf, optionValues} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';
import {accountsIn, commandsIn} from './accounts.ts';
import {finalUser} from './final-user.ts';

export const noGroupDropped: Rule = function* (subject) {
	const {user = '', step} = finalUser(subject);
	const [name = '', group] = user.split(':');
	if (step === undefined || group === undefined || name === '') {
		return;
	}

	const made = accountsIn(subject).filter(each => each.name === name || String(each.uid) === name);
	const names = new Set([name, ...made.map(each => each.name)]);
	const given = commandsIn(subject, 'final', 'usermod', 'gpasswd', 'adduser', 'addgroup').flatMap(command =>
		membershipsIn(command).filter(each => names.has(each.user)),
	);
	const lost = [...made.flatMap(({groups}) => groups), ...given.map(each => each.group)].find(
		each => each !== group && each !== '',
	);
	if (lost !== undefined) {
		yield {
			result: 'fail',
			message: `USER names the group ${quoted(group)}, and then the user is in no other, so it loses ${quoted(lost)}, into which it was put before: leave the group out of USER.`,
			place: {file: subject.file, line: step.instruction.line},
		};
	}
};

interface Membership {
	readonly user: string;
	readonly group: string;
}

function membershipsIn(command: Command): readonly Membership[] {
	const [first, second] = operandsOf(command, {
		withValue: ['G', 'g', 'groups', 'gid', 'add', ...(command.name === 'gpasswd' ? ['a'] : [])],
	}).map(({value}) => value);
	switch (command.name) {
		case 'usermod':
			return optionValues(command, 'G', 'groups')
				.flatMap(groups => groups.split(','))
				.map(group => ({user: first ?? '', group}));
		case 'gpasswd':
			return optionValues(command, 'a', 'add').map(user => ({user, group: first ?? ''}));
		default:
			return second === undefined ? [] : [{user: first ?? '', group: second}];
	}
}
