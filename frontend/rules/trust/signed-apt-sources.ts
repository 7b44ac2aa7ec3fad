import type {Command} from '../../shell/script.ts';
import {failAt} from '../package/finding.ts';
import {runsOf} from '../package/runs.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {settingIn, textsOf} from './texts.ts';

const ONE_LINE =
	/\bdeb(?:-src)? \[[^\]\n]{0,200}?\b((?:trusted|allow-insecure)=yes)\b[^\]\n]{0,200}\](?! {0,9}(?:file|copy|cdrom):)/;
const PARAGRAPH = /^[ \t]{0,8}((?:Trusted|Allow-Insecure): ?yes)\b/im;
/** Packages that the build has itself. */
const LOCAL = /^[ \t]{0,8}URIs: ?(?:file|copy|cdrom):/im;
const KEY = 'save the key to a file in /etc/apt/keyrings, and name it with signed-by in the source';

export const signedAptSources: Rule = function* (subject) {
	for (const text of textsOf(subject)) {
		const setting =
			settingIn(text, ONE_LINE) ?? (LOCAL.test(text.text) ? undefined : settingIn(text, PARAGRAPH));
		if (setting !== undefined) {
			const message = `${setting.name} lets apt install what this source offers without asking who signed it: ${KEY}.`;
			yield failAt(subject, setting, message);
		}
	}
	for (const {script} of runsOf(subject)) {
		yield* keysIn(script.commands, subject);
	}
};

function* keysIn(commands: readonly Command[], subject: Subject): Generator<RuleFinding> {
	let loaded: Command | undefined;
	for (const command of commands) {
		// What it gets through the pipe comes from the last program that loads something.
		loaded = command.joint === '|' ? loaded : undefined;
		loaded = command.name === 'curl' || command.name === 'wget' ? command : loaded;
		const wrong = wrongWith(command, loaded);
		if (wrong !== undefined) {
			yield failAt(subject, command, `${wrong}: ${KEY}.`);
		}
	}
}

function wrongWith({name, args}: Command, loaded: Command | undefined): string | undefined {
	const texts = args.map(({unquoted}) => unquoted);
	const isPlain = loaded?.args.some(({unquoted}) => unquoted.startsWith('http://')) === true;
	const isImport = name === 'gpg' && texts.some(text => text === '--dearmor' || text === '--import');
	if (isPlain && (isImport || name === 'apt-key')) {
		return 'The key with which packages are checked comes over http://, so whoever is on the way can give their own';
	}
	if (name !== 'apt-key') {
		return undefined;
	}
	if (texts.includes('--fetch-keys') || (texts[0] === 'add' && loaded !== undefined)) {
		return 'apt-key lets this downloaded key sign the packages of every repository, those of the distribution too, and newer systems no longer have it';
	}
	const isShort =
		texts.some(text => text.startsWith('--recv')) && texts.some(text => /^(?:0x)?[\dA-F]{8}$/i.test(text));
	return isShort
		? "A key named by eight digits may be anybody's, because such keys can be made on purpose"
		: undefined;
}
