import {replaceWord} from '../../shell/edits.ts';
import {subcommandOf} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {ranCommands} from '../ran.ts';
import type {Fix, Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import {invocationsIn} from './invocations.ts';

/** What apt-get calls by another name, or has not got. */
const OTHERS: ReadonlyMap<string, string> = new Map([
	['full-upgrade', 'dist-upgrade'],
	['upgrade', 'upgrade --with-new-pkgs'],
]);
const QUERIES: ReadonlySet<string> = new Set(['list', 'search', 'show', 'policy', 'depends', 'rdepends']);

export const noAptCommand: Rule = function* (subject) {
	for (const command of ranCommands(subject, 'apt')) {
		const isQuery = QUERIES.has(subcommandOf(command) ?? '');
		const write = isQuery ? 'apt-cache or dpkg-query' : 'apt-get';
		const message = `apt is made for people at a terminal, and what it takes and prints may change between versions: write ${write}.`;
		yield failAt(subject, command, message, repair(command));
	}
};

function repair(command: Command): Fix | undefined {
	const {nameWord} = command;
	const [invocation] = invocationsIn([command]);
	if (invocation === undefined || nameWord?.text !== 'apt') {
		return undefined;
	}
	const other = OTHERS.get(invocation.verb);
	const edits = [replaceWord(nameWord, 'apt-get')];
	return fixOf(
		'apt-get',
		...(other === undefined ? edits : [...edits, replaceWord(invocation.verbWord, other)]),
	);
}
