import {withoutOption} from '../../shell/getopt.ts';
import type {Rule} from '../rule.ts';
import {isLoopback} from './addresses.ts';
import {fetchesOf, given} from './fetches.ts';
import {unverified} from './unverified.ts';
import {writtenInto} from './written.ts';

/** Everything that a RUN fetches becomes part of the image, so the sender must be known. */
export const curlVerifiesTls: Rule = function* (subject) {
	for (const {command, tool, given: args, urls} of fetchesOf(subject)) {
		const option = tool === 'curl' ? given(args, 'k', 'insecure', 'proxy-insecure') : undefined;
		if (option === undefined || urls.every(({unquoted}) => isLoopback(unquoted))) {
			continue;
		}
		const what = option.at === 0 ? `--${option.name}` : `-${option.name}`;
		yield unverified(subject, {
			line: option.word.line,
			message: `curl is called with ${what}, so anybody on the way can answer in the server's place: leave it out, and install ca-certificates or name your own authority with --cacert.`,
			what,
			without: withoutOption(command, option),
		});
	}

	for (const {text, line} of writtenInto(subject, '.curlrc', '_curlrc')) {
		if (/(?:^|\\n|[\s"'-])(?:insecure|k)(?:$|\\n|[\s"'])/.test(text)) {
			const message =
				"From here on every curl accepts any certificate, so anybody on the way can answer in the server's place: leave insecure out of .curlrc.";
			yield unverified(subject, {line, message, what: 'insecure', without: undefined});
		}
	}
};
