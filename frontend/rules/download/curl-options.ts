import type {Edit} from '../../dockerfile/edit.ts';
import {insertAfter, replaceWord} from '../../shell/edits.ts';
import type {Subject} from '../rule.ts';
import {isLoopback} from './addresses.ts';
import {type Fetch, fetchesOf, has} from './fetches.ts';

/** Calls of curl that get a file: not those that look at an answer (`-I`, `-w`), or whose failure is meant. */
export function curlDownloads(subject: Subject): readonly Fetch[] {
	return fetchesOf(subject).filter(
		({tool, command, given, urls}) =>
			tool === 'curl' &&
			!command.isConditional &&
			!has(given, 'I', 'head', 'w', 'write-out', 'K', 'config', 'T', 'upload-file', 'M') &&
			!urls.every(({unquoted}) => isLoopback(unquoted)),
	);
}

/** Sends something, so it is no mere download. */
export function isSending({given}: Fetch): boolean {
	return has(
		given,
		...['d', 'data', 'data-raw', 'data-binary', 'data-urlencode', 'json', 'F', 'form', 'X', 'request'],
	);
}

/** Adds an option without a value: to the letters that come first, or behind the name. */
export function withLetter({command: {args, nameWord}}: Fetch, letter: string): Edit | undefined {
	const [first] = args;
	if (first !== undefined && /^-[a-zA-Z#]/.test(first.text)) {
		return replaceWord(first, `-${letter}${first.text.slice(1)}`);
	}
	return nameWord === undefined ? undefined : insertAfter(nameWord, ` -${letter}`);
}
