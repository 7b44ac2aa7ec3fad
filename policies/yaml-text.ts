import {LineCounter, parseDocument} from 'yaml';
import {PolicyError} from './error.ts';
import type {Field} from './fields.ts';
import {repeatedKey} from './repeated-key.ts';

/** Largest document that is read, in characters: a bundle of all controls is a tenth of it. */
const MAX_LENGTH = 256 * 1024;
/** Deepest nesting that is read: a document that is right needs a third of it. */
const MAX_DEPTH = 24;

/**
 * YAML text → its document, as a field that knows its lines. What a policy has no use for and an enemy has is refused:
 * keys that come twice, aliases ("billion laughs"), several documents.
 * @param file name used in messages
 * @throws {PolicyError} with the line to blame
 */
export function openYaml(text: string, file: string): Field {
	if (text.length > MAX_LENGTH) {
		throw new PolicyError(
			'POLICY_BAD_YAML',
			`${file} is larger than ${MAX_LENGTH} characters; a policy document never needs that much`,
		);
	}

	// What a decoder leaves where bytes are no UTF-8. Nobody writes it on purpose, and two texts must not read as one.
	if (text.includes('\uFFFD')) {
		throw new PolicyError('POLICY_BAD_YAML', `${file} is not UTF-8 text; save it as that`);
	}

	const deep = lineNestedDeeper(text, MAX_DEPTH);
	if (deep !== undefined) {
		const message = `${file}:${deep}: this is nested more than ${MAX_DEPTH} deep; a policy document needs eight levels`;
		throw new PolicyError('POLICY_BAD_YAML', message, deep);
	}

	const counter = new LineCounter();
	const parsed = parseDocument(text, {lineCounter: counter, uniqueKeys: false, logLevel: 'error'});
	const [problem] = parsed.errors;
	if (problem !== undefined) {
		const line = counter.linePos(problem.pos[0]).line;
		throw new PolicyError('POLICY_BAD_YAML', `${file}:${line}: ${problem.message.split('\n')[0]}`, line);
	}

	const repeated = repeatedKey(parsed);
	if (repeated !== undefined) {
		const {line} = counter.linePos(repeated.offset);
		throw new PolicyError('POLICY_BAD_YAML', `${file}:${line}: ${repeated.message}`, line);
	}

	const lineOf = (...path: string[]): number | undefined => {
		const node: unknown = parsed.getIn(path, true);
		const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined;
		return Array.isArray(range) && typeof range[0] === 'number' ? counter.linePos(range[0]).line : undefined;
	};
	return {value: contentOf(parsed, file), path: [], file, lineOf};
}

function contentOf(parsed: ReturnType<typeof parseDocument>, file: string): unknown {
	try {
		return parsed.toJS({maxAliasCount: 0});
	} catch (cause) {
		const message = `${file}: YAML aliases are not read here; write the value out`;
		throw new PolicyError('POLICY_BAD_YAML', message, undefined, {cause});
	}
}

/**
 * The first line that is nested deeper: by flow brackets or by block indents, the two ways to nest. The parser recurses, so this
 * is looked at before it runs.
 */
export function lineNestedDeeper(text: string, most: number): number | undefined {
	let brackets = 0;
	for (const [index, line] of text.split('\n').entries()) {
		const indicators = line.match(/^[ \t]*(?:[-?:][ \t]+)*/)?.[0].match(/[-?:]/g)?.length ?? 0;
		const indent = line.length - line.trimStart().length;
		brackets += (line.match(/[[{]/g)?.length ?? 0) - (line.match(/[\]}]/g)?.length ?? 0);
		if (brackets > most || indicators > most || indent > most * 8) {
			return index + 1;
		}
	}

	return undefined;
}
