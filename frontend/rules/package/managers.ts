/** What a package manager is asked to do. */
export type Act = 'install' | 'update' | 'upgrade' | 'clean' | 'remove';

export type ManagerName =
	| 'apt'
	| 'apk'
	| 'yum'
	| 'dnf'
	| 'zypper'
	| 'pip'
	| 'uv'
	| 'npm'
	| 'pnpm'
	| 'yarn'
	| 'gem'
	| 'bundle'
	| 'go'
	| 'cargo'
	| 'composer'
	| 'conda'
	| 'maven'
	| 'gradle';

export interface Manager {
	readonly programs: readonly string[];
	/** Options, without dashes, that take the next word. */
	readonly withValue: readonly string[];
	/** One or two words each. Those of two come first where one is the beginning of another. */
	readonly acts: Readonly<Partial<Record<Act, readonly string[]>>>;
	/** The verb may stand behind others: `mvn clean package`. */
	readonly manyVerbs?: boolean;
	/** What it does without a word. */
	readonly alone?: Act;
	/** `python -m pip`: the module that makes these programs this manager. */
	readonly module?: string;
	/** Options, as written, with which nothing is done; `--help` and the like need not be named. */
	readonly harmless?: readonly string[];
	/** Options that answer its questions. */
	readonly assumesYes?: readonly string[];
	/** Folders that it fills and that nothing needs afterwards. */
	readonly caches?: readonly string[];
}

function words(text: string): readonly string[] {
	return text.split(' ');
}

const APT_HARMLESS = words('-s --simulate --just-print --dry-run --recon --no-act --print-uris');
const RPM_VALUES = words(
	'c config d debuglevel e errorlevel x exclude excludepkgs R randomwait enablerepo ' +
		'disablerepo repo repoid installroot releasever setopt forcearch disableplugin ' +
		'enableplugin advisory comment downloaddir arch archlist',
);
const RPM_ACTS = {
	install: [
		...['group install', 'groups install', 'module install', 'groupinstall', 'localinstall', 'install'],
		...['install-n', 'install-na', 'reinstall', 'builddep', 'swap'],
	],
	update: ['makecache', 'check-update'],
	upgrade: ['distro-sync', 'update', 'upgrade', 'update-minimal', 'upgrade-minimal'],
	clean: ['clean'],
	remove: ['group remove', 'groupremove', 'remove', 'erase', 'autoremove'],
} as const;

/** How each is called, by the words of its own manual. */
export const managers: Readonly<Record<ManagerName, Manager>> = {
	apt: {
		programs: ['apt-get', 'apt', 'aptitude'],
		withValue: words(
			't target-release default-release o option c config-file a host-architecture P ' +
				'build-profiles S snapshot',
		),
		acts: {
			install: ['install', 'reinstall', 'build-dep', 'satisfy'],
			update: ['update'],
			upgrade: ['upgrade', 'dist-upgrade', 'full-upgrade', 'safe-upgrade', 'dselect-upgrade'],
			clean: ['clean', 'distclean', 'dist-clean', 'autoclean'],
			remove: ['remove', 'purge', 'autoremove', 'autopurge'],
		},
		harmless: APT_HARMLESS,
		assumesYes: ['y', 'yes', 'assume-yes', 'qq', 'force-yes', 'assume-no'],
		caches: ['/var/lib/apt/lists'],
	},
	apk: {
		programs: ['apk'],
		withValue: words(
			't virtual X repository p root arch cache-dir cache-max-age keys-dir repositories-file ' +
				'wait progress-fd timeout',
		),
		acts: {
			install: ['add'],
			update: ['update'],
			upgrade: ['upgrade'],
			clean: ['cache clean'],
			remove: ['del'],
		},
		harmless: ['-s', '--simulate'],
		caches: ['/var/cache/apk'],
	},
	yum: {
		programs: ['yum'],
		withValue: RPM_VALUES,
		acts: RPM_ACTS,
		assumesYes: ['y', 'assumeyes', 'assumeno'],
		// On newer systems yum is another name of dnf.
		caches: ['/var/cache/yum', '/var/cache/dnf'],
	},
	dnf: {
		programs: ['dnf', 'dnf5', 'microdnf', 'tdnf'],
		withValue: RPM_VALUES,
		acts: RPM_ACTS,
		assumesYes: ['y', 'assumeyes', 'assumeno'],
		caches: ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/tdnf', '/var/cache/yum'],
	},
	zypper: {
		programs: ['zypper'],
		withValue: words(
			'R root installroot D reposd-dir C cache-dir p plus-repo c config r repo from t type ' +
				'auto-agree-with-licenses-of releasever userdata',
		),
		acts: {
			install: ['install', 'in', 'source-install', 'si', 'patch'],
			update: ['refresh', 'ref'],
			upgrade: ['update', 'up', 'dist-upgrade', 'dup'],
			clean: ['clean', 'cc'],
			remove: ['remove', 'rm'],
		},
		harmless: ['--dry-run'],
		assumesYes: ['n', 'non-interactive', 'y', 'no-confirm'],
		caches: ['/var/cache/zypp'],
	},
	pip: {
		programs: ['pip', 'pip2', 'pip3', 'python', 'python2', 'python3', 'pipx'],
		module: 'pip',
		withValue: words(
			'm r requirement c constraint e editable t target prefix root src i index-url ' +
				'extra-index-url f find-links platform python-version abi implementation trusted-host ' +
				'cache-dir timeout retries progress-bar log upgrade-strategy only-binary no-binary ' +
				'config-settings C report proxy python global-option build-option install-option ' +
				'use-feature use-deprecated b build W X cert client-cert exists-action root-user-action ' +
				'group pip-args suffix',
		),
		acts: {install: ['install'], clean: ['cache purge'], remove: ['uninstall']},
		harmless: ['--dry-run'],
		caches: ['/root/.cache/pip'],
	},
	uv: {
		programs: ['uv'],
		withValue: words(
			'r requirement requirements c constraint constraints e editable p python t target prefix ' +
				'index default-index i index-url extra-index-url f find-links cache-dir extra group ' +
				'package project directory with from build-constraint',
		),
		acts: {
			install: ['pip install', 'tool install', 'pip sync', 'sync', 'add'],
			clean: ['cache clean', 'cache prune'],
		},
		harmless: ['--dry-run'],
		caches: ['/root/.cache/uv'],
	},
	npm: {
		programs: ['npm'],
		withValue: words(
			'prefix C registry cache loglevel omit include only tag w workspace userconfig ' +
				'fetch-retries fetch-timeout network-timeout maxsockets install-strategy',
		),
		acts: {
			install: [
				'install',
				'i',
				'in',
				'ins',
				'add',
				'ci',
				'clean-install',
				'install-clean',
				'install-ci-test',
			],
			clean: ['cache clean'],
			remove: ['uninstall', 'remove', 'rm', 'un'],
		},
		harmless: ['--dry-run'],
		caches: ['/root/.npm'],
	},
	pnpm: {
		programs: ['pnpm'],
		withValue: words('C dir filter F store-dir registry reporter loglevel network-concurrency'),
		acts: {install: ['install', 'i', 'add'], clean: ['store prune'], remove: ['remove', 'rm']},
	},
	yarn: {
		programs: ['yarn', 'yarnpkg'],
		withValue: words(
			'cwd registry network-timeout modules-folder cache-folder mutex network-concurrency ' +
				'global-folder prefix use-yarnrc inline-builds mode',
		),
		acts: {
			install: ['global add', 'workspaces focus', 'install', 'add'],
			clean: ['cache clean'],
			remove: ['remove'],
		},
		alone: 'install',
		harmless: ['-v'],
		caches: ['/usr/local/share/.cache', '/root/.cache/yarn', '/root/.yarn/berry/cache'],
	},
	gem: {
		programs: ['gem'],
		withValue: words(
			'v version i install-dir n bindir s source clear-sources p http-proxy P trust-policy ' +
				'platform document build-root g file without target-rbconfig',
		),
		acts: {install: ['install', 'i'], upgrade: ['update'], remove: ['uninstall']},
		harmless: ['--explain'],
	},
	bundle: {
		programs: ['bundle', 'bundler'],
		withValue: words(
			'j jobs path without with gemfile retry r binstubs shebang target-rbconfig trust-policy ' +
				'cache-path',
		),
		acts: {install: ['install', 'i'], upgrade: ['update']},
		alone: 'install',
		harmless: ['-v'],
	},
	go: {
		programs: ['go'],
		withValue: words(
			'C o p tags ldflags gcflags asmflags mod modfile buildmode compiler installsuffix pkgdir ' +
				'toolexec overlay pgo covermode coverpkg exec',
		),
		acts: {install: ['install', 'get', 'run', 'build', 'mod download'], clean: ['clean']},
		caches: ['/root/.cache/go-build', '/go/pkg/mod', '/root/go/pkg/mod'],
	},
	cargo: {
		programs: ['cargo'],
		withValue: words(
			'version vers git branch tag rev path root registry index features F target target-dir ' +
				'profile bin example j jobs color config C Z p manifest-path message-format package',
		),
		acts: {install: ['install', 'build', 'fetch', 'b']},
		harmless: ['--list', '-V'],
		caches: ['/usr/local/cargo/registry', '/root/.cargo/registry'],
	},
	composer: {
		programs: ['composer', 'composer.phar'],
		withValue: words('d working-dir ignore-platform-req prefer-install s stability repository'),
		acts: {
			install: ['global require', 'install', 'i', 'require', 'create-project', 'r'],
			upgrade: ['global update', 'update', 'u', 'upgrade'],
			clean: ['clear-cache', 'clearcache', 'cc'],
			remove: ['remove'],
		},
		harmless: ['--dry-run', '-V'],
		caches: ['/root/.composer/cache', '/root/.cache/composer', '/tmp/cache'],
	},
	conda: {
		programs: ['conda', 'mamba', 'micromamba'],
		withValue: words('n name p prefix c channel f file solver r root-prefix'),
		acts: {
			install: ['env create', 'env update', 'install', 'create'],
			upgrade: ['update', 'upgrade'],
			clean: ['clean'],
			remove: ['remove', 'uninstall'],
		},
		harmless: ['--dry-run', '-d'],
		caches: ['/opt/conda/pkgs'],
	},
	maven: {
		programs: ['mvn', 'mvnw'],
		manyVerbs: true,
		withValue: words('f file s settings gs P pl projects T threads l log-file rf'),
		acts: {
			install: ['package', 'install', 'verify', 'compile', 'dependency:go-offline', 'dependency:resolve'],
		},
		harmless: ['-v'],
		caches: ['/root/.m2'],
	},
	gradle: {
		programs: ['gradle', 'gradlew'],
		manyVerbs: true,
		withValue: words('b build-file p project-dir g gradle-user-home I init-script x'),
		acts: {install: ['build', 'assemble', 'bootJar', 'shadowJar', 'jar', 'installDist', 'dependencies']},
		harmless: ['-v', '-m', '--dry-run'],
		caches: ['/root/.gradle'],
	},
};
