import {optionValue} from '../../shell/options.ts';
import type {Subject} from '../rule.ts';
import type {Invocation} from './invocations.ts';
import {pinnedBy} from './pinned.ts';

export const pipVersionsPinned = pinnedBy({
	managers: ['pip', 'uv'],
	verbs: ['install', 'pip install'],
	// An upper bound is a choice as well; `>=` alone is none. A folder or an archive is the author's own.
	isOpen: word => !/==|~=|<|@|\/|\.(?:whl|gz|zip|txt|toml)$|^-/.test(word),
	decidedBy: ['c', 'constraint', 'constraints', 'require-hashes', 'no-index'],
	isDecided: (invocation, subject) => hasConstraints(invocation, subject),
	write: name => `${name.replace(/[>!].*/, '')}==VERSION, or list them in a file with hashes`,
});

function hasConstraints({command}: Invocation, {steps}: Subject): boolean {
	const step = steps.find(({instruction}) => instruction === command.script.instruction);
	const isSet = ['PIP_CONSTRAINT', 'UV_CONSTRAINT'].some(
		name => step?.get(name) !== undefined || command.assignments.some(each => each.name === name),
	);
	return isSet || optionValue(command, 'exclude-newer') !== undefined;
}
