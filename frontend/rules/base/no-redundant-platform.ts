import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule} from '../rule.ts';
import {platformFlagOf, withoutFlag} from './platform-flag.ts';

export const noRedundantPlatform: Rule = function* ({dockerfile, needed, file}) {
	const isOwn = dockerfile.globalArgs
		.flatMap(argument => pairsOf(argument, dockerfile.escape))
		.some(({name, value}) => name === 'TARGETPLATFORM' && value !== undefined);
	for (const stage of needed) {
		const flag = platformFlagOf(stage);
		// A default of the author's own makes it mean something.
		if (flag !== undefined && !isOwn && /^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(flag.value ?? '')) {
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
