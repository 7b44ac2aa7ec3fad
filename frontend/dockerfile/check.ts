import type {Instruction} from './ast.ts';
import {encode, skipSpace, toLower} from './bytes.ts';
import {ParseError, type ParseErrorCode, quoted} from './error.ts';
import {openingOf} from './heredoc.ts';
import {nearestOf} from './nearest.ts';

type Check = (instruction: Instruction) => void;

/** Every instruction that BuildKit knows, and what it refuses in its arguments. Flags are left to BuildKit. */
const checks: Readonly<Record<string, Check>> = {
	ADD: refuseCopy,
	ARG: refuseArg,
	CMD: () => {},
	COPY: refuseCopy,
	ENTRYPOINT: () => {},
	ENV: refusePairs,
	EXPOSE: refuseEmpty,
	FROM: refuseFrom,
	HEALTHCHECK: refuseHealthcheck,
	LABEL: refusePairs,
	MAINTAINER: refuseEmpty,
	ONBUILD: refuseTrigger,
	RUN: () => {},
	SHELL: refuseShell,
	STOPSIGNAL: refuseEmpty,
	USER: refuseEmpty,
	VOLUME: refuseVolume,
	WORKDIR: refuseEmpty,
};

/** @throws {ParseError} for an instruction that BuildKit does not know, or whose arguments it would refuse */
export function refuseInstruction(instruction: Instruction): void {
	const check = checks[instruction.keyword];
	if (check === undefined) {
		const {keyword, line} = instruction;
		if (keyword.includes('\0')) {
			throw new ParseError(
				'DOCKERFILE_NOT_TEXT',
				`Line ${line} begins with NUL bytes, so this is no text that BuildKit reads; save the file as UTF-8`,
				{line},
			);
		}
		const near = nearestOf(keyword, Object.keys(checks));
		const hint = near === undefined ? 'correct the word' : `write ${near} if that was meant`;
		throw new ParseError(
			'DOCKERFILE_UNKNOWN_INSTRUCTION',
			`Line ${line} begins with ${quoted(keyword)}, which is no instruction; ${hint}, or end the line before with the escape character if this line continues it`,
			{line},
		);
	}
	check(instruction);
}

/** What an ONBUILD may hold is known before the rest of it is read. */
export function refuseOnbuild(inner: string, line: number): void {
	if (inner === 'ONBUILD' || inner === 'FROM' || inner === 'MAINTAINER') {
		throw new ParseError(
			'DOCKERFILE_BAD_ONBUILD',
			`Line ${line} has ${inner} inside ONBUILD, which BuildKit does not allow; use another instruction`,
			{line},
		);
	}
}

export function refuseNotStrings(keyword: string, line: number): ParseError {
	return new ParseError(
		'DOCKERFILE_BAD_JSON',
		`Line ${line}: the JSON array of ${keyword} may hold strings only; put quotes around every item`,
		{line},
	);
}

function refuse(
	{keyword, line}: Instruction,
	what: string,
	code: ParseErrorCode = 'DOCKERFILE_BAD_ARGUMENTS',
): never {
	throw new ParseError(code, `Line ${line}: ${keyword} ${what}`, {line});
}

function refuseEmpty(instruction: Instruction): void {
	if (instruction.words.length === 0) {
		refuse(instruction, 'has no argument; write one after it');
	}
}

function refuseCopy(instruction: Instruction): void {
	const {json, words} = instruction;
	const paths = json ?? words.map(word => word.text);
	const destination = paths.at(-1);
	if (destination === undefined || paths.length < 2) {
		refuse(instruction, 'needs at least a source and a destination');
	}
	if (opensHeredoc(destination)) {
		refuse(instruction, 'has a heredoc where the destination should be; write the destination last');
	}
}

function opensHeredoc(path: string): boolean {
	try {
		return openingOf(path) !== undefined;
	} catch (error) {
		if (error instanceof ParseError) {
			return false;
		}
		throw error;
	}
}

function refuseArg(instruction: Instruction): void {
	refuseEmpty(instruction);
	refuseBlankName(instruction);
}

// Of what ONBUILD holds, BuildKit refuses now only what its parser cannot split; the rest is judged in the child's build.
function refuseTrigger(instruction: Instruction): void {
	refuseEmpty(instruction);
	const keyword = instruction.inner?.keyword;
	if (instruction.inner !== undefined && (keyword === 'ENV' || keyword === 'LABEL')) {
		refuseStray(instruction.inner);
	}
}

function refusePairs(instruction: Instruction): void {
	refuseEmpty(instruction);
	refuseStray(instruction);
	refuseBlankName(instruction);
}

function refuseStray(instruction: Instruction): void {
	const stray = instruction.words.find(({pair}) => pair?.value === undefined);
	if (stray !== undefined) {
		refuse(
			instruction,
			`has ${quoted(stray.text)} without a value; write NAME=value, and quote a value with spaces`,
		);
	}
}

function refuseBlankName(instruction: Instruction): void {
	const blank = instruction.words.find(({pair}) => pair?.name === '');
	if (blank !== undefined) {
		refuse(instruction, `has ${quoted(blank.text)} without a name before "="; write NAME=value`);
	}
}

function refuseVolume(instruction: Instruction): void {
	refuseEmpty(instruction);
	const paths = instruction.json ?? instruction.words.map(({text}) => text);
	if (paths.some(path => encode(path).length === skipSpace(encode(path), 0))) {
		refuse(instruction, 'has an empty path; name a directory');
	}
}

function refuseShell(instruction: Instruction): void {
	if (instruction.json === undefined || instruction.json.length === 0) {
		refuse(instruction, 'needs a JSON array, as in SHELL ["/bin/sh", "-c"]', 'DOCKERFILE_BAD_SHELL');
	}
}

function refuseHealthcheck(instruction: Instruction): void {
	refuseEmpty(instruction);
	const type = toLower(instruction.words[0]?.text ?? '');
	const hasCommand = instruction.words.length > 1;
	if (type === 'none') {
		if (hasCommand) {
			refuse(instruction, 'NONE takes no argument; remove what follows it');
		}
	} else if (type !== 'cmd') {
		refuse(instruction, 'begins neither with CMD nor with NONE; write HEALTHCHECK CMD and the command');
	} else if (!hasCommand) {
		refuse(instruction, 'CMD has no command; write one after it, or use HEALTHCHECK NONE');
	}
}

// Go compares with simple case folding, and so does the `iu` of JavaScript: the long s counts as an s.
const AS = /^as$/iu;

function refuseFrom(instruction: Instruction): void {
	const [, as, name] = instruction.words;
	const {length} = instruction.words;
	if (length !== 1 && (length !== 3 || !AS.test(as?.text ?? ''))) {
		refuse(instruction, 'needs an image alone, or an image, AS and a name');
	}
	if (name !== undefined && !/^[a-z][a-z0-9_.-]*$/.test(toLower(name.text))) {
		const rest = 'is no name for a stage; begin with a letter and use letters, digits, "-", "_" and "." only';
		refuse(instruction, `AS ${quoted(name.text)} ${rest}`, 'DOCKERFILE_BAD_STAGE_NAME');
	}
}
