import {pipesOf} from '../../shell/pipes.ts';
import type {Command} from '../../shell/script.ts';
import {ranScripts} from '../ran.ts';
import type {Rule, Subject} from '../rule.ts';
import {curlDownloads, isSending, withLetter} from './curl-options.ts';
import {type Fetch, has} from './fetches.ts';

export const curlFollowsRedirects: Rule = function* (subject) {
	const {file} = subject;
	const isTaken = takenAsFile(subject);
	for (const fetch of curlDownloads(subject)) {
		if (isTaken(fetch) && !follows(fetch) && !isSending(fetch)) {
			const edit = withLetter(fetch, 'L');
			yield {
				result: 'fail',
				message:
					'Without -L curl takes the answer of a server that has moved the file for the file itself: add -L.',
				place: {file, line: fetch.command.line},
				...(edit === undefined ? {} : {fix: {title: 'curl follows redirects', edits: [edit]}}),
			};
		}
	}
};

/** Or has reasons not to: a limit, or a credential that must not travel on. */
function follows({given, command}: Fetch): boolean {
	const hasCredential = command.args.some(({unquoted}) =>
		/^(?:-H)?(?:authorization|private-token|cookie)/i.test(unquoted),
	);
	return (
		hasCredential || has(given, 'L', 'location', 'location-trusted', 'max-redirs', 'u', 'user', 'b', 'cookie')
	);
}

/** What takes whole files. A program that reads text may well be after the redirect's own words. */
const TAKERS: ReadonlySet<string> = new Set([
	...[
		'tar',
		'bsdtar',
		'gunzip',
		'gzip',
		'xz',
		'unxz',
		'unzip',
		'zstd',
		'cpio',
		'gpg',
		'apt-key',
		'tee',
		'dd',
	],
	...['sh', 'bash', 'ash', 'dash', 'zsh', 'python', 'python3', 'node', 'php', 'perl', 'ruby'],
]);

function takenAsFile(subject: Subject): (fetch: Fetch) => boolean {
	const pipes = ranScripts(subject).flatMap(({commands}) => pipesOf(commands));
	const next = new Map<Command, readonly Command[]>(
		pipes.flatMap(pipe =>
			pipe.flatMap((part, at) => part.map(command => [command, pipe[at + 1] ?? []] as const)),
		),
	);
	return ({command, files}) =>
		files.length > 0 ||
		command.redirects.some(({operator, target}) => operator === '>' && target?.value !== '/dev/null') ||
		(next.get(command) ?? []).some(({name}) => TAKERS.has(name));
}
