import type {Instruction} from '../../dockerfile/ast.ts';
import {quoted} from '../../dockerfile/error.ts';
import type {Command} from '../../shell/script.ts';
import type {Step} from '../../stages/chain.ts';
import {withFlag, withoutInstruction} from '../instruction-edits.ts';
import {firstRepairs} from '../repairable.ts';
import type {Fix, Rule, RuleFinding, Subject} from '../rule.ts';
import {hasMount} from './mounts.ts';
import {baseName} from './paths.ts';

const KEY_FILE = /(?:^|\/)id_(?:rsa|dsa|ecdsa|ed25519)$/;
const SSH_FOLDER = /(?:^|\/)\.ssh\/?$/;
const REMEDY =
	'use RUN --mount=type=ssh in the step that needs it, and build with docker build --ssh default';

/** Keys in the layers of the image are found by their files' names; here it is how they get into a build at all. */
export const noSshKeys: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const step of subject.steps) {
		const role = subject.roleOf(step.stage);
		const source = role === 'unused' ? undefined : keySource(subject, step);
		if (source !== undefined) {
			const fix = repair(() => fixOf(subject, step, source));
			yield {
				result: 'fail',
				tier: 'T2',
				message: `${step.instruction.keyword} brings SSH keys (${quoted(source)}) into the build, where they stay in its cache and layers: ${REMEDY}.`,
				place: {file: subject.file, line: step.instruction.line},
				...(fix === undefined ? {} : {fix}),
			};
		}
	}

	yield* written(subject);
};

/** A whole folder of keys, or a key in a stage whose layers are not the image's: those that are have been found by name. */
function keySource({roleOf, contextFiles}: Subject, {stage, instruction, expand}: Step): string | undefined {
	const {keyword, flags, json, words} = instruction;
	if ((keyword !== 'COPY' && keyword !== 'ADD') || flags.some(({name}) => name === 'from')) {
		return undefined;
	}

	// Where the files are known, a folder without a key is none of keys.
	const mayHoldKey = contextFiles?.some(path => /(?:^|\/)\.ssh\//.test(path)) !== false;
	return (json ?? words.map(({text}) => text))
		.slice(0, -1)
		.map(text => expand(text) ?? text)
		.find(
			source =>
				(SSH_FOLDER.test(source) && mayHoldKey) || (roleOf(stage) !== 'final' && KEY_FILE.test(source)),
		);
}

function* written(subject: Subject): Generator<RuleFinding> {
	// Most files never say one of these words.
	if (!subject.scripts.some(({text}) => /id_(?:rsa|dsa|ecdsa|ed25519)|ssh-add/.test(text))) {
		return;
	}

	for (const command of subject.commandsNamed('echo', 'printf', 'cat', 'base64', 'ssh-add', 'tee')) {
		const {instruction, stage} = command.script;
		const isBuilt = instruction.keyword === 'RUN' && subject.roleOf(stage) !== 'unused';
		if (isBuilt && !hasMount(instruction, 'ssh') && !hasMount(instruction, 'secret') && makesKey(command)) {
			yield {
				result: 'fail',
				tier: 'T2',
				message: `${command.name} makes an SSH key in a step, so it stays in the layer or in the build's history: ${REMEDY}.`,
				place: {file: subject.file, line: command.line},
			};
		}
	}
}

/** What the key is made of comes from a variable: what a program makes by itself is no leak of somebody else's. */
function makesKey({name, args, redirects}: Command): boolean {
	const targets = redirects
		.filter(({operator}) => operator.startsWith('>'))
		.map(({target}) => target?.unquoted ?? '');
	const isKeyFile =
		targets.some(target => KEY_FILE.test(target)) ||
		(name === 'tee' && args.some(({unquoted}) => KEY_FILE.test(unquoted)));
	const isGiven = args.some(({variables}) => variables.length > 0) || name === 'tee' || name === 'base64';
	return name === 'ssh-add'
		? args.some(({unquoted}) => KEY_FILE.test(unquoted) || unquoted === '-')
		: isKeyFile && isGiven;
}

/** Only in a stage of its own, where nothing but COPY names the key: then git and ssh are who needed it. */
function fixOf(subject: Subject, {stage, instruction}: Step, source: string): Fix | undefined {
	const {dockerfile, isOffline} = subject;
	const name = baseName(source);
	const isNamed = dockerfile.instructions.some(
		each =>
			each !== instruction &&
			[each.args, ...each.heredocs.map(({content}) => content)].some(
				text => text.includes(name) || text.includes('.ssh'),
			),
	);
	const isAlone =
		instruction.words.length === 2 && KEY_FILE.test(source) && subject.roleOf(stage) === 'build';
	const runs = runsAfter(subject, stage.instructions, instruction);
	const removal = withoutInstruction(dockerfile, instruction);
	return isOffline === false || isNamed || !isAlone || removal === undefined || runs.length === 0
		? undefined
		: {
				title: 'the SSH agent is mounted: docker build --ssh default',
				asks: 'docker build --ssh default',
				edits: [removal, ...runs.map(run => withFlag(run, '--mount=type=ssh'))],
			};
}

const MAX_STEPS = 12;

/** The steps that may use the key: all that follow, for many programs call git or ssh. */
function runsAfter(
	_subject: Subject,
	instructions: readonly Instruction[],
	instruction: Instruction,
): readonly Instruction[] {
	const runs = instructions
		.slice(instructions.indexOf(instruction) + 1)
		.filter(({keyword}) => keyword === 'RUN');
	return runs.length > MAX_STEPS ? [] : runs;
}
