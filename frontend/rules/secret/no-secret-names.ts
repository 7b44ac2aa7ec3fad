import {isHarmlessValue, isSecretName, printable, REMEDY} from '../../../policies/secret-names.ts';
import type {Instruction} from '../../dockerfile/ast.ts';
import {pairsOf} from '../../dockerfile/pairs.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {argumentMount, secretOption} from './argument-mount.ts';
import {credentialsOf} from './credentials.ts';

/** Looks at the whole file and not only at what is built: a credential in a Dockerfile has leaked wherever it stands. */
export const noSecretNames: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const named of namesIn(subject)) {
		const fix = repair(() => fixOf(subject, named));
		const name = printable(named.name);
		const remedy =
			fix === undefined ? REMEDY : `mount it in the steps instead, and build with ${secretOption(name)}`;
		yield {
			result: 'fail',
			tier: 'T2',
			message: `${named.instruction.keyword} ${name} is named like a secret and ${named.said}: ${remedy}.`,
			place: {file: subject.file, line: named.line},
			observed: {name},
			...repairableBy(fix),
		};
	}
};

interface Named {
	readonly instruction: Instruction;
	readonly name: string;
	readonly line: number;
	/** What is wrong with it, for the message. */
	readonly said: string;
	readonly isTrigger: boolean;
}

function namesIn(subject: Subject): readonly Named[] {
	// A name adds nothing to what its value has already said.
	const told = new Set(
		credentialsOf(subject).map(({instruction, name}) => `${instruction.span.start} ${name}`),
	);
	const asked = askedIn(subject.dockerfile);
	return subject.dockerfile.instructions
		.flatMap(outer => namedIn(subject, outer.inner ?? outer, {isTrigger: outer.inner !== undefined, asked}))
		.filter(({instruction, name}) => !told.has(`${instruction.span.start} ${name}`));
}

function namedIn(
	{dockerfile, buildArgs}: Subject,
	instruction: Instruction,
	{isTrigger, asked}: {readonly isTrigger: boolean; readonly asked: ReadonlySet<string>},
): readonly Named[] {
	const {keyword} = instruction;
	if (keyword !== 'ENV' && keyword !== 'ARG') {
		return [];
	}

	return pairsOf(instruction, dockerfile.escape)
		.filter(({name}) => isSecretName(name))
		.flatMap(({name, value, line}) => {
			const given = keyword === 'ARG' ? buildArgs.get(name) : undefined;
			const written = value === undefined ? undefined : unquoted(value);
			const said = keptArgument(keyword, written, asked) ?? wordsFor(keyword, written, given);
			return said === undefined ? [] : [{instruction, name, line, said, isTrigger}];
		});
}

function fixOf(subject: Subject, {instruction, name, isTrigger}: Named): Fix | undefined {
	return instruction.keyword === 'ARG' && !isTrigger ? argumentMount(subject, instruction, name) : undefined;
}

/** What is asked for at build time and kept for the container has a value whenever the build is done right. */
function keptArgument(
	keyword: string,
	value: string | undefined,
	asked: ReadonlySet<string>,
): string | undefined {
	const [, plain, braced] = /^\$(?:(\w+)|\{(\w+)\})$/.exec(value ?? '') ?? [];
	const name = keyword === 'ENV' ? (plain ?? braced) : undefined;
	return name !== undefined && asked.has(name)
		? `keeps the build argument ${printable(name)} in the image`
		: undefined;
}

function askedIn({instructions, escape: escapeBy}: Subject['dockerfile']): ReadonlySet<string> {
	const args = instructions.filter(({keyword}) => keyword === 'ARG');
	const pairs = args.flatMap(instruction => pairsOf(instruction, escapeBy));
	return new Set(pairs.filter(({value}) => value === undefined).map(({name}) => name));
}

function wordsFor(keyword: string, value: string | undefined, given: string | undefined): string | undefined {
	if (given !== undefined && given !== '') {
		return `was given with --build-arg (${sizeOf(given)}), which stays in the image's history`;
	}

	if (value === undefined || (keyword === 'ARG' && value === '')) {
		return keyword === 'ARG'
			? "asks for it as a build argument, which stays in the image's history"
			: undefined;
	}

	return isHarmlessValue(value) ? undefined : `has a value (${sizeOf(value)}) that stays in the image`;
}

function unquoted(value: string): string {
	return value.replace(/^(["'])(.*)\1$/s, '$2');
}

function sizeOf({length}: string): string {
	return length === 1 ? '1 character' : `${length} characters`;
}
