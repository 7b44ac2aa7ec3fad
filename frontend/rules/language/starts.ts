import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Command} from '../../shell/script.ts';
import {type Image, imageOf} from '../package/stages.ts';
import type {Subject} from '../rule.ts';

/** The image that the final stages come from. */
export function finalImage({chain}: Subject): Image | undefined {
	return chain.base === undefined ? undefined : imageOf(chain.base);
}

/** What the image starts: the commands of the last ENTRYPOINT and of the last CMD of its stages. */
export function startsOf({scripts, roleOf}: Subject): readonly Command[] {
	const own = scripts.filter(({stage, isTrigger}) => roleOf(stage) === 'final' && !isTrigger);
	return ['ENTRYPOINT', 'CMD'].flatMap(
		keyword => own.findLast(({instruction}) => instruction.keyword === keyword)?.commands ?? [],
	);
}

/** Whether a variable is set for the program: by ENV in the stages of the image, or by its base. */
export function isSetFinally(
	{steps, roleOf, images, chain, dockerfile}: Subject,
	...names: readonly string[]
): boolean {
	const base = Object.keys(images.get(chain.base ?? '')?.env ?? {});
	const own = steps
		.filter(({stage, instruction}) => instruction.keyword === 'ENV' && roleOf(stage) === 'final')
		.flatMap(({instruction}) => pairsOf(instruction, dockerfile.escape));
	return [...base, ...own.map(({name}) => name)].some(name => names.includes(name));
}
