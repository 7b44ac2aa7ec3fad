import {LineCounter, parseDocument} from 'yaml';
import {type Bundle, readBundle} from './bundle.ts';
import {PolicyError} from './error.ts';
import {repeatedKey} from './repeated-key.ts';

/** Largest bundle that is read, in characters: a bundle of all controls is a tenth of it. */
const MAX_LENGTH = 256 * 1024;

/**
 * YAML text → Bundle, as `readBundle` does it, with lines.
 * @param file name used in messages
 * @throws {PolicyError} with the line to blame
 */
export function parseBundle(text: string, file: string): Bundle {
	if (text.length > MAX_LENGTH) {
		throw new PolicyError(
			'POLICY_BAD_YAML',
			`${file} is larger than ${MAX_LENGTH} characters; a bundle never needs that much`,
		);
	}

	const counter = new LineCounter();
	const parsed = parseDocument(text, {lineCounter: counter, uniqueKeys: false});
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
	return readBundle(documentOf(parsed, file), file, lineOf);
}

/** A bundle has no use for YAML aliases, and an enemy has ("billion laughs"). */
function documentOf(parsed: ReturnType<typeof parseDocument>, file: string): unknown {
	try {
		return parsed.toJS({maxAliasCount: 0});
	} catch (cause) {
		const message = `${file}: YAML aliases are not read here; write the value out`;
		throw new PolicyError('POLICY_BAD_YAML', message, undefined, {cause});
	}
}
