import {printable} from '../../../policies/secret-names.ts';
import {isUrlFormat} from '../../../policies/token-formats.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Rule} from '../rule.ts';
import {credentialsOf, findingOf} from './credentials.ts';
import {literalMount} from './literal-mount.ts';

/** Everything but ENV and ARG: the text of steps, labels, commands and heredocs stays in the image's history or layers. */
export const noCredentialsInHistory: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const credential of credentialsOf(subject)) {
		const {keyword} = credential.instruction;
		if (keyword !== 'ENV' && keyword !== 'ARG' && !isUrlFormat(credential.match.format)) {
			yield {...findingOf(credential), ...repairableBy(repair(() => literalMount(subject, credential)))};
		}
	}

	for (const {key, title, tier} of subject.request?.heldByLabels ?? []) {
		const message = `--label ${printable(key)} holds ${title}, and whoever gets the image can read it: revoke it, and leave it out.`;
		yield {result: 'fail', tier, message, place: {file: subject.file, line: subject.target.from.line}};
	}
};
