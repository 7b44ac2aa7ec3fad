import {type Probe, type Subject, unseen} from '../probe.ts';

export const chgDigestAttested: Probe = async ({target, promised, record, releases}) => {
	if (promised.state === 'none' || promised.state === 'described') {
		return [
			{
				result: 'fail',
				message: `The image is unattested: ${promised.reason}; build it with Sallyport's frontend`,
				observed: {unattested: true},
			},
		];
	}

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

	const signers = await signersOf(releases);
	const observed = {
		image: target.image.digest,
		contract: promised.digest,
		...(signers.length === 0 ? {} : {releasedBy: signers}),
	};
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
			? {
					result: 'pass',
					message: `The log holds a passing build attestation for this image${toldOf(signers)}`,
					observed,
				}
			: {result: 'fail', message: 'The build gate did not pass this image', observed},
	];
};

/** Who signed for it in a release job. What could not be read is no signature. */
async function signersOf(releases: Subject['releases']): Promise<readonly string[]> {
	const found = (await releases?.()) ?? [];
	return [...new Set(found.filter(({verdict}) => verdict === 'pass').map(({key}) => key))].toSorted();
}

function toldOf(signers: readonly string[]): string {
	return signers.length === 0 ? '' : `, and the release key ${signers.join(' and ')} signed it`;
}
