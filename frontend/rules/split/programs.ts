import type {Command} from '../../shell/script.ts';
import type {Candidate} from './split.ts';

/** What full Debian images have and slim ones have not, by the program's name: the package to install. */
const BROUGHT: ReadonlyMap<string, string> = new Map([
	...[
		'curl',
		'wget',
		'git',
		'file',
		'unzip',
		'bzip2',
		'make',
		'patch',
		'openssl',
		'netbase',
		'mercurial',
	].map(name => [name, name] as const),
	['ps', 'procps'],
	['pgrep', 'procps'],
	['pkill', 'procps'],
	['free', 'procps'],
	['top', 'procps'],
	['ssh', 'openssh-client'],
	['scp', 'openssh-client'],
	['ssh-keygen', 'openssh-client'],
	['convert', 'imagemagick'],
	['identify', 'imagemagick'],
	['gpg', 'gnupg'],
	['xz', 'xz-utils'],
	['hg', 'mercurial'],
	['svn', 'subversion'],
]);

/** The commands that the image's own settings start: CMD, ENTRYPOINT and HEALTHCHECK. */
export function startedBy({subject, stage}: Candidate): readonly Command[] {
	const last = new Map(stage.instructions.map(each => [each.keyword, each]));
	const wanted = new Set(['CMD', 'ENTRYPOINT', 'HEALTHCHECK'].map(keyword => last.get(keyword)));
	return subject.scripts
		.filter(script => script.stage === stage && wanted.has(script.instruction))
		.flatMap(({commands}) => commands);
}

/** Packages that a smaller base lacks although the image's own settings name their programs. */
export function broughtPrograms(candidate: Candidate): readonly string[] {
	const names = startedBy(candidate).flatMap(({name}) => BROUGHT.get(name) ?? []);
	return [...new Set(names)];
}
