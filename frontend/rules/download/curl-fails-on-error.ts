import type {Rule} from '../rule.ts';
import {curlDownloads, withLetter} from './curl-options.ts';
import {has} from './fetches.ts';

export const curlFailsOnError: Rule = function* (subject) {
	const {file} = subject;
	for (const fetch of curlDownloads(subject)) {
		if (!has(fetch.given, 'f', 'fail', 'fail-with-body')) {
			const edit = withLetter(fetch, 'f');
			yield {
				result: 'fail',
				message:
					'Without -f curl saves the page of an HTTP error as if it were the file, and calls that success: add -f.',
				place: {file, line: fetch.command.line},
				...(edit === undefined ? {} : {fix: {title: 'curl fails on an HTTP error', edits: [edit]}}),
			};
		}
	}
};
