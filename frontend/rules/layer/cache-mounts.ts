import type {Edit} from '../../dockerfile/edit.ts';
import {withFlag} from '../instruction-edits.ts';
import type {Fix, Rule} from '../rule.ts';
import {type CacheUse, cacheUses, type Keeping, keepings} from './cache-uses.ts';

export const cacheMounts: Rule = function* (subject) {
	const {file} = subject;
	const uses = cacheUses(subject);
	if (uses.length === 0) {
		return;
	}

	const byRun = keepings(subject, uses);
	for (const use of uses.filter(each => uses.find(({run}) => run === each.run) === each)) {
		const {run, name, folders} = use;
		const {instruction} = run.script;
		const flags = folders.map(folder => `--mount=type=cache,target=${folder}`).join(' ');
		const remedy =
			folders.length === 0 ? '' : `: write RUN ${flags}, which keeps it between builds and out of the image`;
		const fix = fixOf(use, byRun);
		yield {
			result: 'fail',
			message: `${name} loads everything anew whenever this step changes${remedy}.`,
			place: {file, line: instruction.line},
			...(fix === undefined ? {} : {fix}),
		};
	}
};

/** The mounts of this step, and of those that must see the same. */
function fixOf({run}: CacheUse, byRun: ReadonlyMap<unknown, Keeping>): Fix | undefined {
	const keeping = byRun.get(run);
	if (keeping === undefined) {
		return undefined;
	}

	const together = [...new Set([keeping, ...keeping.with.flatMap(other => byRun.get(other) ?? [])])];
	return {
		title: `RUN ${keeping.flags.join(' ')}`,
		edits: together.flatMap(editsOf),
		// Whoever else would clean up after the step is asked anew: then there is nothing to clean.
		goesFirst: true,
		...(together.some(({isOnTrial}) => isOnTrial) ? {isOnTrial: true} : {}),
	};
}

function editsOf({run, flags, edits}: Keeping): readonly Edit[] {
	return [withFlag(run.script.instruction, flags.join(' ')), ...edits];
}
