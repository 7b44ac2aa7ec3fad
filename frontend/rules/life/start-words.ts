import type {Stage} from '../../dockerfile/ast.ts';
import type {ImageFacts, Subject} from '../rule.ts';

/** Which of CMD and ENTRYPOINT stand beside a stage's own: in it, in those it starts from, in those that start from it. */
export interface Beside {
	readonly hasEntrypoint: boolean;
	readonly hasCommand: boolean;
}

/** For every stage, whether an ENTRYPOINT may read its CMD, and whether a CMD may be read by its ENTRYPOINT. */
export function besideOf(subject: Subject): ReadonlyMap<Stage, Beside> {
	const {stages} = subject.dockerfile;
	const above = new Map<Stage, boolean>();
	for (const stage of stages) {
		const parent = parentOf(subject, stage);
		const inherited = parent === undefined ? isReader(baseFacts(subject, stage)) : above.get(parent);
		above.set(stage, inherited === true || has(stage, 'ENTRYPOINT'));
	}

	const entrypointBelow = parentsWith(subject, 'ENTRYPOINT');
	const commandBelow = parentsWith(subject, 'CMD');
	const besideAll = stages.map(stage => {
		const hasEntrypoint = above.get(stage) === true || entrypointBelow.has(stage);
		return [stage, {hasEntrypoint, hasCommand: has(stage, 'CMD') || commandBelow.has(stage)}] as const;
	});
	return new Map(besideAll);
}

function parentOf({references}: Subject, stage: Stage): Stage | undefined {
	return references.get(stage)?.[0]?.stage;
}

/** Stages from which another starts that has such an instruction, near or far. */
function parentsWith(subject: Subject, keyword: string): ReadonlySet<Stage> {
	const found = new Set<Stage>();
	for (const stage of subject.dockerfile.stages.toReversed()) {
		const parent = parentOf(subject, stage);
		if (parent !== undefined && (found.has(stage) || has(stage, keyword))) {
			found.add(parent);
		}
	}

	return found;
}

function has({instructions}: Stage, wanted: string): boolean {
	return instructions.some(({keyword}) => keyword === wanted);
}

function baseFacts({references, images}: Subject, stage: Stage): ImageFacts | undefined {
	return images.get(references.get(stage)?.[0]?.ref ?? '');
}

/** Entrypoints of official images, and init programs, run what CMD says; any other may take it for its own arguments. */
function isReader(facts: ImageFacts | undefined): boolean {
	const {entrypoint = []} = facts ?? {};
	const last = entrypoint.at(-1) ?? '';
	return entrypoint.length > 0 && !/(?:entrypoint(?:\.sh)?|tini|dumb-init|--)$/.test(last);
}
