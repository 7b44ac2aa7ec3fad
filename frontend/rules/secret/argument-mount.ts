import type {Dockerfile, Instruction, Stage} from '../../dockerfile/ast.ts';
import type {Edit} from '../../dockerfile/edit.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import type {Script} from '../../shell/script.ts';
import {withFlag, withoutInstruction, withoutWord} from '../instruction-edits.ts';
import type {Fix, Subject} from '../rule.ts';
import {scriptsOf} from '../scripts-of.ts';

/** What a person types to give the secret to the build. */
export function secretOption(name: string): string {
	return `docker build --secret id=${name},env=${name}`;
}

/** More steps than this are not rewritten for one argument. */
const MAX_STEPS = 12;

/**
 * Takes an ARG away and mounts a secret of its name in every step that had it, used or not: what the steps
 * see stays the same. None where it could mean another thing: for a value of its own (unless that is what has to go), one
 * that is given or set elsewhere, a use outside of
 * steps, or a stage that others are built upon.
 */
export function argumentMount(
	subject: Subject,
	instruction: Instruction,
	name: string,
	{mayHold = false}: {readonly mayHold?: boolean} = {},
): Fix | undefined {
	const stage = subject.dockerfile.stages.find(({instructions}) => instructions.includes(instruction));
	if (
		stage === undefined ||
		!/^[A-Za-z_]\w{0,63}$/.test(name) ||
		!isOnlyHere(subject, stage, instruction, name) ||
		!(mayHold || !pairsNamed(subject.dockerfile, [instruction], name).some(isValue))
	) {
		return undefined;
	}

	const runs = stage.instructions
		.slice(stage.instructions.indexOf(instruction) + 1)
		.filter(({keyword}) => keyword === 'RUN');
	const word = instruction.words.find(({pair}) => pair?.name === name);
	const removal =
		instruction.words.length === 1 || word === undefined
			? withoutInstruction(subject.dockerfile, instruction)
			: withoutWord(subject.dockerfile, instruction, word);
	const mounts = runs.map(run => mountIn(subject, run, name));
	return removal === undefined || runs.length > MAX_STEPS || mounts.includes(undefined)
		? undefined
		: {
				title: `${name} is mounted as a secret: ${secretOption(name)}`,
				asks: secretOption(name),
				edits: [removal, ...mounts.flatMap(edits => edits ?? [])],
			};
}

/** Whether the argument gets no value from elsewhere, and nothing but the steps of its own stage can see it. */
function isOnlyHere(subject: Subject, stage: Stage, instruction: Instruction, name: string): boolean {
	const {dockerfile, buildArgs, references} = subject;
	const isFoundation = dockerfile.stages.some(each => references.get(each)?.[0]?.stage === stage);
	const isGiven = buildArgs.has(name);
	const others = [...dockerfile.globalArgs, ...stage.instructions].filter(each => each !== instruction);
	const isSet =
		pairsNamed(dockerfile, dockerfile.globalArgs, name).some(isValue) ||
		pairsNamed(
			dockerfile,
			others.filter(({keyword}) => keyword === 'ARG'),
			name,
		).length > dockerfile.globalArgs.length ||
		pairsNamed(
			dockerfile,
			dockerfile.instructions.filter(({keyword}) => keyword === 'ENV'),
			name,
		).length > 0;
	const uses = mentionOf(name);
	const isElsewhere = stage.instructions.some(
		({keyword, args, flags, heredocs}) =>
			!ELSEWHERE_NO_USE.has(keyword) &&
			[
				...(keyword === 'RUN' ? [] : [args]),
				...flags.map(({value = ''}) => value),
				...(keyword === 'RUN' ? [] : heredocs.map(({content}) => content)),
			].some(text => uses.test(text)),
	);
	return !isFoundation && !isGiven && !isSet && !isElsewhere;
}

/** In these a variable of that name is the container's and not the build's. */
const ELSEWHERE_NO_USE: ReadonlySet<string> = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK']);

function pairsNamed({escape: escapeBy}: Dockerfile, instructions: readonly Instruction[], name: string) {
	return instructions.flatMap(each => pairsOf(each, escapeBy)).filter(pair => pair.name === name);
}

function isValue({value}: {readonly value: string | undefined}): boolean {
	return value !== undefined && value !== '' && value !== '""' && value !== "''";
}

function mentionOf(name: string): RegExp {
	return new RegExp(`\\$\\{?${name}\\b`);
}

/** How the step gets the secret; absent where neither form is safe. */
function mountIn(subject: Subject, run: Instruction, name: string): readonly Edit[] | undefined {
	const [script] = scriptsOf(subject, run);
	const text = [run.args, ...run.heredocs.map(({content}) => content)].join('\n');
	// A secret that is not given is an empty variable; an argument is none at all.
	const tellsApart =
		new RegExp(`\\$\\{${name}[-+?=]`).test(text) || run.flags.some(({value = ''}) => value.includes(name));
	if (script === undefined || tellsApart) {
		return undefined;
	}

	return knowsVariables(subject.dockerfile)
		? [withFlag(run, `--mount=type=secret,id=${name},env=${name}`)]
		: asFile(script, run, name);
}

/** `env=` came with version 1.10 of the frontend. Without a syntax line the builder's own counts, which may be older. */
function knowsVariables({directives}: Dockerfile): boolean {
	const syntax = directives.find(({name}) => name === 'syntax')?.value ?? '';
	const [, tag] =
		/^(?:docker\.io\/)?docker\/dockerfile:(latest|labs|1|1-labs|1\.\d{1,3})(?:[.\d]*)(?:-labs)?(?:@.*)?$/.exec(
			syntax,
		) ?? [];
	return tag !== undefined && (!tag.startsWith('1.') || Number(tag.slice(2)) >= 10);
}

function asFile(script: Script, run: Instruction, name: string): readonly Edit[] | undefined {
	const isPlain =
		script.tree !== undefined &&
		(script.dialect === 'sh' || script.dialect === 'bash') &&
		run.heredocs.length === 0 &&
		!script.shell.some(word => /^-\w*[xvu]/.test(word)) &&
		/^[\w./"'({[!]/.test(script.text);
	const first = isPlain ? script.spanOf(0, 1) : undefined;
	return first === undefined
		? undefined
		: [
				withFlag(run, `--mount=type=secret,id=${name},mode=0444`),
				{
					span: {start: first.start, end: first.start},
					text: `export ${name}="$(cat /run/secrets/${name} 2>/dev/null)" && `,
				},
			];
}
