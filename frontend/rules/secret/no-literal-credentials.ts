import type {Rule} from '../rule.ts';
import {credentialsOf, findingOf} from './credentials.ts';
import {isUrlFormat} from './token-formats.ts';

/** What ENV and ARG hold: it stays in the image's configuration, and every process of the container sees it. */
export const noLiteralCredentials: Rule = function* (subject) {
	for (const credential of credentialsOf(subject)) {
		const {keyword} = credential.instruction;
		if ((keyword === 'ENV' || keyword === 'ARG') && !isUrlFormat(credential.match.format)) {
			yield findingOf(credential);
		}
	}
};
