import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import type {Invocation} from './invocations.ts';
import {installsOf} from './runs.ts';

const OPTION = '--no-install-recommends';
/** Set in apt's configuration, or on the command line; not the options, which are of one command alone. */
const SETTING = /(?<!-)Install-Recommends/i;

export const aptNoRecommends: Rule = function* (subject) {
	const installs = installsOf(subject, 'apt');
	const own = new Set(installs.filter(setsItself).map(({command}) => command));
	const ownScripts = new Set([...own].map(({script}) => script));
	const isSet = subject.scripts.some(script => !ownScripts.has(script) && SETTING.test(script.text));
	for (const {command, verb, verbWord} of isSet ? [] : installs) {
		const isSaid = hasOption(
			command,
			'no-install-recommends',
			'install-recommends',
			'R',
			'without-recommends',
		);
		if (verb === 'install' && !isSaid && !own.has(command)) {
			const message = `apt also installs what these packages only recommend, which makes the image larger and gives an attacker more: write ${OPTION}, and name what is needed of them.`;
			const fix = fixOf(OPTION, insertAfter(verbWord, ` ${OPTION}`));
			// What ends in the image may be missed long after the build: by a program that asks for what was only recommended.
			const isFinal = subject.roleOf(command.script.stage) === 'final';
			const proof = isFinal ? ({isForAuthor: true} as const) : ({isOnTrial: true} as const);
			yield failAt(subject, command, message, fix === undefined ? undefined : {...fix, ...proof});
		}
	}
};

/** By `-o APT::Install-Recommends=…`, which holds for this command only. */
function setsItself({command: {args}}: Invocation): boolean {
	return args.some(({text}) => SETTING.test(text));
}
