import type {Rule} from '../rule.ts';

/** Who built what from what, said by the builder: it has to be asked for on the command line. */
export const provenanceOn: Rule = function* ({request, file, target}, {mode}) {
	const place = {file, line: target.from.line};
	const given = request?.attests['provenance'];
	if (request === undefined) {
		const message =
			'Whether provenance is attached shows in the build: build with --provenance=mode=max where the image is released.';
		yield {result: 'not-evaluated', message, place};
	} else if (given === undefined) {
		const message =
			'This build attaches no provenance, so nobody can prove later what the image was made from: build with --provenance=mode=max, with a builder that can store it (docker-container, or the containerd image store).';
		yield {result: 'fail', message, place};
	} else if (mode === 'max' && !given.split(',').includes('mode=max')) {
		const message =
			'The provenance of this build leaves the steps out, and the policy wants all of it: build with --provenance=mode=max.';
		yield {result: 'fail', message, place};
	}
};
