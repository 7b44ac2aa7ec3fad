import {quoted} from '../../dockerfile/error.ts';
import type {Command} from '../../shell/script.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {accountsIn, groupsIn} from './accounts.ts';

export const uniqueAccountIds: Rule = function* (subject) {
	const users = accountsIn(subject).map(({command, name, uid}) => ({command, name, id: uid}));
	const groups = groupsIn(subject).map(({command, name, gid}) => ({command, name, id: gid}));
	yield* doubles(subject, 'user', users);
	yield* doubles(subject, 'group', groups);
};

interface Numbered {
	readonly command: Command;
	readonly name: string;
	readonly id: number | undefined;
}

function* doubles({file}: Subject, kind: 'user' | 'group', all: readonly Numbered[]): Generator<RuleFinding> {
	const names = new Map([[0, 'root']]);
	for (const {command, name, id} of all) {
		const other = id === undefined ? undefined : names.get(id);
		// What may not run, or is the same in another branch, is not a second one.
		if (id === undefined || command.isConditional) {
			continue;
		}

		if (other !== undefined && other !== name) {
			const message = `The ${kind} ${quoted(name)} gets the number ${id}, which ${quoted(other)} has already, so to the system they are the same: give each a number of its own.`;
			yield {result: 'fail', message, place: {file, line: command.line}};
		}

		names.set(id, other ?? name);
	}
}
