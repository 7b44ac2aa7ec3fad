import type {Dockerfile, Instruction} from '../../frontend/dockerfile/ast.ts';

/** Our tree in the terms of BuildKit's nodes. */
export function answerOf({escape: escapeBy, instructions, stages}: Dockerfile) {
	return {
		escape: escapeBy,
		nodes: instructions.map(instruction => ({
			...nodeOf(instruction),
			start: instruction.line,
			end: instruction.endLine,
			heredocs: instruction.heredocs.map(each => [each.name, each.content, each.isExpanded, each.isChomped]),
		})),
		stages: stages.map(({name}) => name ?? ''),
	};
}

/** What each ONBUILD holds, by the place of the instruction. */
export function innerOf({instructions}: Dockerfile) {
	return instructions.map(({inner}) => (inner === undefined ? undefined : nodeOf(inner)));
}

function nodeOf(instruction: Omit<Instruction, 'heredocs'>) {
	return {
		value: instruction.keyword,
		flags: instruction.flags.map(({name, value}) => `--${name}${value === undefined ? '' : `=${value}`}`),
		args: argsOf(instruction),
		json: instruction.json !== undefined,
	};
}

function argsOf({keyword, args, words, json, inner}: Omit<Instruction, 'heredocs'>): readonly string[] {
	const items = json ?? words.map(({text}) => text);
	switch (keyword) {
		case 'ENV':
		case 'LABEL':
			return words.flatMap(({text, pair: {name = '', value = ''} = {}}) => [
				name,
				value,
				text.startsWith(`${name}=`) ? '=' : '',
			]);
		case 'HEALTHCHECK':
			return [...words.slice(0, 1).map(({text}) => text), ...(json ?? words.slice(1).map(({text}) => text))];
		case 'ONBUILD':
			return inner === undefined ? [] : [words[0]?.text ?? '', ...argsOf(inner)];
		case 'MAINTAINER':
		case 'STOPSIGNAL':
		case 'USER':
		case 'WORKDIR':
			return args === '' ? [] : [args];
		default:
			// BuildKit keeps nothing of an instruction that it does not know; it can only stand in an ONBUILD.
			return known.has(keyword) ? items : [''];
	}
}

const known = new Set([
	'ADD',
	'ARG',
	'CMD',
	'COPY',
	'ENTRYPOINT',
	'EXPOSE',
	'FROM',
	'RUN',
	'SHELL',
	'VOLUME',
]);
