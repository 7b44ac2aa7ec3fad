import type {Rule} from '../rule.ts';

/** Which packages are vulnerable changes by the day; it takes a scanner with a fresh database and the finished image. */
export const noKnownVulnerabilities: Rule = function* ({file, target}) {
	const message =
		'No scanner has looked at the packages of this image: scan the image that comes out, or its SBOM, and again every day it runs.';
	yield {result: 'not-evaluated', message, place: {file, line: target.from.line}};
};
