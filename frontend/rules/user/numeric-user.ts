import {quoted} from '../../dockerfile/error.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {type Account, accountsIn, groupsIn} from './accounts.ts';
import {finalUser} from './final-user.ts';

export const numericUser: Rule = function* (subject) {
	const {kind, user = '', step} = finalUser(subject);
	const [name = '', group] = user.split(':');
	if (kind !== 'other' || step === undefined || /^\d+$/.test(name)) {
		return;
	}

	const number = numberFor(subject, name, group);
	const [word] = step.instruction.words;
	const fix: Fix | undefined =
		number === undefined || word === undefined || word.text !== user || step.instruction.words.length !== 1
			? undefined
			: {title: `USER ${number}`, edits: [{span: word.span, text: number}]};
	const remedy =
		number === undefined ? 'the number of that user, such as USER 65532:65532' : `USER ${number}`;
	yield {
		result: 'fail',
		message: `USER ${quoted(name)} is a name, and whether that is root can only be told with the image's /etc/passwd, so an orchestrator that asks for another user refuses to start it: write ${remedy}.`,
		place: {file: subject.file, line: step.instruction.line},
		...(fix === undefined ? {} : {fix}),
	};
};

/** The same user by number; absent where a number would not give the same group, or is not known. */
function numberFor(subject: Subject, name: string, group: string | undefined): string | undefined {
	const account = accountsIn(subject).find(each => each.name === name);
	if (account?.uid === undefined || account.command.isConditional) {
		return undefined;
	}

	if (group !== undefined) {
		const gid = gidOf(subject, group);
		return gid === undefined ? undefined : `${account.uid}:${gid}`;
	}

	// At run time a number finds its group in /etc/passwd; in a RUN it does not.
	return isLast(subject) ? String(account.uid) : withGroup(subject, account);
}

function withGroup(subject: Subject, {uid, group, groups}: Account): string | undefined {
	const gid = group === undefined || groups.length > 0 ? undefined : gidOf(subject, group);
	return gid === undefined ? undefined : `${uid}:${gid}`;
}

function gidOf(subject: Subject, group: string): number | undefined {
	return /^\d{1,10}$/.test(group)
		? Number(group)
		: groupsIn(subject).find(({name, command}) => name === group && !command.isConditional)?.gid;
}

/** Whether nothing is built as the last user any more. */
function isLast({steps, roleOf}: Subject): boolean {
	const own = steps
		.filter(({stage}) => roleOf(stage) === 'final')
		.map(({instruction}) => instruction.keyword);
	return !own
		.slice(own.lastIndexOf('USER'))
		.some(keyword => keyword === 'RUN' || keyword === 'WORKDIR' || keyword === 'COPY' || keyword === 'ADD');
}
