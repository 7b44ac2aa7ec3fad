import {hasOption} from '../../shell/options.ts';
import type {Rule} from '../rule.ts';
import {failAt} from './finding.ts';
import {runsOf} from './runs.ts';

/** Options of projects whose `configure` is not made by autoconf and knows no `--build`. */
const OTHERS =
	/^--(?:with-http_|with-stream|enable-lib|target-list|add-module|enable-gpl|with-cc-opt|openssldir|shared)/;

export const configureBuild: Rule = function* (subject) {
	for (const {script} of runsOf(subject)) {
		for (const command of script.commands) {
			const isConfigure = command.name === 'configure' && command.nameWord?.value?.includes('/') === true;
			const isAutoconf = command.args.every(({text}) => !OTHERS.test(text) && text !== '--help');
			if (isConfigure && isAutoconf && !hasOption(command, 'build', 'host')) {
				const message =
					'configure guesses the machine from the kernel that builds, which is wrong for another architecture: write --build="$(dpkg-architecture -qDEB_BUILD_GNU_TYPE)", or the like.';
				yield failAt(subject, command, message);
			}
		}
	}
};
