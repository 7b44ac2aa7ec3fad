import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule} from '../rule.ts';
import {platformFlagOf, withoutFlag} from './platform-flag.ts';

// It always has a value, so a default beside it is never taken.
const SAYS_NOTHING = /^\$(?:TARGETPLATFORM|\{TARGETPLATFORM(?::?-[^${}]*)?\})$/;

export const noRedundantPlatform: Rule = function* ({dockerfile, file}) {
	const isOwn = dockerfile.globalArgs
		.flatMap(argument => pairsOf(argument, dockerfile.escape))
		.some(({name, value}) => name === 'TARGETPLATFORM' && value !== undefined);
	for (const stage of dockerfile.stages) {
		const flag = platformFlagOf(stage);
		// A default of the author's own makes it mean something.
		if (flag !== undefined && !isOwn && SAYS_NOTHING.test(flag.value ?? '')) {
			yield {
				result: 'fail',
				message:
					'FROM takes the target platform by itself, so --platform=$TARGETPLATFORM says nothing: leave it out.',
				place: {file, line: stage.from.line},
				fix: {title: '--platform taken out', edits: [withoutFlag(dockerfile.bytes, flag)]},
			};
		}
	}
};
