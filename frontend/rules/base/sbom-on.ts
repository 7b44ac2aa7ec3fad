import type {Rule} from '../rule.ts';

/** The list of what is in an image is made while it is built, when it is asked for. */
export const sbomOn: Rule = function* ({request, file, target}) {
	const place = {file, line: target.from.line};
	if (request === undefined) {
		const message =
			'Whether an SBOM is attached shows in the build: build with --sbom=true where the image is released.';
		yield {result: 'not-evaluated', message, place};
	} else if (!Object.hasOwn(request.attests, 'sbom')) {
		const message =
			'This build attaches no list of the packages in the image, so nobody can ask it about the next vulnerability: build with --sbom=true, with a builder that can store it (docker-container, or the containerd image store).';
		yield {result: 'fail', message, place};
	}
};
