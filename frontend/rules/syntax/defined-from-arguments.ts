import {quoted} from '../../dockerfile/error.ts';
import {nearestIn} from '../../dockerfile/nearest.ts';
import type {Rule} from '../rule.ts';
import {declaredArguments, undeclaredIn} from './from-arguments.ts';

export const definedFromArguments: Rule = function* ({dockerfile, file}) {
	const declared = declaredArguments(dockerfile);
	const nearest = nearestIn(declared);
	for (const stage of dockerfile.stages) {
		for (const name of undeclaredIn(dockerfile, stage, declared)) {
			const near = nearest(name);
			const remedy =
				near === undefined
					? `declare it there with ARG, with a default`
					: `write ${quoted(near)} if that was meant, else declare it there with ARG`;
			const message = `FROM uses ${quoted(name)}, which no ARG before the first FROM declares, so it is empty: ${remedy}.`;
			yield {result: 'fail', message, place: {file, line: stage.from.line}};
		}
	}
};
