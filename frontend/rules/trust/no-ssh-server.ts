import {removeWord, replaceWord} from '../../shell/edits.ts';
import type {ShellWord} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import {listed} from '../package/packages.ts';
import type {Fix, Rule} from '../rule.ts';
import {installedFinally} from './final-packages.ts';

const SERVERS: ReadonlySet<string> = new Set([
	...['openssh-server', 'dropbear', 'dropbear-bin', 'tinysshd', 'openssh-server-pam', 'task-ssh-server'],
]);

export const noSshServer: Rule = function* (subject) {
	for (const {invocation, packages} of installedFinally(subject)) {
		const found = packages.filter(({name}) => SERVERS.has(name) || isBoth(name, invocation));
		const [first] = found;
		if (first !== undefined) {
			const both = isBoth(first.name, invocation);
			const way = both
				? 'write openssh-client where only the client is needed'
				: 'leave it out, and use docker exec, which can be watched';
			const message = `${listed(found)} puts an SSH server into the image, a second way in with keys and passwords of its own: ${way}.`;
			yield failAt(
				subject,
				invocation.command,
				message,
				found.length === 1 ? repair(invocation, first.word, both) : undefined,
			);
		}
	}
};

/** Client and server in one: `ssh` of Debian, `openssh` of Alpine. */
function isBoth(name: string, {manager}: Invocation): boolean {
	return (manager === 'apt' && name === 'ssh') || (manager === 'apk' && name === 'openssh');
}

function repair({command, operands}: Invocation, word: ShellWord, both: boolean): Fix | undefined {
	if (both) {
		return fixOf('openssh-client', replaceWord(word, 'openssh-client'));
	}
	return operands.length > 1 ? fixOf('without the SSH server', removeWord(command, word)) : undefined;
}
