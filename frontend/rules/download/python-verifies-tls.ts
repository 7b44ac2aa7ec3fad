import {ranCommands, withoutCommand} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {isNo, unverified} from './unverified.ts';
import {settingsOf} from './variables.ts';

const NAMES: ReadonlySet<string> = new Set(['PYTHONHTTPSVERIFY', 'CONDA_SSL_VERIFY']);

export const pythonVerifiesTls: Rule = function* (subject) {
	for (const {name, value, line, without} of settingsOf(subject, each => NAMES.has(each))) {
		if (isNo(value)) {
			const message = `${name}=${value} makes Python accept any certificate: take it out, and name your own authority in SSL_CERT_FILE or REQUESTS_CA_BUNDLE.`;
			yield unverified(subject, {line, message, what: name, without});
		}
	}

	for (const command of ranCommands(subject, 'conda', 'mamba', 'micromamba')) {
		const at = command.args.findIndex(({value}) => value === 'ssl_verify');
		if (command.args[0]?.value === 'config' && at !== -1 && isNo(command.args[at + 1]?.value)) {
			const message =
				"ssl_verify is switched off, so conda takes packages from anybody who answers in the server's place: take it out, or set ssl_verify to the file of your own authority.";
			yield unverified(subject, {
				line: command.args[at]?.line ?? command.line,
				message,
				what: 'ssl_verify',
				without: withoutCommand(command),
			});
		}
	}
};
