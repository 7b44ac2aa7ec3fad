import type {Script} from '../../shell/script.ts';
import {indexRuns} from '../package/index-updates.ts';
import {remembered} from '../package/remembered.ts';
import type {Rule, Subject} from '../rule.ts';
import {cleaned, leftoverRule} from './leftovers.ts';

const LISTS = '/var/lib/apt/lists';
const CLEAN = `rm -rf ${LISTS}/*`;

export const noAptLists: Rule = function* (subject, params) {
	const isNeeded = remembered(isNeededLater);
	const rule = leftoverRule({
		managers: ['apt'],
		what: "apt's lists of packages, some 20 to 50 MB",
		// What installs in another RUN than the one that updates has a finding of its own.
		leaves: ({act, command}) => act === 'update' && usesIndex(command.script),
		cleans: ({verb}) => verb === 'distclean' || verb === 'dist-clean',
		folders: [LISTS],
		write: () => `&& ${CLEAN} at the end of this RUN`,
		repair: (invocation, script) => (isNeeded(subject) ? undefined : cleaned(invocation, script, CLEAN)),
	});
	yield* rule(subject, params);
};

function usesIndex({text}: Script): boolean {
	return /\b(?:install|upgrade|build-dep)\b/.test(text);
}

/** A later RUN, or a script that only the context knows, may install from the lists that this one leaves. */
function isNeededLater(subject: Subject): boolean {
	const runs = [...indexRuns(subject, 'apt').values()].flat();
	return runs.some(({early}) => early !== undefined) || subject.scripts.some(startsFile);
}

function startsFile({instruction, commands}: Script): boolean {
	return (
		instruction.keyword === 'RUN' &&
		commands.some(({nameWord}) => /^\.{0,2}\/.*\.sh$|^\.\//.test(nameWord?.text ?? ''))
	);
}
