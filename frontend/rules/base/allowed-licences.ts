import type {Rule} from '../rule.ts';

/** Licences are in the packages, so an SBOM of the finished image is needed to tell. */
export const allowedLicences: Rule = function* ({file, target}, {deny}) {
	const place = {file, line: target.from.line};
	if (!Array.isArray(deny) || deny.length === 0) {
		const message =
			'The policy forbids no licence (params.deny of allowed-licences), so there is nothing to look for.';
		yield {result: 'not-applicable', message, place};
		return;
	}

	const message =
		'Which licences are in this image is not known here: make an SBOM of it (docker build --sbom=true) and have that checked.';
	yield {result: 'not-evaluated', message, place};
};
