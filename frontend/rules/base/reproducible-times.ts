import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule} from '../rule.ts';

const NAME = 'SOURCE_DATE_EPOCH';

/** Without a fixed time, the same sources give an image of another digest each time. */
export const reproducibleTimes: Rule = function* ({dockerfile, buildArgs, isOffline, file, target}) {
	const own = dockerfile.globalArgs
		.flatMap(argument => pairsOf(argument, dockerfile.escape))
		.find(({name, value}) => name === NAME && value !== undefined);
	if (own !== undefined || buildArgs.has(NAME)) {
		return;
	}

	const place = {file, line: target.from.line};
	const message = `No ${NAME} is given, so the image's times are those of the build and its digest is another each time: build with --build-arg ${NAME}=$(git log -1 --pretty=%ct).`;
	yield {result: isOffline === true ? 'not-evaluated' : 'fail', message, place};
};
