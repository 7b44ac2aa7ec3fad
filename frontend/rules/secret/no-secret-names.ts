import type {Place} from '../../../policies/finding.ts';
import type {Instruction} from '../../dockerfile/ast.ts';
import {type Pair, pairsOf} from '../../dockerfile/pairs.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {credentialsIn, isPlaceholder, type Match} from './token-formats.ts';

const REMEDY =
	'give it to the step that needs it with RUN --mount=type=secret, or to the container as a mounted file';

/** Looks at the whole file and not only at what is built: a credential in a Dockerfile has leaked wherever it stands. */
export const noSecretNames: Rule = function* (subject) {
	for (const instruction of subject.dockerfile.instructions.map(({inner, ...outer}) => inner ?? outer)) {
		const known = [...findCredentials(subject, instruction)];
		yield* known.map(({finding}) => finding);
		// A name adds nothing to what its value has already said.
		yield* findNames(subject, instruction, new Set(known.map(({name}) => name)));
	}
};

interface Known {
	readonly finding: RuleFinding;
	readonly name: string | undefined;
}

function* findCredentials(
	{file, dockerfile, buildArgs}: Subject,
	instruction: Instruction,
): Generator<Known> {
	const {keyword, args, heredocs, line, span} = instruction;
	for (const text of [args, ...heredocs.map(({content}) => content)]) {
		for (const match of credentialsIn(text)) {
			const name = pairs(instruction, dockerfile.escape).find(({value}) =>
				value?.includes(match.value),
			)?.name;
			const source = new TextDecoder().decode(dockerfile.bytes.subarray(span.start, span.end));
			const place = {file, line: line + linesBefore(source, match.value)};
			yield {finding: findingOf(match, keyword, name, place), name};
		}
	}

	for (const {name} of keyword === 'ARG' ? pairs(instruction, dockerfile.escape) : []) {
		for (const match of credentialsIn(buildArgs.get(name) ?? '')) {
			yield {finding: findingOf(match, '--build-arg', name, {file, line}), name};
		}
	}
}

function findingOf(
	{format, value}: Match,
	keyword: string,
	name: string | undefined,
	place: Place,
): RuleFinding {
	const where = name === undefined ? keyword : `${keyword} ${printable(name)}`;
	const {length} = value;
	return {
		result: 'fail',
		tier: format.tier,
		message: `${where} holds ${format.title} (${length} characters), and whoever gets the image can read it: revoke it, then ${REMEDY}.`,
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

// Words that name a secret when they are the whole name or a part of it between underscores.
const SECRET_NAME =
	/(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|SECRETS|TOKEN|APIKEY|API_KEY|PRIVATE_?KEY|ACCESS_?KEY|SECRET_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|CREDENTIALS?)(?:_BASE64)?(?:_|$)/i;
// What follows says that it is about a secret and is none: where it lies, what it is called, how long it lives.
const HARMLESS_NAME =
	/(?:^|_)(?:PUBLIC|FILE|PATH|DIR|NAME|URL|URI|ENDPOINT|HEADER|TTL|EXPIRY|EXPIRES?|EXPIRATION|LENGTH|SIZE|LIMIT|COUNT|POLICY|TYPE|ALGORITHM|ENABLED|DISABLED|REQUIRED|ISSUER|AUDIENCE|ID)$|^(?:OLD)?PWD$|(?:^|_)PUBLIC_/i;

function* findNames(
	{file, dockerfile, buildArgs}: Subject,
	instruction: Instruction,
	known: ReadonlySet<string | undefined>,
): Generator<RuleFinding> {
	const {keyword} = instruction;
	for (const {name, value, line} of keyword === 'LABEL' ? [] : pairsOf(instruction, dockerfile.escape)) {
		if (known.has(name) || !SECRET_NAME.test(name) || HARMLESS_NAME.test(name)) {
			continue;
		}

		const given = keyword === 'ARG' ? buildArgs.get(name) : undefined;
		const said = wordsFor(keyword, value === undefined ? undefined : unquoted(value), given);
		if (said !== undefined) {
			const message = `${keyword} ${printable(name)} is named like a secret and ${said}: ${REMEDY}.`;
			yield {result: 'fail', tier: 'T2', message, place: {file, line}, observed: {name: printable(name)}};
		}
	}
}

function wordsFor(keyword: string, value: string | undefined, given: string | undefined): string | undefined {
	if (given !== undefined && given !== '') {
		return `was given with --build-arg (${given.length} characters), which stays in the image's history`;
	}

	if (value === undefined) {
		return keyword === 'ARG'
			? "asks for it as a build argument, which stays in the image's history"
			: undefined;
	}

	return isHarmlessValue(value)
		? undefined
		: `has a value (${value.length} characters) that stays in the image`;
}

// Empty, a flag, a small number, a path, another variable, or plainly not meant: none of these is a secret.
function isHarmlessValue(value: string): boolean {
	return /^(?:|true|false|yes|no|on|off|none|null|\d{1,5}|\/.*|\$.*)$/is.test(value) || isPlaceholder(value);
}

function unquoted(value: string): string {
	return value.replace(/^(["'])(.*)\1$/s, '$2');
}

// Names come from the file: nothing but printable ASCII of them is shown.
function printable(name: string): string {
	return name.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 80);
}
