import type {Rule} from '../rule.ts';
import {unverified} from './unverified.ts';
import {settingsOf} from './variables.ts';

const NAME = 'NODE_TLS_REJECT_UNAUTHORIZED';

/** In an ENV it does not only weaken the build: the program that the image is for trusts everybody, too. */
export const nodeVerifiesTls: Rule = function* (subject) {
	for (const {value, line, without} of settingsOf(subject, name => name === NAME)) {
		if (value === '0') {
			const message = `${NAME}=0 makes every Node program accept any certificate: take it out, and name your own authority in NODE_EXTRA_CA_CERTS.`;
			yield unverified(subject, {line, message, what: NAME, without});
		}
	}
};
