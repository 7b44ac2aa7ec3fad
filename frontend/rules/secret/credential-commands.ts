import type {Command, ShellWord} from '../../shell/script.ts';
import {secretFileOf} from './secret-files.ts';

/** A command of the build that is handed a credential. */
export interface Handed {
	readonly command: Command;
	/** What it does, for messages. */
	readonly what: string;
	/** The word that holds the credential. */
	readonly word: ShellWord | undefined;
}

interface Way {
	readonly what: string;
	/** The first words after the name, where the name alone does not say it. */
	readonly verbs?: readonly (readonly string[])[];
	/** Options that hold it. */
	readonly options?: readonly string[];
	/** Its place among the arguments after one that matches. */
	readonly after?: RegExp;
	/** It takes the credential from a file and keeps a copy. */
	readonly copies?: boolean;
}

const LOGINS: Way = {
	what: 'logs in to a registry',
	verbs: [['login'], ['registry', 'login'], ['auth', 'login']],
	options: ['-p', '--password'],
};
const NODE: Way = {
	what: 'stores a token for a registry',
	after: /:_(?:authToken|auth|password)$|^npmAuthToken$|^_authToken$/,
};

const WAYS: ReadonlyMap<string, readonly Way[]> = new Map<string, readonly Way[]>([
	[
		'aws',
		[{what: 'stores keys of AWS', after: /^(?:[\w.-]{1,80}\.)?aws_(?:secret_access_key|session_token)$/}],
	],
	...['docker', 'podman', 'buildah', 'nerdctl', 'helm', 'crane', 'oras', 'skopeo'].map(
		name => [name, [LOGINS]] as const,
	),
	...['npm', 'yarn', 'pnpm'].map(name => [name, [NODE]] as const),
	['composer', [{what: 'stores a login', after: /^(?:github-oauth|gitlab-token|bearer)\.[\w.-]{1,200}$/}]],
	['poetry', [{what: 'stores a login', after: /^pypi-token\.[\w.-]{1,80}$/}]],
	['az', [{what: 'logs in to Azure', verbs: [['login']], options: ['-p', '--password']}]],
	[
		'gcloud',
		[
			{
				what: 'keeps a copy of the key',
				verbs: [['auth', 'activate-service-account']],
				options: ['--key-file'],
				copies: true,
			},
		],
	],
	[
		'dotnet',
		[
			{
				what: 'stores a login for NuGet',
				verbs: [
					['nuget', 'add'],
					['nuget', 'update'],
				],
				options: ['-p', '--password'],
			},
		],
	],
	[
		'nuget',
		[
			{
				what: 'stores a login for NuGet',
				verbs: [['sources'], ['setapikey']],
				options: ['-Password', '-password'],
			},
		],
	],
	['twine', [{what: 'uploads with a password', verbs: [['upload']], options: ['-p', '--password']}]],
	['cargo', [{what: 'stores a token', after: /^login$/}]],
	['vault', [{what: 'logs in to Vault', after: /^login$/}]],
	['doctl', [{what: 'stores a token', verbs: [['auth', 'init']], options: ['-t', '--access-token']}]],
	['sshpass', [{what: 'types a password', options: ['-p']}]],
]);

/** Names of all commands that are looked at. */
export const credentialCommands: readonly string[] = [
	...WAYS.keys(),
	'git',
	'curl',
	'wget',
	'echo',
	'printf',
];

export function handedTo(command: Command): Handed | undefined {
	switch (command.name) {
		case 'git':
		case 'curl':
		case 'wget':
			return urlLogin(command);
		case 'echo':
		case 'printf':
			return writtenLogin(command);
		default:
			return (WAYS.get(command.name) ?? [])
				.map(way => handedBy(command, way))
				.find(handed => handed !== undefined);
	}
}

function handedBy(
	command: Command,
	{what, verbs, options = [], after, copies = false}: Way,
): Handed | undefined {
	const {args} = command;
	const plain = args.filter(({text}) => !text.startsWith('-')).map(({unquoted}) => unquoted);
	const isMeant =
		verbs === undefined || verbs.some(verb => verb.every((word, index) => plain[index] === word));
	if (!isMeant) {
		return undefined;
	}

	const at = args.findIndex(({unquoted}) => after?.test(unquoted) === true || options.includes(unquoted));
	const joined = args.find(({unquoted}) =>
		options.some(option => option.startsWith('--') && unquoted.startsWith(`${option}=`)),
	);
	const next = at === -1 ? undefined : args[at + 1];
	const pair = args.find(({unquoted}) => /^\/\/[^=\s]{1,200}:_(?:authToken|auth|password)=./.test(unquoted));
	const word = next ?? joined ?? (after === undefined ? undefined : pair);
	const isOption = next?.text.startsWith('-') === true;
	return word === undefined || isOption ? undefined : {command, what, word: copies ? undefined : word};
}

const URL_VARIABLE = /https?:\/\/((?:[^\s/@]{0,80}:)?\$[^\s/@]{1,160})@/;

function urlLogin(command: Command): Handed | undefined {
	const word = command.args.find(each => each.text.includes('@') && hasLogin(each));
	return word === undefined ? undefined : {command, what: 'is given a login in a URL', word};
}

/** A variable in the place of a URL's login that is more than the user's name: a literal one is found by another rule. */
export function hasLogin({unquoted}: ShellWord): boolean {
	const [, login = ''] = URL_VARIABLE.exec(unquoted) ?? [];
	return login !== '' && !/^\$\{?\w*(?:USER|USERNAME|LOGIN|OWNER|NAME)\}?$/i.test(login);
}

/** A line with a variable in it, put into a file of logins. */
function writtenLogin(command: Command): Handed | undefined {
	const target = command.redirects.find(({operator}) => operator.startsWith('>'))?.target?.unquoted ?? '';
	const word = command.args.find(
		({variables, unquoted}) => variables.length > 0 && LOGIN_LINE.test(unquoted),
	);
	return word === undefined || secretFileOf(target) === undefined || target.startsWith('/dev/')
		? undefined
		: {command, what: 'writes a login into a file of the layer', word};
}

const LOGIN_LINE =
	/_authToken|_password|_auth=|machine\s|password|https?:\/\/[^\s]{0,200}@|aws_secret_access_key|token/i;
