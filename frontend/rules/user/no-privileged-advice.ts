import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule, Subject} from '../rule.ts';

const RUNS = /\b(?:docker|podman|nerdctl)\s{1,4}(?:container\s{1,4})?(?:run|create)\b/;
const DANGERS: readonly (readonly [RegExp, string])[] = [
	[/\s--privileged(?![=]false)\b/, '--privileged'],
	[/\s--cap-add[= ](?:ALL|all|SYS_ADMIN)\b/, '--cap-add with all rights'],
	[/\s--pid[= ]host\b/, '--pid=host'],
	[/docker\.sock\b/, "Docker's socket"],
	[/\s(?:-v|--volume)[= ]\/:/, "the host's root folder"],
];
/** Advice is short; a long text is searched no further. */
const MAX_TEXT = 2000;

export const noPrivilegedAdvice: Rule = function* (subject) {
	for (const {text, line} of advice(subject)) {
		const shown = text.slice(0, MAX_TEXT);
		const danger = RUNS.test(shown) ? DANGERS.find(([pattern]) => pattern.test(shown)) : undefined;
		if (danger !== undefined) {
			yield {
				result: 'fail',
				message: `This tells people to run the container with ${danger[1]}, which gives it the whole host: say which single right or device it needs, such as --cap-add=NET_ADMIN or --device.`,
				place: {file: subject.file, line},
			};
		}
	}
};

/** Labels of the image and comments, which people copy commands from. */
function advice({
	dockerfile,
	steps,
	roleOf,
}: Subject): readonly {readonly text: string; readonly line: number}[] {
	const labels = steps
		.filter(({instruction, stage}) => instruction.keyword === 'LABEL' && roleOf(stage) === 'final')
		.flatMap(({instruction, escapeBy}) => pairsOf(instruction, escapeBy))
		.map(({value = '', line}) => ({text: value, line}));
	return [...labels, ...dockerfile.comments].toSorted((a, b) => a.line - b.line);
}
