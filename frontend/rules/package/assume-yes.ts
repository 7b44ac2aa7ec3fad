import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import type {Invocation} from './invocations.ts';
import {type ManagerName, managers as table} from './managers.ts';
import {invocationsOf} from './runs.ts';

interface Asking {
	readonly managers: readonly ManagerName[];
	/** The option to write, and the word behind which it goes. */
	readonly option: string;
	readonly goesAfter: 'program' | 'verb';
	/** Configuration that says the same for every command. */
	readonly setting?: RegExp;
}

/** Commands that would ask a question that nobody answers during a build. */
export function assumesYes({managers, option, goesAfter, setting}: Asking): Rule {
	return function* (subject) {
		const isSet = setting !== undefined && subject.scripts.some(({text}) => setting.test(text));
		const invocations = isSet ? [] : invocationsOf(subject, ...managers);
		for (const invocation of invocations.filter(asks)) {
			const {command, verbWord, verb} = invocation;
			const word = goesAfter === 'verb' ? verbWord : (command.nameWord ?? verbWord);
			const message = `${command.name} ${verb} may ask before it goes on, and during a build nobody answers: write ${option}.`;
			yield failAt(subject, command, message, fixOf(option, insertAfter(word, ` ${option}`)));
		}
	};
}

function asks({act, command, manager}: Invocation): boolean {
	const isAnswered = hasOption(command, ...(table[manager].assumesYes ?? [])) || command.joint === '|';
	return (act === 'install' || act === 'upgrade' || act === 'remove') && !isAnswered;
}
