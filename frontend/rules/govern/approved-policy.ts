import type {Rule} from '../rule.ts';

/**
 * Whether the bundle that judges is one that somebody approved. Offline nobody can tell: approvals lie beside the bundle in the
 * frontend's image, and what lies beside this program is not what will judge the build.
 */
export const approvedPolicy: Rule = function* ({policy, isOffline, file, target}) {
	const place = {file, line: target.from.line};
	if (policy === undefined) {
		return;
	}

	const {name, isApprovalRequired, approval} = policy;
	if (approval?.state === 'approved') {
		yield {result: 'pass', message: approval.message, place};
		return;
	}

	if (approval === undefined && isOffline === true) {
		const message = `Whether the policy ${name} is approved shows in a build: its approval lies in the frontend's image.`;
		yield {result: isApprovalRequired ? 'not-evaluated' : 'not-applicable', message, place};
		return;
	}

	if (approval === undefined && !isApprovalRequired) {
		const message = `The policy ${name} asks for no approval, and there is none beside it.`;
		yield {result: 'not-applicable', message, place};
		return;
	}

	const why =
		approval?.message ??
		`The policy ${name} judges only when it is approved, and this frontend's image has no approval of it.`;
	const message = `${why} Build with an image of your organisation that has a valid one, or choose another policy.`;
	yield {result: 'fail', message, place, observed: {policy: name, approval: approval?.state ?? 'missing'}};
};
