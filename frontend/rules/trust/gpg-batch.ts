import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Command} from '../../shell/script.ts';
import {failAt, fixOf} from '../package/finding.ts';
import {runsOf} from '../package/runs.ts';
import type {Rule} from '../rule.ts';

/** What means the same with and without somebody to ask. */
const ACTS = ['verify', 'recv-keys', 'recv-key', 'recv', 'import', 'dearmor', 'refresh-keys', 'locate-keys'];

export const gpgBatch: Rule = function* (subject) {
	for (const command of runsOf(subject).flatMap(({script}) => script.commands)) {
		const isGpg = command.name === 'gpg' || command.name === 'gpg2';
		const {nameWord} = command;
		if (isGpg && nameWord !== undefined && hasOption(command, ...ACTS) && !hasOption(command, 'batch')) {
			const message =
				'gpg may ask here, and its messages and exit codes are made for people: write gpg --batch, which is made for scripts.';
			yield failAt(subject, command, message, fixOf('--batch', insertAfter(nameWord, ' --batch')));
		}
		if ((isGpg || command.name === 'apt-key') && usesDeadPool(command)) {
			const message =
				'The pool of key servers that is named here answers no more: write keys.openpgp.org or keyserver.ubuntu.com, and the key by its whole fingerprint.';
			yield failAt(subject, command, message);
		}
	}
};

function usesDeadPool({args}: Command): boolean {
	return args.some(({text}) => text.includes('sks-keyservers.net'));
}
