import type {Place} from '../../../policies/finding.ts';
import {printable, REMEDY} from '../../../policies/secret-names.ts';
import {credentialsIn, type Match} from '../../../policies/token-formats.ts';
import type {Instruction} from '../../dockerfile/ast.ts';
import {type Pair, pairsOf} from '../../dockerfile/pairs.ts';
import type {RuleFinding, Subject} from '../rule.ts';

/** A credential that stands in the Dockerfile, or was given as a build argument. */
export interface Credential {
	readonly instruction: Instruction;
	/** Where it was found: `ENV`, `RUN`, `--build-arg`. */
	readonly where: string;
	readonly match: Match;
	/** Of the variable or label that holds it. */
	readonly name: string | undefined;
	readonly place: Place;
}

const known = new WeakMap<Subject, readonly Credential[]>();

/** Looks at the whole file and not only at what is built: a credential in a Dockerfile has leaked wherever it stands. */
export function credentialsOf(subject: Subject): readonly Credential[] {
	const found =
		known.get(subject) ??
		subject.dockerfile.instructions
			.map(instruction => instruction.inner ?? instruction)
			.flatMap(instruction => [...findIn(subject, instruction)]);
	known.set(subject, found);
	return found;
}

function* findIn({file, dockerfile, buildArgs}: Subject, instruction: Instruction): Generator<Credential> {
	const {keyword, args, heredocs, line, span} = instruction;
	for (const text of [args, ...heredocs.map(({content}) => content)]) {
		for (const match of credentialsIn(text)) {
			const name = pairs(instruction, dockerfile.escape).find(({value}) =>
				value?.includes(match.value),
			)?.name;
			const source = new TextDecoder().decode(dockerfile.bytes.subarray(span.start, span.end));
			const place = {file, line: line + linesBefore(source, match.value)};
			yield {instruction, where: keyword, match, name, place};
		}
	}

	for (const {name} of keyword === 'ARG' ? pairs(instruction, dockerfile.escape) : []) {
		for (const match of credentialsIn(buildArgs.get(name) ?? '')) {
			yield {instruction, where: '--build-arg', match, name, place: {file, line}};
		}
	}
}

export function findingOf({match: {format, value}, where, name, place}: Credential): RuleFinding {
	const holder = name === undefined ? where : `${where} ${printable(name)}`;
	const {length} = value;
	return {
		result: 'fail',
		tier: format.tier,
		message: `${holder} holds ${format.title} (${length} characters), and whoever gets the image can read it: revoke it, then ${REMEDY}.`,
		place,
		observed: {kind: format.title, length},
	};
}

function pairs(instruction: Instruction, escapeBy: string): readonly Pair[] {
	return ['ENV', 'ARG', 'LABEL'].includes(instruction.keyword) ? pairsOf(instruction, escapeBy) : [];
}

// Zero when a continuation runs through the value: then the instruction's own line has to do.
function linesBefore(source: string, value: string): number {
	const at = source.indexOf(value);
	return at < 0 ? 0 : source.slice(0, at).split('\n').length - 1;
}
