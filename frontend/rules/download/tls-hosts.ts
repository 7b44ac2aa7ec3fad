/** Well-known servers that answer under https:// with the very same paths. */
const HOSTS: ReadonlySet<string> = new Set([
	...[
		'github.com',
		'www.github.com',
		'raw.githubusercontent.com',
		'gitlab.com',
		'bitbucket.org',
		'codeload.github.com',
	],
	...['pypi.org', 'pypi.python.org', 'files.pythonhosted.org', 'www.python.org', 'bootstrap.pypa.io'],
	...['registry.npmjs.org', 'nodejs.org', 'registry.yarnpkg.com', 'rubygems.org', 'cache.ruby-lang.org'],
	...[
		'archive.apache.org',
		'downloads.apache.org',
		'dlcdn.apache.org',
		'repo1.maven.org',
		'repo.maven.apache.org',
	],
	...[
		'ftp.gnu.org',
		'www.kernel.org',
		'cdn.kernel.org',
		'dl.google.com',
		'storage.googleapis.com',
		'golang.org',
	],
	...['nginx.org', 'www.openssl.org', 'zlib.net', 'sqlite.org', 'www.sqlite.org', 'dl.fedoraproject.org'],
	...['deb.nodesource.com', 'rpm.nodesource.com', 'download.docker.com', 'get.docker.com', 'cpanmin.us'],
	...['repo.mysql.com', 'dev.mysql.com', 'cdn.mysql.com', 'getcomposer.org', 'pecl.php.net', 'www.php.net'],
]);

export function answersByTls(host: string): boolean {
	return HOSTS.has(host);
}
