import {type Probe, unseen} from '../probe.ts';

export const imageSignedAfterPolicy: Probe = async ({target, releases}) => {
	if (releases === undefined) {
		const message =
			'No signature of a release can be known: no key has the role builder in keys/trust.yaml beside the policy, or no folder of them was named with --attestations';
		return [unseen(message)];
	}

	const found = await releases();
	const passed = found.find(({verdict}) => verdict === 'pass');
	if (passed !== undefined) {
		const {key, person} = passed;
		const message = `The release key ${key} of ${person} signed this image after its own evaluation passed`;
		return [{result: 'pass', message, observed: {key, person, image: target.image.digest}}];
	}

	const [signed] = found;
	const message =
		signed === undefined
			? 'No trusted release key has signed this image; sign it in the release job with "sallyport policy attest"'
			: `The release key ${signed.key} signed this image although the evaluation there did not pass (${signed.verdict})`;
	return [{result: 'fail', message, observed: {image: target.image.digest}}];
};
