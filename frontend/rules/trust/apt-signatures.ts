import {failAt} from '../package/finding.ts';
import type {Rule} from '../rule.ts';
import {carelessOption} from './flags.ts';
import {settingIn, textsOf} from './texts.ts';

const SETTING =
	/\b(AllowUnauthenticated|AllowInsecureRepositories|AllowWeakRepositories)["'=\s]{1,4}(?:true|yes|1)\b/i;

const options = carelessOption({
	programs: ['apt-get', 'apt', 'aptitude'],
	options: ['allow-unauthenticated', 'allow-insecure-repositories'],
	means: 'lets apt install packages of which nobody knows who made them',
	write: "leave it out, and name the repository's key with signed-by in its source",
});

export const aptSignatures: Rule = function* (subject, params) {
	yield* options(subject, params);
	for (const text of textsOf(subject)) {
		const setting = settingIn(text, SETTING);
		if (setting !== undefined) {
			const message = `${setting.name} lets apt install packages of which nobody knows who made them: leave it out, and name the repository's key with signed-by in its source.`;
			yield failAt(subject, setting, message);
		}
	}
};
