import {subcommandOf} from '../../shell/options.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import type {Rule} from '../rule.ts';
import {shownRef} from './image-name.ts';

interface Bad {
	readonly name: string;
	readonly versions: readonly string[];
	readonly why: string;
}

/**
 * Versions that nobody may install: published with malware in them, or so well known for a hole that it has a name. Only where a
 * version means what its makers released: distributions repair under old numbers.
 */
const packages: Readonly<Record<'npm' | 'pip' | 'source', readonly Bad[]>> = {
	npm: [
		{name: 'event-stream', versions: ['3.3.6'], why: 'it was published with malware in it'},
		{
			name: 'ua-parser-js',
			versions: ['0.7.29', '0.8.0', '1.0.0'],
			why: 'it was published with malware in it',
		},
		{
			name: 'coa',
			versions: ['2.0.3', '2.0.4', '2.1.1', '2.1.3', '3.0.1', '3.1.3'],
			why: 'it was published with malware in it',
		},
		{name: 'rc', versions: ['1.2.9', '1.3.9', '2.3.9'], why: 'it was published with malware in it'},
		{name: 'node-ipc', versions: ['10.1.1', '10.1.2'], why: 'it was published with malware in it'},
		{name: 'eslint-scope', versions: ['3.7.2'], why: 'it was published with malware in it'},
	],
	pip: [
		{
			name: 'ultralytics',
			versions: ['8.3.41', '8.3.42', '8.3.45', '8.3.46'],
			why: 'it was published with malware in it',
		},
		{name: 'ctx', versions: ['0.1.2', '0.2.2', '0.2.6'], why: 'it was published with malware in it'},
	],
	source: [
		{
			name: 'openssl',
			versions: ['1.0.1', '1.0.1a', '1.0.1b', '1.0.1c', '1.0.1d', '1.0.1e', '1.0.1f'],
			why: 'it hands out its memory (Heartbleed)',
		},
		{
			name: 'openssl',
			versions: ['3.0.0', '3.0.1', '3.0.2', '3.0.3', '3.0.4', '3.0.5', '3.0.6'],
			why: 'a certificate can overflow its stack',
		},
		{name: 'xz', versions: ['5.6.0', '5.6.1'], why: 'it was published with a back door in it'},
		{
			name: 'log4j-core',
			versions: [
				'2.0',
				'2.8.2',
				'2.9.1',
				'2.10.0',
				'2.11.0',
				'2.11.1',
				'2.11.2',
				'2.12.0',
				'2.12.1',
				'2.13.0',
				'2.13.1',
				'2.13.2',
				'2.13.3',
				'2.14.0',
				'2.14.1',
			],
			why: 'it runs code that anybody sends it (Log4Shell)',
		},
	],
};

export const noVulnerableVersion: Rule = function* ({commandsNamed, needed, file}) {
	const built = new Set(needed);
	const commands = commandsNamed('npm', 'yarn', 'pnpm', 'pip', 'pip3', 'uv', 'curl', 'wget');
	for (const command of commands.filter(({script}) => built.has(script.stage))) {
		for (const word of command.args) {
			const bad = badIn(command, word);
			if (bad !== undefined) {
				const message = `This installs ${shownRef(bad.what)}, and ${bad.why}: install a later version.`;
				yield {result: 'fail', message, place: {file, line: word.line}};
			}
		}
	}
};

function badIn(
	command: Command,
	{value = ''}: ShellWord,
): {readonly what: string; readonly why: string} | undefined {
	switch (command.name) {
		case 'npm':
		case 'yarn':
		case 'pnpm':
			return isInstall(command)
				? found(packages.npm, value, (name, version) => `${name}@${version}`)
				: undefined;
		case 'pip':
		case 'pip3':
		case 'uv':
			return found(packages.pip, value.toLowerCase(), (name, version) => `${name}==${version}`);
		default:
			return ofUrl(value);
	}
}

function isInstall(command: Command): boolean {
	return ['install', 'i', 'add', 'global'].includes(subcommandOf(command) ?? '');
}

function found(
	list: readonly Bad[],
	text: string,
	write: (name: string, version: string) => string,
): {readonly what: string; readonly why: string} | undefined {
	const bad = list.find(({name, versions}) => versions.some(version => write(name, version) === text));
	return bad === undefined ? undefined : {what: text, why: bad.why};
}

/** A download says what it is by its last part: `openssl-1.0.1f.tar.gz`. */
function ofUrl(url: string): {readonly what: string; readonly why: string} | undefined {
	const name = /^https?:\/\//.test(url) ? url.slice(url.lastIndexOf('/') + 1) : '';
	const [what = ''] = /^[\w.-]*?(?=\.(?:tar|tgz|zip|jar|tbz|txz)\b)/.exec(name) ?? [];
	return what === '' ? undefined : found(packages.source, what, (own, version) => `${own}-${version}`);
}
