import {quoted} from '../../dockerfile/error.ts';
import type {Rule} from '../rule.ts';
import {renamer} from './stage-names.ts';

// `--from=context` means the build context in Docker Bake and buildx, and `FROM scratch` the empty image.
const reserved: ReadonlySet<string> = new Set(['context', 'scratch']);

export const noReservedStageName: Rule = function* ({dockerfile, file}) {
	const rename = renamer(dockerfile);
	const names = new Set(dockerfile.stages.map(({name}) => name));
	for (const stage of dockerfile.stages) {
		const {name, from, index} = stage;
		if (name === undefined || !reserved.has(name)) {
			continue;
		}

		const better = `${name}-stage`;
		const isTaken = names.has(better);
		// The last stage is the one that others are asked to build by its name, outside of this file.
		const isLast = index === dockerfile.stages.length - 1;
		const edits = isTaken || isLast ? undefined : rename(stage, better);
		yield {
			result: 'fail',
			message: `${quoted(name)} already means something else to BuildKit, so this stage cannot be told from it. Call it ${better}.`,
			place: {file, line: from.line},
			...(edits === undefined ? {} : {fix: {title: `called ${better}`, edits}}),
		};
	}
};
