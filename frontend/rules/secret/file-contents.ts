import {isHarmlessValue, isSecretName} from '../../../policies/secret-names.ts';
import {credentialsIn} from '../../../policies/token-formats.ts';
import {baseName} from './paths.ts';
import {type SecretFile, secretFileOf} from './secret-files.ts';

// What small files of the build context hold. Their texts are looked at here and go no further: not into messages, records or logs,
// not even as a hash, because what stands in such a file is often short enough to be guessed.

/** Contents that are looked at: more files, or larger ones, are judged by their names. */
export const MAX_CONTENTS = 32;
export const MAX_CONTENT_BYTES = 32 * 1024;

/** What a file holds; `nothing` when it has been read and holds no secret. */
export type Held = SecretFile | 'nothing';

/** Files that are called like settings, and hold tokens now and then. Only what they hold counts: their names say nothing. */
export const settingNames: readonly string[] = [
	...[
		'config.json',
		'settings.json',
		'secrets.json',
		'secrets.yml',
		'secrets.yaml',
		'secrets.toml',
		'secrets.env',
	],
	...['config.yml', 'config.yaml', 'config.toml', 'settings.py', 'application.yml', 'application.properties'],
	...[
		'appsettings.json',
		'database.yml',
		'wp-config.php',
		'terraform.tfvars',
		'.yarnrc.yml',
		'pip.conf',
		'.gitconfig',
	],
	...['gradle.properties', 'settings.xml', 'nuget.config', 'NuGet.Config', 'auth.json', 'docker-compose.yml'],
];

/** Patterns of them, in the root of the context and one folder below. */
export const settingGlobs: readonly string[] = settingNames.flatMap(name => [name, `*/${name}`]);

const SETTINGS: ReadonlySet<string> = new Set(settingNames);

/** Whether a file in the root, or one folder below, is called like settings. */
export function isSetting(path: string): boolean {
	return path.split('/').length <= 2 && SETTINGS.has(baseName(path));
}

/** Whether the contents of a file of this name tell more than the name does. */
export function isTold(path: string): boolean {
	return SETTINGS.has(baseName(path)) || (secretFileOf(path) !== undefined && !SEALED.test(path));
}

/** Formats of their own, which are sealed or not text. */
const SEALED = /\.(?:p12|pfx|ppk|kdbx|jks|keystore|gpg)$/;

/** What a file holds, or undefined where only its name can tell. */
export function heldIn(path: string, bytes: Uint8Array): Held | undefined {
	if (bytes.length > MAX_CONTENT_BYTES || bytes.includes(0)) {
		return undefined;
	}

	const text = new TextDecoder().decode(bytes);
	const found = credentialsIn(text).find(({format}) => format.tier === 'T1');
	if (found !== undefined) {
		return {title: found.format.title, tier: 'T1'};
	}

	if (text.trim() === '') {
		return 'nothing';
	}

	const ask = kinds.find(({name}) => name.test(`/${path}`));
	return ask === undefined ? (SETTINGS.has(baseName(path)) ? 'nothing' : undefined) : ask.held(text);
}

interface Kind {
	readonly name: RegExp;
	readonly held: (text: string) => Held | undefined;
}

/** Kinds of files of which it can be told that they hold no secret. */
const kinds: readonly Kind[] = [
	{
		name: /\/\.npmrc$/,
		held: text =>
			hasValue(text, /(?:_authToken|_auth|_password)$/i) ? {title: 'a login for npm', tier: 'T1'} : 'nothing',
	},
	{
		name: /\/\.env(?:\.[\w.-]{1,60})?$/,
		held: text => (hasValue(text, undefined) ? undefined : 'nothing'),
	},
	{name: /\/\.pypirc$/, held: text => (hasValue(text, /^password$/i) ? undefined : 'nothing')},
	{
		name: /\.(?:pem|key)$/,
		// A certificate, a public key or parameters: all that is in it is made to be shown.
		held: text =>
			/-----BEGIN /.test(text) &&
			!/PRIVATE|-----BEGIN (?!CERT|PUBLIC|RSA PUBLIC|EC PARAM|DH PARAM|TRUSTED CERT|X509|PGP PUBLIC)/.test(
				text,
			)
				? 'nothing'
				: undefined,
	},
	{
		name: /\/(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson)$/,
		held: text =>
			/"(?:auth|password|identitytoken|registrytoken)"\s*:\s*"[^"]/i.test(text)
				? {title: 'a registry login', tier: 'T1'}
				: 'nothing',
	},
];

/** Lines of such a file that are looked at. */
const MAX_LINES = 2000;

/**
 * Whether a line `NAME=value` gives a value of its own to such a name.
 * @param named without it, to any name that is called like a secret
 */
function hasValue(text: string, named: RegExp | undefined): boolean {
	return text
		.split('\n', MAX_LINES)
		.map(line => line.trim())
		.filter(line => line !== '' && !/^[#;]/.test(line))
		.some(line => {
			const at = line.indexOf('=');
			const name = line
				.slice(0, Math.max(at, 0))
				.trim()
				.replace(/^export\s/, '');
			const value = line
				.slice(at + 1)
				.trim()
				.replace(/^(["'])(.*)\1$/s, '$2');
			const isNamed = named === undefined ? isSecretName(name) || value.includes('://') : named.test(name);
			return at > 0 && isNamed && !isHarmlessValue(value);
		});
}
