import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

/** Whether the tests passed and no malware was found is said by those who looked, about the finished image. */
export const externalAttestations: Rule = function* ({file, target}, {require}) {
	const place = {file, line: target.from.line};
	const kinds = Array.isArray(require) ? (require as readonly string[]) : [];
	if (kinds.length === 0) {
		const message =
			'The policy asks for no attestations by others (params.require of external-attestations), such as test results.';
		yield {result: 'not-applicable', message, place};
		return;
	}

	const message = `The policy asks for attestations of ${quoted(kinds.slice(0, 5).join(', '))}, which are made about the finished image: attach them after the build, and check them before it is released.`;
	yield {result: 'not-evaluated', message, place};
};
