import {isHarmlessValue} from '../../../policies/secret-names.ts';
import type {Instruction} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {repairableBy} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {argumentMount, secretOption} from './argument-mount.ts';
import {credentialCommands, type Handed, handedTo} from './credential-commands.ts';
import {hasMount} from './mounts.ts';

export const noCredentialCommands: Rule = function* (subject) {
	let tries = 0;
	for (const handed of handedIn(subject)) {
		const {command, what, word} = handed;
		const {name, fix} =
			(tries < MAX_TRIES
				? argumentFix(subject, command.script.instruction, word?.variables ?? [])
				: undefined) ?? {};
		tries += 1;
		const remedy =
			name === undefined
				? 'give the step a secret with RUN --mount=type=secret, and let the command read it from there'
				: `mount it as a secret, and build with ${secretOption(name)}`;
		yield {
			result: 'fail',
			tier: 'T2',
			message: `${command.name} ${what}, and the credential stays in the history or the layer of the image: ${remedy}.`,
			place: {file: subject.file, line: command.line},
			...repairableBy(fix),
		};
	}
};

/** Each takes a look at its whole stage. */
const MAX_TRIES = 16;

function handedIn(subject: Subject): readonly Handed[] {
	return subject
		.commandsNamed(...credentialCommands)
		.filter(
			({script: {instruction, stage}}) =>
				instruction.keyword === 'RUN' &&
				subject.roleOf(stage) !== 'unused' &&
				!hasMount(instruction, 'secret'),
		)
		.flatMap(command => handedTo(command) ?? [])
		.filter(({word}) => word?.value === undefined || !isHarmlessValue(word.value));
}

/** Where the credential is one build argument of the stage, that becomes a secret. */
export function argumentFix(
	subject: Subject,
	run: Instruction,
	variables: readonly string[],
): {readonly name: string; readonly fix: Fix} | undefined {
	const stage = subject.dockerfile.stages.find(({instructions}) => instructions.includes(run));
	const argument = (name: string): Instruction | undefined =>
		stage?.instructions.find(
			each =>
				each.keyword === 'ARG' && pairsOf(each, subject.dockerfile.escape).some(pair => pair.name === name),
		);
	const own = variables.filter(
		name => argument(name) !== undefined && !/USER|HOST|URL|REGISTRY|EMAIL/i.test(name),
	);
	const [name = ''] = own;
	const instruction = argument(name);
	const fix =
		own.length === 1 && instruction !== undefined ? argumentMount(subject, instruction, name) : undefined;
	return fix === undefined ? undefined : {name, fix};
}
