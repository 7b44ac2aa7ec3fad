import {insertAfter} from '../../shell/edits.ts';
import {hasOption} from '../../shell/options.ts';
import type {Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import {installsOf} from './runs.ts';

const OPTION = '--no-install-recommends';
/** Set on the command line or in apt's configuration; or wanted. */
const SETTING = /Install-Recommends/i;

export const aptNoRecommends: Rule = function* (subject) {
	const isSet = subject.scripts.some(({text}) => SETTING.test(text));
	for (const {command, verb, verbWord} of isSet ? [] : installsOf(subject, 'apt')) {
		const isSaid = hasOption(
			command,
			'no-install-recommends',
			'install-recommends',
			'R',
			'without-recommends',
		);
		if (verb === 'install' && !isSaid) {
			const message = `apt also installs what these packages only recommend, which makes the image larger and gives an attacker more: write ${OPTION}, and name what is needed of them.`;
			yield failAt(subject, command, message, fixOf(OPTION, insertAfter(verbWord, ` ${OPTION}`)));
		}
	}
};
