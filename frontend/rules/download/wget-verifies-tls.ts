import {withoutOption} from '../../shell/getopt.ts';
import type {Rule} from '../rule.ts';
import {isLoopback} from './addresses.ts';
import {fetchesOf, given} from './fetches.ts';
import {unverified} from './unverified.ts';
import {writtenInto} from './written.ts';

/** Everything that a RUN fetches becomes part of the image, so the sender must be known. */
export const wgetVerifiesTls: Rule = function* (subject) {
	for (const {command, tool, given: args, urls} of fetchesOf(subject)) {
		const option = tool === 'wget' ? given(args, 'no-check-certificate') : undefined;
		if (option === undefined || urls.every(({unquoted}) => isLoopback(unquoted))) {
			continue;
		}
		yield unverified(subject, {
			line: option.word.line,
			message:
				"wget is called with --no-check-certificate, so anybody on the way can answer in the server's place: leave it out, and install ca-certificates or name your own authority with --ca-certificate.",
			what: '--no-check-certificate',
			without: withoutOption(command, option),
		});
	}

	for (const {text, line} of writtenInto(subject, '.wgetrc', 'wgetrc')) {
		if (/check_?certificate\s{0,9}=\s{0,9}(?:off|0|no|false)/i.test(text)) {
			const message =
				"From here on every wget accepts any certificate, so anybody on the way can answer in the server's place: leave check_certificate out of wgetrc.";
			yield unverified(subject, {line, message, what: 'check_certificate', without: undefined});
		}
	}
};
