import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {isNamedLikePolicy} from './policy-names.ts';

const PROJECT_FILE = '.sallyport.yaml';
/** Of more files than these nobody wants to read a line each. */
const MAX_FILES = 10;

/** What a bundle may take less seriously than a waiver that ran out: nothing was waived by it in the first place. */
const REQUESTED = 'requested';

/**
 * A waiver that the controlled party writes is a request. Whether those beside the bundle hold is seen when they are used: see
 * `frontend/waive.ts`.
 */
export const validExceptions: Rule = function* ({requestedWaivers, contextFiles = [], policy, file, target}) {
	const {waivers = [], problems = []} = policy ?? {};
	for (const {control, line} of requestedWaivers) {
		const message = `A waiver of ${control} is asked for here, and a request changes nothing: fix what it reports, or have a waiver approved that comes with the policy.`;
		const place = {file: PROJECT_FILE, line};
		yield {result: 'fail', tier: REQUESTED, message, place, observed: {requested: control}};
	}

	const foreign = contextFiles.filter(isNamedLikePolicy);
	for (const path of foreign.slice(0, MAX_FILES)) {
		const message = `${quoted(path)} is ignored: policies, approvals and waivers are not read from the build context, because whoever writes a Dockerfile would then decide what it is judged by. They belong in the frontend's image.`;
		yield {result: 'fail', tier: REQUESTED, message, place: {file: path, line: 1}, observed: {ignored: path}};
	}

	const place = {file, line: target.from.line};
	for (const problem of problems) {
		const message = `A document beside the policy waives and approves nothing: ${problem}.`;
		yield {result: 'fail', tier: REQUESTED, message, place};
	}

	if (requestedWaivers.length + foreign.length + problems.length + waivers.length === 0) {
		yield {result: 'not-applicable', message: 'No waiver is in force or asked for.', place};
	}
};
