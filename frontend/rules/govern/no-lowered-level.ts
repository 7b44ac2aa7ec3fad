import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

/** Extending a bundle and taking less seriously what it asks for is allowed, with a reason; nobody shall overlook it. */
export const noLoweredLevel: Rule = function* ({policy, file, target}) {
	for (const {id, reason} of policy?.weakened ?? []) {
		const message = `The policy ${quoted(policy?.name ?? '')} takes ${quoted(id)} less strictly than the one it extends, because: ${quoted(reason)}. Whoever approves it should agree; else take that out.`;
		yield {result: 'fail', message, place: {file, line: target.from.line}, observed: {weakened: id}};
	}
};
