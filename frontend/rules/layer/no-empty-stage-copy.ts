import type {Stage} from '../../dockerfile/ast.ts';
import type {Rule, Subject} from '../rule.ts';

export const noEmptyStageCopy: Rule = function* (subject) {
	const {references, file} = subject;
	const empty = emptyStages(subject);
	for (const each of references.values()) {
		for (const {kind, stage, line} of each) {
			if (kind === 'copy' && stage !== undefined && empty.has(stage)) {
				const message = `The stage in line ${stage.from.line} starts from nothing and no step puts a file into it, so there is nothing to copy and the build ends here: name another stage, or fill this one.`;
				yield {result: 'fail', message, place: {file, line}};
			}
		}
	}
};

const FILLS: ReadonlySet<string> = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

function emptyStages({dockerfile, references}: Subject): ReadonlySet<Stage> {
	const empty = new Set<Stage>();
	for (const stage of dockerfile.stages) {
		const [from] = references.get(stage) ?? [];
		const isBaseEmpty = from?.stage === undefined ? from?.ref === 'scratch' : empty.has(from.stage);
		if (isBaseEmpty && !stage.instructions.some(({keyword}) => FILLS.has(keyword))) {
			empty.add(stage);
		}
	}

	return empty;
}
