import {isUrlFormat} from '../../../policies/token-formats.ts';
import {firstRepairs, repairableBy} from '../repairable.ts';
import type {Fix, Rule, Subject} from '../rule.ts';
import {argumentMount} from './argument-mount.ts';
import {type Credential, credentialsOf, findingOf} from './credentials.ts';

/** What ENV and ARG hold: it stays in the image's configuration, and every process of the container sees it. */
export const noLiteralCredentials: Rule = function* (subject) {
	const repair = firstRepairs();
	for (const credential of credentialsOf(subject)) {
		const {keyword} = credential.instruction;
		if ((keyword === 'ENV' || keyword === 'ARG') && !isUrlFormat(credential.match.format)) {
			yield {...findingOf(credential), ...repairableBy(repair(() => fixOf(subject, credential)))};
		}
	}
};

/** What only steps see can be mounted; what the container sees is its owner's to give it. */
function fixOf(subject: Subject, {instruction, name}: Credential): Fix | undefined {
	const isPlain = instruction.keyword === 'ARG' && subject.isOffline !== false && name !== undefined;
	return isPlain && subject.dockerfile.instructions.includes(instruction)
		? argumentMount(subject, instruction, name, {mayHold: true})
		: undefined;
}
