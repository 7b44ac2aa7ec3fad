import {type Given, type GivenOption, type Grammar, readArgs} from '../../shell/getopt.ts';
import type {Command, ShellWord} from '../../shell/script.ts';
import {ranCommands} from '../ran.ts';
import type {Subject} from '../rule.ts';

/** A call of curl or wget that asks for something. */
export interface Fetch {
	readonly command: Command;
	readonly tool: 'curl' | 'wget';
	readonly given: Given;
	/** The addresses, as written. */
	readonly urls: readonly ShellWord[];
	/** Names of the files it writes, as written; none when it writes to its output. */
	readonly files: readonly string[];
}

const CURL: Grammar = {
	short: 'AbcCdDeEFHKmoPQrtTuUwxXyYz',
	long: [
		...['output', 'output-dir', 'header', 'user', 'user-agent', 'referer', 'request', 'data', 'data-raw'],
		...['data-binary', 'data-urlencode', 'data-ascii', 'json', 'form', 'form-string', 'upload-file', 'url'],
		...['url-query', 'cookie', 'cookie-jar', 'config', 'cacert', 'capath', 'cert', 'cert-type', 'key'],
		...['key-type', 'pass', 'ciphers', 'tls-max', 'tls13-ciphers', 'proto', 'proto-default', 'proto-redir'],
		...['connect-timeout', 'max-time', 'max-redirs', 'max-filesize', 'limit-rate', 'retry', 'retry-delay'],
		...['retry-max-time', 'speed-limit', 'speed-time', 'range', 'continue-at', 'time-cond', 'write-out'],
		...['dump-header', 'stderr', 'trace', 'trace-ascii', 'proxy', 'proxy-user', 'noproxy', 'preproxy'],
		...['socks5', 'socks5-hostname', 'resolve', 'connect-to', 'interface', 'dns-servers', 'unix-socket'],
		...['oauth2-bearer', 'aws-sigv4', 'netrc-file', 'etag-save', 'etag-compare', 'crlfile', 'pinnedpubkey'],
		...[
			'rate',
			'parallel-max',
			'variable',
			'keepalive-time',
			'local-port',
			'quote',
			'doh-url',
			'create-file-mode',
		],
	],
};

const WGET: Grammar = {
	short: 'aABDeiIloOPQRtTUwX',
	long: [
		...[
			'output-document',
			'output-file',
			'append-output',
			'execute',
			'input-file',
			'base',
			'tries',
			'timeout',
		],
		...['wait', 'waitretry', 'quota', 'limit-rate', 'bind-address', 'directory-prefix', 'header', 'user'],
		...[
			'password',
			'http-user',
			'http-password',
			'user-agent',
			'referer',
			'post-data',
			'post-file',
			'method',
		],
		...[
			'body-data',
			'body-file',
			'load-cookies',
			'save-cookies',
			'ca-certificate',
			'ca-directory',
			'certificate',
		],
		...[
			'private-key',
			'secure-protocol',
			'level',
			'accept',
			'reject',
			'domains',
			'exclude-domains',
			'cut-dirs',
		],
		...['progress', 'read-timeout', 'dns-timeout', 'connect-timeout', 'prefer-family', 'start-pos', 'config'],
	],
};

/** Every curl and wget of the build that asks for something, in the order of the file. */
export function fetchesOf(subject: Subject): readonly Fetch[] {
	return ranCommands(subject, 'curl', 'wget').flatMap(command => fetchOf(command) ?? []);
}

/** What a command downloads; absent when it is neither curl nor wget, or only shows its version or help. */
export function fetchOf(command: Command): Fetch | undefined {
	const {name: tool} = command;
	if (tool !== 'curl' && tool !== 'wget') {
		return undefined;
	}
	const given = readArgs(command, tool === 'curl' ? CURL : WGET);
	const isHelp = has(given, 'help', 'version', 'manual', tool === 'curl' ? 'h' : 'help', 'V');
	const urls = [...given.operands, ...given.options.filter(({name}) => name === 'url').map(({word}) => word)];
	const isNothing = urls.length === 0 && !has(given, 'i', 'input-file', 'K', 'config');
	return isHelp || isNothing ? undefined : {command, tool, given, urls, files: filesOf(tool, given, urls)};
}

export function given({options}: Given, ...names: readonly string[]): GivenOption | undefined {
	return options.find(({name}) => names.includes(name));
}

export function has(from: Given, ...names: readonly string[]): boolean {
	return given(from, ...names) !== undefined;
}

function filesOf(tool: 'curl' | 'wget', args: Given, urls: readonly ShellWord[]): readonly string[] {
	const named = args.options
		.filter(({name}) => (tool === 'curl' ? ['o', 'output'] : ['O', 'output-document']).includes(name))
		.flatMap(({value}) => value ?? []);
	const own = named.filter(name => name !== '-' && !name.startsWith('/dev/'));
	const isByUrl = tool === 'curl' ? has(args, 'O', 'remote-name', 'remote-name-all') : named.length === 0;
	return isByUrl ? [...own, ...urls.map(({unquoted}) => lastOf(unquoted))] : own;
}

function lastOf(url: string): string {
	const path = url.replace(/[?#].*$/s, '');
	return path.slice(path.lastIndexOf('/') + 1);
}
