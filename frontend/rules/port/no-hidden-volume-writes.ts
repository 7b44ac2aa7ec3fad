import {quoted} from '../../dockerfile/error.ts';
import {operandsOf} from '../../shell/options.ts';
import type {Step} from '../../stages/chain.ts';
import {withoutInstruction} from '../instruction-edits.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {below} from '../secret/paths.ts';
import {pathAt, type Standing, standingsOf} from '../standing.ts';
import {type Volume, volumesOf} from './volumes.ts';

export const noHiddenVolumeWrites: Rule = function* (subject) {
	const volumes = volumesOf(subject);
	if (volumes.length === 0) {
		return;
	}

	const writes = writesIn(subject);
	for (const volume of volumes.slice(0, MAX_VOLUMES)) {
		const at = subject.steps.indexOf(volume.step);
		const write = writes.find(({index, path}) => index > at && below(volume.path, path) !== undefined);
		if (write !== undefined) {
			const fix = fixOf(subject, volume);
			yield {
				result: 'fail',
				message: `Line ${write.line} writes to ${quoted(write.path)}, which VOLUME has made a volume before: older builders throw such changes away, and a volume that is mounted there hides them. Put VOLUME after the last instruction that writes there.`,
				place: {file: subject.file, line: volume.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}
};

/** Nobody has more, and each is compared with every write. */
const MAX_VOLUMES = 16;

interface Write {
	/** Number of the step. */
	readonly index: number;
	readonly path: string;
	readonly line: number;
}

function writesIn(subject: Subject): readonly Write[] {
	const standings = standingsOf(subject);
	const commands = Map.groupBy(
		subject.commandsNamed('mkdir', 'chown', 'chmod', 'touch', 'cp', 'mv', 'install', 'tee', 'ln'),
		({script}) => script.instruction,
	);
	return subject.steps.flatMap((step, index) => {
		const {instruction, stage} = step;
		const standing = standings.get(instruction);
		if (standing === undefined || subject.roleOf(stage) !== 'final') {
			return [];
		}

		const paths =
			instruction.keyword === 'RUN'
				? (commands.get(instruction) ?? []).flatMap(({name, args, line}) =>
						targetsOf(
							name,
							operandsOf({args}).map(({value}) => value),
						).map(text => ({text, line})),
					)
				: copied(step);
		return paths.flatMap(({text, line}) => writeTo(standing, text, index, line));
	});
}

function writeTo(standing: Standing, text: string, index: number, line: number): readonly Write[] {
	const path = pathAt(standing, text);
	return path === undefined ? [] : [{index, path, line}];
}

/** What a command writes to: its last operand for those that copy, all but the first for those that change owner or mode. */
function targetsOf(name: string, operands: readonly (string | undefined)[]): readonly string[] {
	const last = ['cp', 'mv', 'install', 'ln'].includes(name);
	const written = last
		? operands.slice(-1)
		: ['chown', 'chmod'].includes(name)
			? operands.slice(1)
			: operands;
	return written.filter(text => text !== undefined);
}

function copied({instruction, expand}: Step): readonly {readonly text: string; readonly line: number}[] {
	if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') {
		return [];
	}

	const target = expand((instruction.json ?? instruction.words.map(({text}) => text)).at(-1) ?? '');
	return target === undefined || target === '' ? [] : [{text: target, line: instruction.line}];
}

/** Only in the stage that is built: its end is the only one that lines are put to. */
function fixOf({dockerfile, target}: Subject, {step, count, path}: Volume): Fix | undefined {
	const isPlain = step.stage === target && count === 1 && /^[\w./-]+$/.test(path);
	const edit = isPlain ? withoutInstruction(dockerfile, step.instruction) : undefined;
	return edit === undefined
		? undefined
		: {title: 'VOLUME comes last', edits: [edit], append: [`VOLUME ${path}`]};
}
