import type {Command, Script} from '../../shell/script.ts';
import {derived} from '../derived.ts';
import type {Subject} from '../rule.ts';
import {remembered} from './remembered.ts';

/** The value that a command finds in its environment; an empty string when it is set to what is not known. */
export type Environment = (command: Command, name: string) => string | undefined;

/** ENV and ARG, `export` in the same script, and what is written in front of the command, which wins. */
export const environmentOf: (subject: Subject) => Environment = derived(({steps}) => {
	const stepOf = remembered(() => new Map(steps.map(step => [step.instruction, step] as const)));
	const exported = remembered(exportedIn);
	return ({assignments, script}, name) => {
		const own = assignments.find(each => each.name === name);
		if (own !== undefined) {
			return own.value?.value ?? '';
		}
		return exported(script).has(name) ? '' : stepOf(steps).get(script.instruction)?.get(name);
	};
});

/** The names after `export`; which value is in force where is not asked. */
function exportedIn({commands}: Script): ReadonlySet<string> {
	const pairs = commands.filter(({name}) => name === 'export').flatMap(({args}) => args);
	return new Set(pairs.map(({text}) => text.split('=')[0] ?? ''));
}
