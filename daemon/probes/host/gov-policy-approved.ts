import type {Probe} from '../probe.ts';

/** As the build gate judges its own bundle: the same sentence for the same standing. */
export const govPolicyApproved: Probe = async ({host: {policy}}) => {
	const {name, approval, isApprovalRequired} = policy;
	if (approval?.state === 'approved') {
		return [{result: 'pass', message: approval.message, observed: {policy: name, by: approval.approvers}}];
	}

	if (!isApprovalRequired && (approval === undefined || approval.state === 'unapproved')) {
		return [
			{
				result: 'not-applicable',
				message: `The policy ${name} asks for no approval, and there is none beside it`,
			},
		];
	}

	return [
		{
			result: 'fail',
			message:
				approval?.message ?? `The policy ${name} judges only when it is approved, and nothing lies beside it`,
			observed: {policy: name, approval: approval?.state ?? 'missing'},
		},
	];
};
