import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';

const NAME = 'BUILDKIT_DOCKERFILE_CHECK';

/** What a Dockerfile says for all to see, a build argument says for one build that nobody sees again. */
export const noSkippedChecks: Rule = function* ({buildArgs, file, target}) {
	const given = buildArgs.get(NAME) ?? '';
	const skipped = given
		.split(';')
		.filter(part => part.trim().startsWith('skip='))
		.map(part => part.trim().slice('skip='.length))
		.filter(names => names !== '');
	if (skipped.length > 0) {
		const message = `This build leaves out checks by the build argument ${NAME} (${quoted(skipped.join(','))}), and no reviewer sees that: take it out, or write # check=skip=… into the Dockerfile.`;
		yield {result: 'fail', message, place: {file, line: target.from.line}};
	}
};
