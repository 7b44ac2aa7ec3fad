import {quoted} from '../../dockerfile/error.ts';
import {nearestOf} from '../../dockerfile/nearest.ts';
import type {Rule} from '../rule.ts';
import {declaredArguments, undeclaredIn} from './from-arguments.ts';

export const definedFromArguments: Rule = function* ({dockerfile, file}) {
	const declared = declaredArguments(dockerfile);
	for (const stage of dockerfile.stages) {
		for (const name of undeclaredIn(dockerfile, stage, declared)) {
			const near = nearestOf(name, declared);
			const remedy =
				near === undefined
					? `write ARG ${name} before the first FROM, with a default`
					: `write ${near} if that was meant, else ARG ${name} before the first FROM`;
			const message = `FROM uses ${quoted(name)}, which no ARG before the first FROM declares, so it is empty: ${remedy}.`;
			yield {result: 'fail', message, place: {file, line: stage.from.line}};
		}
	}
};
