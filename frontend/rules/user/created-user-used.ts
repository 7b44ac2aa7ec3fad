import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {accountsIn} from './accounts.ts';
import {dropsPrivileges} from './dropping.ts';
import {finalUser} from './final-user.ts';
import {madeUser} from './root-fix.ts';

export const createdUserUsed: Rule = function* (subject) {
	const {kind, step} = finalUser(subject);
	if (kind === 'other' || (kind === 'unknown' && step !== undefined)) {
		return;
	}

	const user = madeUser(subject);
	const account = accountsIn(subject).find(({name, uid}) => user === name || user === String(uid));
	if (
		user === undefined ||
		account === undefined ||
		dropsPrivileges(subject) ||
		isTold(
			subject.steps.map(({instruction}) => instruction),
			account.name,
		)
	) {
		return;
	}

	yield {
		result: 'fail',
		message: `The user ${quoted(account.name)} is made here and nothing is started as it: write USER ${user} after the last step that needs root.`,
		place: {file: subject.file, line: account.command.line},
		fix: {title: `USER ${user} at the end of the stage`, append: [`USER ${user}`]},
	};
};

const STARTS: ReadonlySet<string> = new Set(['CMD', 'ENTRYPOINT', 'ENV', 'ARG']);

/** Whom an editor logs in as: the application is not meant to run as these. */
const OF_EDITORS: ReadonlySet<string> = new Set(['vscode', 'gitpod', 'codespace', 'coder']);

/** One that another program is told by name is that program's to use. */
function isTold(
	instructions: readonly {readonly keyword: string; readonly args: string}[],
	name: string,
): boolean {
	return (
		OF_EDITORS.has(name) ||
		instructions.some(({keyword, args}) => STARTS.has(keyword) && args.split(/[\s"',=:[\]]+/).includes(name))
	);
}
