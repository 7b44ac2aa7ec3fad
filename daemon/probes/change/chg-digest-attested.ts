import {type Attested, type Probe, type ProbeFinding, type Subject, unseen} from '../probe.ts';

/** How an image stands to what was attested of it. */
type Standing = 'attested' | 'unattested' | 'tampered' | 'superseded policy' | 'refused';

export const chgDigestAttested: Probe = async subject => {
	const {target, promised, record} = subject;
	switch (promised.state) {
		case 'none':
		case 'described':
			return [
				failed(
					'unattested',
					`The image is unattested: ${promised.reason}; build it with Sallyport's frontend`,
				),
			];
		case 'broken':
			return [
				failed('tampered', `The image's contract cannot be believed: ${promised.reason}; rebuild the image`),
			];
		case 'unread':
			return [unseen(`The contract could not be read: ${promised.reason}`)];
		case 'kept':
			return record === undefined
				? [unseen('There is no log at hand to look the image up in')]
				: [await judge(subject, await record.buildOf(target.image.digest), promised)];
	}
};

async function judge(
	{target, releases, host, paramsOf}: Subject,
	build: Attested | undefined,
	{contract, digest}: Extract<Subject['promised'], {state: 'kept'}>,
): Promise<ProbeFinding> {
	const signers = await signersOf(releases);
	const policy = {builtUnder: contract.policy.digest, inForce: host.policy.digest ?? 'not told'};
	const observed = {
		image: target.image.digest,
		contract: digest,
		policy,
		...(signers.length === 0 ? {} : {releasedBy: signers}),
	};
	if (build === undefined) {
		const message =
			'The image is unattested: its contract is intact, but the log holds no build attestation for its digest';
		return failed('unattested', message, observed);
	}

	if (build.verdict === 'incomplete') {
		return unseen('The build attestation is incomplete: not everything could be looked at', observed);
	}

	if (build.verdict !== 'pass') {
		return failed('refused', 'The build gate did not pass this image', observed);
	}

	const isSuperseded = host.policy.digest !== undefined && host.policy.digest !== contract.policy.digest;
	// The log's attestation is this host's judgement, so an older policy of the build is told and, unless asked for, no failure.
	if (isSuperseded && paramsOf('chg-digest-attested')['currentPolicy'] === true) {
		const message = `The image was built under the policy ${contract.policy.name}, of which another version is in force; rebuild it`;
		return failed('superseded policy', message, observed);
	}

	const standing: Standing = isSuperseded ? 'superseded policy' : 'attested';
	const under = isSuperseded ? ', built under a policy that is not the one in force' : '';
	return {
		result: 'pass',
		message: `The log holds a passing build attestation for this image${toldOf(signers)}${under}`,
		observed: {standing, ...observed},
	};
}

function failed(standing: Standing, message: string, observed: object = {}): ProbeFinding {
	return {result: 'fail', message, observed: {standing, ...observed}};
}

/** Who signed for it in a release job. What could not be read is no signature. */
async function signersOf(releases: Subject['releases']): Promise<readonly string[]> {
	const found = (await releases?.()) ?? [];
	return [...new Set(found.filter(({verdict}) => verdict === 'pass').map(({key}) => key))].toSorted();
}

function toldOf(signers: readonly string[]): string {
	return signers.length === 0 ? '' : `, and the release key ${signers.join(' and ')} signed it`;
}
