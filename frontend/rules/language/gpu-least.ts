import type {Instruction} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {type Pair, pairsOf} from '../../dockerfile/pairs.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {listed} from '../package/packages.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {installedFinally} from '../trust/final-packages.ts';
import {finalImage} from './starts.ts';

const LEAST = 'compute,utility';
const CUDA = /^(?:cuda|cuda-toolkit(?:-[\d-]+)?|nvidia-cuda-toolkit)$/;
const HOST_ONLY =
	/^(?:nvidia-container-(?:toolkit|runtime)|nvidia-docker2?|nvidia-driver-[\w-]+|cuda-drivers(?:-\d+)?)$/;

export const gpuLeast: Rule = function* (subject) {
	for (const {instruction, stage, expand} of subject.steps) {
		if (instruction.keyword === 'ENV' && subject.roleOf(stage) === 'final') {
			yield* variablesIn(instruction, expand, subject);
		}
	}
	const hasCuda = finalImage(subject)?.name === 'nvidia/cuda';
	for (const {invocation, packages} of installedFinally(subject)) {
		const found = packages.filter(({name}) => HOST_ONLY.test(name) || (hasCuda && CUDA.test(name)));
		const [first] = found;
		if (first !== undefined) {
			const why = CUDA.test(first.name)
				? 'The base brings CUDA already'
				: "The host's driver and runtime come into the container by themselves";
			yield failAt(subject, invocation.command, `${why}: leave ${listed(found)} out of the image.`);
		}
	}
};

function* variablesIn(
	instruction: Instruction,
	expand: (text: string) => string | undefined,
	subject: Subject,
): Generator<RuleFinding> {
	for (const pair of pairsOf(instruction, subject.dockerfile.escape)) {
		const value = expand(pair.value ?? '') ?? '';
		if (pair.name === 'NVIDIA_DRIVER_CAPABILITIES' && value === 'all') {
			const message = `All abilities of the driver are let into the container, display and video too: write those that the program uses, such as ${LEAST}.`;
			yield failAt(subject, pair, message, fixOf(LEAST, least(pair)));
		}
		if (pair.name === 'NVIDIA_VISIBLE_DEVICES' && /^(?:\d+(?:,\d+)*|(?:GPU|MIG)-.+)$/.test(value)) {
			const message =
				'The image names the graphics cards of one machine: leave NVIDIA_VISIBLE_DEVICES out, and choose with docker run --gpus.';
			yield failAt(subject, pair, message);
		}
	}
}

function least({value, valueSpan}: Pair): Edit | undefined {
	return valueSpan === undefined || value !== 'all' ? undefined : {span: valueSpan, text: LEAST};
}
