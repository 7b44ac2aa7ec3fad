import type {Rule} from '../rule.ts';
import {remoteSources, shownUrl} from './remote-source.ts';

/** What a server hands out is taken for what was meant, unless its digest is written down. */
export const addChecksum: Rule = function* (subject) {
	for (const {kind, url, instruction, hasChecksum} of remoteSources(subject)) {
		if (kind === 'http' && !hasChecksum) {
			const message = `Nothing checks what ${shownUrl(url)} delivers: write ADD --checksum=sha256:… with the digest of the file that was reviewed.`;
			yield {
				result: 'fail',
				message,
				place: {file: subject.file, line: instruction.line, endLine: instruction.endLine},
			};
		}
	}
};
