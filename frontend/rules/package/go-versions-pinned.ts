import type {Stage} from '../../dockerfile/ast.ts';
import type {Script} from '../../shell/script.ts';
import type {Subject} from '../rule.ts';
import {pinnedBy} from './pinned.ts';

export const goVersionsPinned = pinnedBy({
	managers: ['go'],
	verbs: ['install', 'get', 'run'],
	// Only what comes from a host: the standard library and a module's own packages have no version.
	isOpen: word =>
		/^[\w-]+(?:\.[\w-]+)+\//.test(word) && !/@(?!latest$|master$|main$)/.test(word) && !word.endsWith('.go'),
	decidedFrom: subject => {
		const checkedOut = new Set(subject.scripts.filter(choosesVersion).map(({stage}) => stage));
		const firstCopies = firstCopiesOf(subject);
		return ({command: {script}, operands}) => {
			const mayHaveModule = (firstCopies.get(script.stage) ?? Infinity) < script.instruction.line;
			return (
				checkedOut.has(script.stage) || (mayHaveModule && !operands.some(({value}) => value?.includes('@')))
			);
		};
	},
	write: name => `${name.replace(/@.*/, '')}@v1.2.3`,
});

/** `go get x || true`, then `git checkout v1`: fetched first, and a version chosen afterwards. */
function choosesVersion({text}: Script): boolean {
	return text.includes('git checkout ');
}

/** Inside a module its go.mod decides the version, and a COPY before the command may have brought one. */
function firstCopiesOf({steps}: Subject): ReadonlyMap<Stage, number> {
	const copies = steps.filter(({instruction: {keyword}}) => keyword === 'COPY' || keyword === 'ADD');
	return new Map(copies.toReversed().map(({stage, instruction}) => [stage, instruction.line]));
}
