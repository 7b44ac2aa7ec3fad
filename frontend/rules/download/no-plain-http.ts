import {quoted} from '../../dockerfile/error.ts';
import {replaceWord} from '../../shell/edits.ts';
import type {Command, Script, ShellWord} from '../../shell/script.ts';
import {ranCommands} from '../ran.ts';
import type {Rule, RuleFinding, Subject} from '../rule.ts';
import {hostOf, isInternal} from './addresses.ts';
import {fetchesOf} from './fetches.ts';
import {answersByTls} from './tls-hosts.ts';
import {settingsOf} from './variables.ts';
import {isVerifier} from './verification.ts';

const SCHEME = 'http://';
const HINT = 'write https://, or check a checksum in the same RUN';

export const noPlainHttp: Rule = function* (subject) {
	const found = [...added(subject), ...fetched(subject), ...installed(subject), ...configured(subject)];
	yield* found.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
};

function isPlain(url: string): boolean {
	return url.toLowerCase().startsWith(SCHEME) && hostOf(url) !== '' && !isInternal(url);
}

function finding({file}: Subject, url: string, line: number, word?: ShellWord): RuleFinding {
	const at = word?.text.toLowerCase().indexOf(SCHEME) ?? -1;
	const edit =
		word === undefined || at === -1 || !answersByTls(hostOf(url))
			? undefined
			: replaceWord(word, `${word.text.slice(0, at)}https://${word.text.slice(at + SCHEME.length)}`);
	return {
		result: 'fail',
		message: `What comes from ${quoted(hostOf(url))} over http:// can be changed by anybody on the way: ${HINT}.`,
		place: {file, line},
		...(edit === undefined ? {} : {fix: {title: 'https instead of http', edits: [edit]}}),
	};
}

function* added(subject: Subject): Generator<RuleFinding> {
	for (const {instruction, stage, expand} of subject.steps) {
		const isAdd = instruction.keyword === 'ADD' && subject.roleOf(stage) !== 'unused';
		const isChecked = instruction.flags.some(({name}) => name === 'checksum');
		const sources = isAdd && !isChecked ? (instruction.json ?? instruction.words.map(({text}) => text)) : [];
		for (const source of sources.slice(0, -1)) {
			const url = expand(source) ?? '';
			if (isPlain(url)) {
				yield finding(subject, url, instruction.line);
			}
		}
	}
}

function* fetched(subject: Subject): Generator<RuleFinding> {
	const isChecked = checkedScripts();
	for (const {command, urls} of fetchesOf(subject)) {
		const plain = urls.filter(({unquoted}) => isPlain(addressIn(unquoted)));
		// A checksum from elsewhere does what TLS would have done.
		if (plain.length > 0 && !isChecked(command.script)) {
			yield* plain.map(word => finding(subject, addressIn(word.unquoted), word.line, word));
		}
	}
}

/** Asks each script once. */
function checkedScripts(): (script: Script) => boolean {
	const known = new Map<Script, boolean>();
	return script => {
		const isChecked = known.get(script) ?? script.commands.some(isVerifier);
		known.set(script, isChecked);
		return isChecked;
	};
}

function addressIn(text: string): string {
	return text.startsWith('-') ? text.slice(text.indexOf('=') + 1) : text;
}

/** Package managers that check no signature of what they get from an address. APT, apk and repositories of RPM check one. */
const INSTALLERS: Readonly<Record<string, (before: string) => boolean>> = {
	git: before => !/insteadof$/i.test(before),
	pip: isIndex,
	pip2: isIndex,
	pip3: isIndex,
	python: isIndex,
	python3: isIndex,
	uv: isIndex,
	npm: isRegistry,
	pnpm: isRegistry,
	yarn: isRegistry,
	gem: isNoProxy,
	rpm: isNoProxy,
	yum: isNoProxy,
	dnf: isNoProxy,
	'apt-key': isNoProxy,
	helm: isNoProxy,
	svn: isNoProxy,
	aria2c: isNoProxy,
};

function isIndex(before: string): boolean {
	return /^(?:-i|-f|--(?:extra-)?index-url|--find-links|--(?:default-)?index|install|[a-z]{1,20}\.(?:extra-)?index-url)$/.test(
		before,
	);
}

function isRegistry(before: string): boolean {
	return before.endsWith('registry');
}

function isNoProxy(before: string): boolean {
	return !before.includes('proxy') && before !== '-p' && before !== '--add-repo';
}

const GIT_FETCHES: ReadonlySet<string> = new Set([
	'clone',
	'fetch',
	'pull',
	'submodule',
	'remote',
	'ls-remote',
]);

function* installed(subject: Subject): Generator<RuleFinding> {
	for (const command of ranCommands(subject, ...Object.keys(INSTALLERS))) {
		for (const {word, url} of addressesOf(command)) {
			yield finding(subject, url, word.line, word);
		}
	}
}

function addressesOf(command: Command): readonly {readonly word: ShellWord; readonly url: string}[] {
	const isTaken = INSTALLERS[command.name];
	const {args} = command;
	if (
		isTaken === undefined ||
		(command.name === 'git' && !args.some(({value = ''}) => GIT_FETCHES.has(value)))
	) {
		return [];
	}
	return args.flatMap((word, at) => {
		const {unquoted} = word;
		const equals = unquoted.indexOf('=http');
		const url = equals === -1 ? unquoted : unquoted.slice(equals + 1);
		const before = equals === -1 ? (args[at - 1]?.unquoted ?? '') : unquoted.slice(0, equals);
		return isPlain(url) && isTaken(before) ? [{word, url}] : [];
	});
}

const INDEXES: ReadonlySet<string> = new Set([
	...['pip_index_url', 'pip_extra_index_url', 'uv_index_url', 'uv_default_index', 'npm_config_registry'],
	...['yarn_registry', 'yarn_npm_registry_server', 'goproxy'],
]);

function* configured(subject: Subject): Generator<RuleFinding> {
	for (const {value, line} of settingsOf(subject, name => INDEXES.has(name.toLowerCase()))) {
		if (isPlain(value)) {
			yield finding(subject, value, line);
		}
	}
}
