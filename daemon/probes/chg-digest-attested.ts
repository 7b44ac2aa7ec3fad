import {type Probe, unseen} from './probe.ts';

export const chgDigestAttested: Probe = async ({target, promised, record}) => {
	if (promised.state === 'broken') {
		return [
			{
				result: 'fail',
				message: `The image's contract cannot be believed: ${promised.reason}; rebuild the image`,
			},
		];
	}

	if (promised.state === 'unread' || record === undefined) {
		return [
			unseen(
				promised.state === 'unread'
					? `The contract could not be read: ${promised.reason}`
					: 'There is no log at hand to look the image up in',
			),
		];
	}

	const observed = {image: target.image.digest, contract: promised.digest};
	const build = await record.buildOf(target.image.digest);
	if (build === undefined) {
		return [
			{
				result: 'fail',
				message:
					'The image is unattested: its contract is intact, but the log holds no build attestation for its digest',
				observed: {...observed, unattested: true},
			},
		];
	}

	if (build.verdict === 'incomplete') {
		return [unseen('The build attestation is incomplete: not everything could be looked at', observed)];
	}

	return [
		build.verdict === 'pass'
			? {result: 'pass', message: 'The log holds a passing build attestation for this image', observed}
			: {result: 'fail', message: 'The build gate did not pass this image', observed},
	];
};
