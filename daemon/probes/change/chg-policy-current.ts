import {type Probe, unseen} from '../probe.ts';

export const chgPolicyCurrent: Probe = async ({target, record}) => {
	const build = await record?.buildOf(target.image.digest);
	if (build?.policy === undefined) {
		return [
			unseen('No build attestation of this image is at hand that would tell whether its policy was approved'),
		];
	}

	const {name, result, by} = build.policy;
	const observed = {policy: name, approvedBy: by};
	switch (result) {
		case 'pass':
			return [
				{
					result: 'pass',
					message: `The image was built under the policy ${name}, which ${by.join(' and ') || 'somebody'} had approved`,
					observed,
				},
			];
		case 'not-applicable':
			return [
				{result: 'not-applicable', message: `The policy ${name} of the build asks for no approval`, observed},
			];
		case 'fail':
			return [
				{
					result: 'fail',
					message: `The policy ${name} was not approved when the image was built under it; rebuild it under one that is`,
					observed,
				},
			];
		default:
			return [unseen(`The build could not tell whether its policy ${name} was approved`, observed)];
	}
};
