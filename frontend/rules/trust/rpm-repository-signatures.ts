import {failAt} from '../package/finding.ts';
import type {Rule} from '../rule.ts';
import {carelessOption} from './flags.ts';
import {settingIn, textsOf} from './texts.ts';

/** `repo_gpgcheck` asks for more than the packages' own signatures, and is off by default. `s/gpgcheck=0/gpgcheck=1/` switches on.
 * git's `http.sslVerify` is another. */
const SETTING =
	/(?<!\w)(?<!http\.)(gpgcheck|pkg_gpgcheck|sslverify) ?= ?["']?(?:0|[Ff]alse|no)\b(?!\/d)(?!.?(?:gpgcheck|sslverify) ?= ?1)/;
const ELSE = "leave it out, and import the repository's key first";

const options = carelessOption({
	programs: ['yum', 'dnf', 'dnf5', 'microdnf', 'tdnf', 'zypper'],
	options: ['nogpgcheck', 'no-gpgcheck', 'no-gpgchecks', 'no-gpg-checks', 'no-gpg-check'],
	means: 'lets packages be installed that nobody has signed, or that somebody has changed on the way',
	write: ELSE,
});

export const rpmRepositorySignatures: Rule = function* (subject, params) {
	yield* options(subject, params);
	for (const text of textsOf(subject)) {
		const setting = settingIn(text, SETTING);
		if (setting !== undefined) {
			const isTls = setting.name.toLowerCase() === 'sslverify';
			const what = isTls
				? 'anybody on the way answer for the repository'
				: 'packages be installed that nobody has signed';
			const otherwise = isTls ? "leave it out, and add the certificate authority's certificate" : ELSE;
			const message = `${setting.name} switched off lets ${what}: ${otherwise}.`;
			yield failAt(subject, setting, message);
		}
	}
};
