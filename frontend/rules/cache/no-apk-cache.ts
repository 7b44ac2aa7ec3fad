import {insertAfter, removeCommand} from '../../shell/edits.ts';
import {hasOption, subcommandOf} from '../../shell/options.ts';
import type {Command, Script} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import type {Invocation} from '../package/invocations.ts';
import {isMounted} from '../package/mounts.ts';
import {askedOf, finalRunsOf} from '../package/runs.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {removesAny} from './removals.ts';

const FOLDERS = ['/var/cache/apk', '/etc/apk/cache'];
const OPTION = '--no-cache';

export const noApkCache: Rule = function* (subject) {
	for (const run of finalRunsOf(subject)) {
		const invocations = askedOf(run, 'apk').filter(({command}) => !hasOption(command, 'root', 'p'));
		if (invocations.length > 0 && !isCleaned(run.script, invocations)) {
			yield* judge(invocations, subject);
		}
	}
};

function* judge(invocations: readonly Invocation[], subject: Subject): Generator<RuleFinding> {
	const caching = invocations.filter(
		({act, command}) => act === 'install' && !hasOption(command, 'no-cache'),
	);
	for (const {command, verbWord} of caching) {
		const message = `apk keeps its index, and perhaps packages, in this layer, where nothing needs them: write apk add ${OPTION}.`;
		yield failAt(subject, command, message, fixOf(OPTION, insertAfter(verbWord, ` ${OPTION}`)));
	}
	const update = invocations.find(({act}) => act === 'update');
	const installs = invocations.some(({act}) => act === 'install');
	if (update !== undefined && installs && caching.length === 0) {
		const message = `apk add ${OPTION} fetches the index by itself, and the one that apk update fetches stays in this layer: leave apk update out.`;
		const asks =
			update.command.script.commands.some(asksIndex) || invocations.some(({act}) => act === 'upgrade');
		const fix = asks ? undefined : fixOf('without apk update', removeCommand(update.command));
		yield failAt(subject, update.command, message, fix);
	}
}

/** What looks into the index that an update leaves. */
function asksIndex(command: Command): boolean {
	return (
		command.name === 'apk' && /^(?:search|fetch|policy|list|info|version)$/.test(subcommandOf(command) ?? '')
	);
}

function isCleaned({commands, instruction}: Script, invocations: readonly Invocation[]): boolean {
	const last = invocations.findLast(({act}) => act === 'install' || act === 'update');
	const after = last === undefined ? [] : commands.slice(commands.indexOf(last.command));
	const cleans = invocations.some(({act}) => act === 'clean');
	return (
		cleans ||
		FOLDERS.some(folder => isMounted(instruction, folder)) ||
		after.some(command => removesAny(command, FOLDERS))
	);
}
