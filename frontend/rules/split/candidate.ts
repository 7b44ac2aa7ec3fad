import {imageOf} from '../package/stages.ts';
import type {Subject} from '../rule.ts';
import {resolvePath} from '../secret/paths.ts';
import {standingsOf} from '../standing.ts';
import type {Candidate} from './split.ts';

/** The stage to split; absent where the image is made of several already, or its base says nothing. */
export function candidateOf(subject: Subject): Candidate | undefined {
	const {chain, steps, scripts, contexts, unreadFrom, manifests = new Map(), references, images} = subject;
	const [stage, second] = chain.stages;
	const {base: ref} = chain;
	if (stage === undefined || second !== undefined || ref === undefined || ref === 'scratch') {
		return undefined;
	}

	const takesFromStages = (references.get(stage) ?? []).some(({stage: other}) => other !== undefined);
	// Triggers would be carried out in the new stages, too.
	const hasTriggers =
		stage.instructions.some(({keyword}) => keyword === 'ONBUILD') ||
		(images.get(ref)?.onBuild ?? []).length > 0;
	if (hasTriggers || contexts?.has(ref) === true || unreadFrom !== undefined || takesFromStages) {
		return undefined;
	}

	return {
		subject,
		stage,
		ref,
		image: imageOf(ref),
		steps: steps.filter(each => each.stage === stage),
		runs: scripts.filter(
			each => each.stage === stage && each.instruction.keyword === 'RUN' && !each.isTrigger,
		),
		workdir: lastWorkdir(subject, stage),
		manifests,
	};
}

/** Where the stage's last WORKDIR leads. */
function lastWorkdir(subject: Subject, stage: Candidate['stage']): string | undefined {
	const instruction = stage.instructions.findLast(({keyword}) => keyword === 'WORKDIR');
	const step = subject.steps.find(each => each.instruction === instruction);
	const path = step?.expand(instruction?.args ?? '')?.trim();
	if (instruction === undefined || path === undefined || path === '') {
		return undefined;
	}

	const before = standingsOf(subject).get(instruction)?.workdir;
	return path.startsWith('/') || before !== undefined ? resolvePath(before ?? '/', path) : undefined;
}
