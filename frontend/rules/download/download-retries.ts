import {insertAfter} from '../../shell/edits.ts';
import type {Rule} from '../rule.ts';
import {curlDownloads, isSending} from './curl-options.ts';
import {has} from './fetches.ts';

/** wget tries twenty times by itself. */
export const downloadRetries: Rule = function* (subject) {
	const {file} = subject;
	for (const fetch of curlDownloads(subject)) {
		const {given, files, command} = fetch;
		if (has(given, 'retry', 'retry-all-errors') || isSending(fetch)) {
			continue;
		}
		// What went down a pipe before the failure would go down it twice.
		const edit =
			files.length > 0 && command.nameWord ? insertAfter(command.nameWord, ' --retry 3') : undefined;
		yield {
			result: 'fail',
			message: 'One hiccup of the network fails this download, and the build with it: add --retry 3.',
			place: {file, line: command.line},
			...(edit === undefined ? {} : {fix: {title: 'curl tries again', edits: [edit]}}),
		};
	}
};
