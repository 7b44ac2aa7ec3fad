import {withoutCommand} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {failAt, fixOf} from './finding.ts';
import {invocationsOf} from './runs.ts';

export const noUpgrade: Rule = function* (subject) {
	for (const {command, act, verb, operands} of invocationsOf(subject, 'apt', 'apk', 'yum', 'dnf', 'zypper')) {
		// With packages named it is those that are wanted newer.
		if (act === 'upgrade' && operands.length === 0) {
			const message = `${command.name} ${verb} makes the image depend on the day it is built: take a newer base image by its digest, and name the packages that must be newer.`;
			yield failAt(subject, command, message, fixOf('without the upgrade', withoutCommand(command)));
		}
	}
};
