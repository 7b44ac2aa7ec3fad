import type {Subject} from '../rule.ts';
import type {Invocation} from './invocations.ts';
import {pinnedBy} from './pinned.ts';

export const goVersionsPinned = pinnedBy({
	managers: ['go'],
	verbs: ['install', 'get', 'run'],
	// Only what comes from a host: the standard library and a module's own packages have no version.
	isOpen: word =>
		/^[\w-]+(?:\.[\w-]+)+\//.test(word) && !/@(?!latest$|master$|main$)/.test(word) && !word.endsWith('.go'),
	isDecided: (invocation, subject) =>
		!invocation.operands.some(({value}) => value?.includes('@')) && mayHaveModule(invocation, subject),
	write: name => `${name.replace(/@.*/, '')}@v1.2.3`,
});

/** Inside a module its go.mod decides the version, and a COPY before the command may have brought one. */
function mayHaveModule({command: {script}}: Invocation, {steps}: Subject): boolean {
	const own = steps.filter(({stage}) => stage === script.stage);
	return own.some(
		({instruction: {keyword, line}}) =>
			(keyword === 'COPY' || keyword === 'ADD') && line < script.instruction.line,
	);
}
