import type {Script} from '../../shell/script.ts';
import {derived} from '../derived.ts';
import type {Subject} from '../rule.ts';
import {installedFinally} from '../trust/final-packages.ts';

/** Programs of full images that slim ones lack, and the packages that bring them. */
const programs: Readonly<Record<string, readonly string[]>> = {
	curl: ['curl'],
	wget: ['wget'],
	git: ['git'],
	hg: ['mercurial'],
	svn: ['subversion'],
	ssh: ['openssh-client', 'ssh'],
	scp: ['openssh-client', 'ssh'],
	'ssh-keyscan': ['openssh-client', 'ssh'],
	gpg: ['gnupg', 'gpg'],
	make: ['make', 'build-essential'],
	gcc: ['gcc', 'build-essential'],
	'g++': ['g++', 'build-essential'],
	cc: ['gcc', 'build-essential'],
	unzip: ['unzip'],
	patch: ['patch', 'build-essential'],
	file: ['file'],
	convert: ['imagemagick'],
	identify: ['imagemagick'],
	mogrify: ['imagemagick'],
	ps: ['procps'],
	top: ['procps'],
	pgrep: ['procps'],
	pkill: ['procps'],
	autoconf: ['autoconf'],
	automake: ['automake'],
	libtool: ['libtool'],
	'pkg-config': ['pkg-config', 'pkgconf'],
	xz: ['xz-utils'],
	pg_config: ['libpq-dev'],
	mysql_config: ['libmariadb-dev', 'default-libmysqlclient-dev'],
	'node-gyp': ['build-essential'],
};

/** Libraries that call such programs when they are used: nobody would see it before. Of npm, PyPI and RubyGems. */
const callers: Readonly<Record<string, string>> = {
	'simple-git': 'git',
	nodegit: 'git',
	'git-clone': 'git',
	gm: 'ImageMagick',
	imagemagick: 'ImageMagick',
	'ps-node': 'ps',
	'ps-list': 'ps',
	'find-process': 'ps',
	'tree-kill': 'ps',
	'node-ssh-forward': 'ssh',
	gitpython: 'git',
	wand: 'ImageMagick',
	pgmagick: 'ImageMagick',
	'python-magic': 'libmagic',
	'pre-commit': 'git',
	mini_magick: 'ImageMagick',
};

/** What of the full image the application or its build calls, by name; absent where nothing is known to. */
export const needOfFullImage: (subject: Subject) => string | undefined = derived(subject => {
	const {scripts, roleOf} = subject;
	const packages = new Set(installedFinally(subject).flatMap(({packages: own}) => own.map(({name}) => name)));
	const called = scripts.filter(({stage}) => roleOf(stage) === 'final').flatMap(namesIn);
	const program = called.find(
		name => Object.hasOwn(programs, name) && programs[name]?.some(each => packages.has(each)) === false,
	);
	return program ?? calledByLibraries(subject);
});

function namesIn({commands}: Script): readonly string[] {
	return commands.map(({name}) => name);
}

function calledByLibraries({manifests}: Subject): string | undefined {
	for (const [path, text] of manifests ?? []) {
		for (const name of librariesIn(path, text)) {
			if (Object.hasOwn(callers, name)) {
				return callers[name];
			}
		}
	}

	return undefined;
}

/** Words of a manifest that may be names of libraries: to be wrong here costs a few megabytes. */
function librariesIn(path: string, text: string): readonly string[] {
	const isRead =
		/(?:^|\/)(?:package\.json|requirements\.txt|pyproject\.toml|Pipfile|Gemfile|Gemfile\.lock)$/.test(path);
	return isRead ? Array.from(text.matchAll(/[\w@/.-]{2,64}/g), ([word]) => word.toLowerCase()) : [];
}
