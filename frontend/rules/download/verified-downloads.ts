import {quoted} from '../../dockerfile/error.ts';
import {pipesOf} from '../../shell/pipes.ts';
import type {Command, Script, ShellWord} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule} from '../rule.ts';
import {isLoopback} from './addresses.ts';
import {type Fetch, fetchOf} from './fetches.ts';
import {isVerifier} from './verification.ts';

/** What is run, unpacked or installed in the RUN that fetched it, and compared with nothing in between. */
export const verifiedDownloads: Rule = function* (subject) {
	const {file} = subject;
	for (const script of ranScripts(subject)) {
		const found = script.commands.some(isVerifier) ? [] : [...usedFiles(script), ...unpackedStreams(script)];
		for (const {what, how, line} of found.toSorted((a, b) => a.line - b.line)) {
			const message = `${what} is ${how} as it comes: compare its checksum before (sha256sum -c), or fetch it with ADD --checksum.`;
			yield {result: 'fail', message, place: {file, line}};
		}
	}
};

interface Used {
	readonly what: string;
	readonly how: string;
	readonly line: number;
}

function usedFiles({commands}: Script): readonly Used[] {
	const waiting = new Map<string, Fetch>();
	const used: Used[] = [];
	for (const command of commands) {
		const fetch = fetchOf(command);
		if (fetch === undefined) {
			used.push(...takenFrom(waiting, waiting.size === 0 ? [] : usesOf(command)));
		} else if (!fetch.urls.every(({unquoted}) => isLoopback(unquoted))) {
			namesOf(fetch).forEach(name => {
				waiting.set(baseOf(name), fetch);
			});
		}
	}
	return used;
}

/** The names of what it saves, also by `> file`. */
function namesOf({files, command: {redirects}}: Fetch): readonly string[] {
	const targets = redirects
		.filter(({operator}) => operator === '>')
		.flatMap(({target}) => target?.unquoted ?? []);
	return files.length > 0 ? files : targets.filter(name => !name.startsWith('/dev/'));
}

function takenFrom(
	waiting: Map<string, Fetch>,
	uses: readonly (readonly [string, string])[],
): readonly Used[] {
	return uses.flatMap(([name, how]) => {
		const found = waiting.get(name);
		waiting.delete(name);
		return found === undefined ? [] : [{what: quoted(name), how, line: found.command.line}];
	});
}

function baseOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

const UNPACKERS: ReadonlySet<string> = new Set([
	...[
		'tar',
		'bsdtar',
		'unzip',
		'7z',
		'7za',
		'gunzip',
		'unxz',
		'bunzip2',
		'cpio',
		'zstd',
		'gzip',
		'xz',
		'unzstd',
	],
]);
const INSTALLERS: ReadonlySet<string> = new Set([
	...[
		'dpkg',
		'apt-get',
		'apt',
		'rpm',
		'yum',
		'dnf',
		'microdnf',
		'zypper',
		'apk',
		'pip',
		'pip3',
		'gem',
		'gdebi',
	],
]);
const RUNNERS: ReadonlySet<string> = new Set([
	...[
		'sh',
		'bash',
		'dash',
		'ash',
		'zsh',
		'python',
		'python2',
		'python3',
		'perl',
		'ruby',
		'node',
		'php',
		'source',
		'.',
	],
]);

/** The files that a command runs, unpacks or installs, without their folders. */
function usesOf({name, nameWord, args}: Command): readonly (readonly [string, string])[] {
	const how = howOf(name, args);
	const own = nameWord?.unquoted ?? '';
	return [
		...(own.includes('/') ? [[baseOf(own), 'run'] as const] : []),
		...(how === undefined ? [] : args.map(({unquoted}) => [baseOf(unquoted), how] as const)),
	];
}

function howOf(name: string, args: readonly ShellWord[]): string | undefined {
	if (UNPACKERS.has(name)) {
		return 'unpacked';
	}
	if (INSTALLERS.has(name)) {
		return 'installed';
	}
	// What is made executable is there to be run.
	const isMade =
		name === 'chmod' && args.some(({text}) => /^[ugoa]*\+[rwx]*x|^0?[0-7]*[1357][0-7]*$/.test(text));
	return RUNNERS.has(name) || isMade ? 'run' : undefined;
}

const STREAMED: ReadonlySet<string> = new Set([...UNPACKERS, 'dpkg', 'rpm']);

/** `curl … | tar xz` */
function unpackedStreams({commands}: Script): readonly Used[] {
	return pipesOf(commands).flatMap(pipe => {
		const from = pipe.findIndex(part => part.some(command => isStream(command)));
		const source = pipe[from]?.find(isStream);
		const isUnpacked = pipe.slice(from + 1).some(part => part.some(({name}) => STREAMED.has(name)));
		return source === undefined || !isUnpacked
			? []
			: [{what: quoted(fetchOf(source)?.urls[0]?.unquoted ?? ''), how: 'unpacked', line: source.line}];
	});
}

function isStream(command: Command): boolean {
	const fetch = fetchOf(command);
	return (
		fetch !== undefined && fetch.files.length === 0 && !fetch.urls.every(({unquoted}) => isLoopback(unquoted))
	);
}
