import {ALPINE, type FidelityCases} from './case.ts';

const COPY = 'FROM scratch\nCOPY a /a\n';
const STAGES =
	'FROM scratch AS one\nARG A=1\n# what two is for\nFROM scratch AS two\nARG B\nCOPY --from=one /a /a\n';
const on = (text: string): string => `FROM ${ALPINE}\n${text}\n`;

/** What is asked of the build besides. */
export const options: FidelityCases = {
	'-f elsewhere in the context': {dockerfile: COPY, file: 'deploy/app.Dockerfile'},
	'-f outside of the context': {
		dockerfile: 'FROM scratch\nCOPY c /c\n',
		file: 'app.Dockerfile',
		context: '@in/b',
	},
	'-f on standard input': {dockerfile: COPY, file: '-'},
	'-f of what there is not': {dockerfile: COPY, args: ['-f', '@in/nowhere'], fails: 'nowhere'},
	'a Dockerfile in small letters': {dockerfile: COPY, file: 'dockerfile'},
	'an error in a Dockerfile elsewhere': {
		dockerfile: 'FROM scratch\nCOPPY a /a\n',
		file: 'deploy/app.Dockerfile',
		fails: 'unknown instruction: COPPY',
	},
	'a repository as the context': {dockerfile: COPY, context: 'git://@git/repo#main'},
	'a folder of a repository as the context': {
		dockerfile: COPY,
		context: 'git://@git/repo#main:b',
		fails: 'a',
	},
	'a repository with another Dockerfile': {
		dockerfile: COPY,
		context: 'git://@git/repo#main',
		args: ['-f', 'other.Dockerfile'],
	},
	'a repository with a Dockerfile on standard input': {
		dockerfile: 'FROM scratch\nCOPY b /from-input\n',
		file: '-',
		context: 'git://@git/repo#main',
	},
	'an archive from an address with a Dockerfile on standard input': {
		dockerfile: 'FROM scratch\nCOPY r /from-input\n',
		file: '-',
		context: 'http://@server/y.tar',
		files: {'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'a Dockerfile with steps from an address': {
		dockerfile: on('RUN echo far > /x\nCOPY context /Dockerfile'),
		context: 'http://@server/Dockerfile',
	},
	'a branch that there is not as the context': {
		dockerfile: COPY,
		context: 'git://@git/repo#none',
		fails: 'none',
	},
	'a Dockerfile from an address': {
		dockerfile: 'FROM scratch\nLABEL a=b\n',
		context: 'http://@server/Dockerfile',
	},
	'an archive from an address': {
		dockerfile: COPY,
		context: 'http://@server/context.tar',
		files: {'context.tar': {tar: {Dockerfile: COPY, a: 'other\n'}, gzip: false}},
	},
	'an address that has nothing': {dockerfile: COPY, context: 'http://@server/none.tar', fails: '404'},
	'a context by name': {
		dockerfile: 'FROM scratch\nCOPY --from=more /deep /deep\n',
		args: ['--build-context', 'more=@in/b'],
	},
	'a context in the place of an image': {
		dockerfile: 'FROM nowhere.invalid/base\nCOPY a /a\n',
		args: ['--build-context', `nowhere.invalid/base=docker-image://${ALPINE}`],
	},
	'a context in the place of a stage': {
		dockerfile: 'FROM scratch AS base\nCOPY a /1\nFROM base\nCOPY a /2\n',
		args: ['--build-context', `base=docker-image://${ALPINE}`],
	},
	'a repository by name': {
		dockerfile: 'FROM scratch\nCOPY --from=src /b /b\n',
		args: ['--build-context', 'src=git://@git/repo#main'],
	},
	'an address by name': {
		dockerfile: 'FROM scratch\nCOPY --from=src . /src/\n',
		fails: 'invalid argument',
		args: ['--build-context', 'src=http://@server/y.tar'],
		files: {'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'a context by name that there is not': {
		dockerfile: 'FROM scratch\nCOPY --from=more /x /x\n',
		args: ['--build-context', 'more=@in/nowhere'],
		fails: 'nowhere',
	},
	'--label': {dockerfile: COPY, args: ['--label', 'a=b', '--label', 'c=']},
	'--label over LABEL': {dockerfile: 'FROM scratch\nLABEL a=file\n', args: ['--label', 'a=line']},
	'--no-cache': {dockerfile: on('RUN echo x > /x'), args: ['--no-cache']},
	'--no-cache-filter': {
		dockerfile: `FROM ${ALPINE} AS one\nRUN echo 1 > /1\nFROM ${ALPINE}\nCOPY --from=one /1 /1\n`,
		args: ['--no-cache-filter', 'one'],
	},
	'--network=none': {dockerfile: on('RUN ls /sys/class/net > /net'), args: ['--network', 'none']},
	'--network=host': {dockerfile: on('RUN echo host > /net'), args: ['--network', 'host']},
	'--add-host': {
		dockerfile: on('RUN grep mine /etc/hosts > /hosts'),
		args: ['--add-host', 'mine:10.1.2.3', '--add-host', 'six=::1'],
	},
	'--add-host that is none': {dockerfile: COPY, args: ['--add-host', 'mine'], fails: 'mine'},
	'--shm-size': {
		dockerfile: on('RUN df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2 > /shm'),
		args: ['--shm-size', '32m'],
	},
	'--ulimit': {dockerfile: on('RUN ulimit -n > /n'), args: ['--ulimit', 'nofile=123:456']},
	'--cgroup-parent': {dockerfile: on('RUN echo c > /c'), args: ['--cgroup-parent', '/fidelity']},
	'--platform of the builder': {dockerfile: on('RUN echo p > /p'), args: ['--platform', 'linux/amd64']},
	'--platform of another kind': {dockerfile: COPY, args: ['--platform', 'linux/arm64']},
	'--platform for which there is no base': {
		dockerfile: on('LABEL a=b'),
		args: ['--platform', 'linux/s390x'],
		fails: ALPINE,
	},
	'--platform that is none': {dockerfile: COPY, args: ['--platform', 'a/b/c/d'], fails: 'a/b/c/d'},
	'a host name': {dockerfile: on('RUN hostname > /h'), args: ['--build-arg', 'BUILDKIT_SANDBOX_HOSTNAME=me']},
	'a name space for caches': {
		dockerfile: on('RUN --mount=type=cache,target=/c,id=fidelity-ns ls /c > /x'),
		args: ['--build-arg', 'BUILDKIT_CACHE_MOUNT_NS=fidelity'],
	},
	'a time for everything': {
		dockerfile: on('RUN echo t > /t\nCOPY a /a'),
		args: ['--build-arg', 'SOURCE_DATE_EPOCH=1700000000'],
	},
	'a time that is none': {
		dockerfile: COPY,
		args: ['--build-arg', 'SOURCE_DATE_EPOCH=soon'],
		fails: 'SOURCE_DATE_EPOCH',
	},
	'checks that are skipped by argument': {
		dockerfile: 'FROM scratch\nCMD a\n',
		args: ['--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=skip=all'],
	},
	'checks that fail by argument': {
		dockerfile: 'FROM scratch\nCMD a\n',
		args: ['--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=error=true'],
		fails: 'lint violation found',
	},
	'a repository keeps its history by argument': {
		dockerfile: on('COPY . /src\nRUN test -d /src/.git && rm -rf /src/.git'),
		context: 'git://@git/repo#main',
		args: ['--build-arg', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR=1', '-f', 'keep.Dockerfile'],
	},
	'--cache-to=inline': {dockerfile: COPY, args: ['--cache-to', 'type=inline']},
	'--cache-from of what there is not': {
		dockerfile: COPY,
		args: ['--cache-from', 'type=registry,ref=localhost:1/none'],
	},
	'a project file that is broken stops nothing': {
		dockerfile: COPY,
		files: {'.sallyport.yaml': 'facts: [\n'},
		judged: 'it is refused',
	},
	'--output=type=tar': {dockerfile: 'FROM scratch\nCOPY --chown=1:2 . /all\n', gives: 'tar'},
	'--output=type=local': {dockerfile: 'FROM scratch\nCOPY . /all\n', gives: 'local'},
	'--check finds nothing': {dockerfile: COPY, args: ['--check'], gives: 'answer', says: 'no warnings found'},
	'--check finds something': {
		dockerfile: 'FROM scratch\nENV A b\nCMD c\n',
		args: ['--check'],
		gives: 'answer',
		fails: 'LegacyKeyValueFormat',
	},
	'--check of what does not parse': {
		dockerfile: 'FROM scratch\nCOPPY a b\n',
		args: ['--check'],
		gives: 'answer',
		fails: 'COPPY',
	},
	'--call=check as JSON': {
		dockerfile: 'FROM scratch\nENV A b\n',
		args: ['--call=check,format=json'],
		gives: 'answer',
		fails: 'LegacyKeyValueFormat',
	},
	'--call=outline': {dockerfile: STAGES, args: ['--call=outline'], gives: 'answer', says: 'BUILD ARG'},
	'--call=outline of a target': {
		dockerfile: STAGES,
		args: ['--call=outline,format=json', '--target', 'one'],
		gives: 'answer',
		says: 'one',
	},
	'--call=outline of a target that there is not': {
		dockerfile: STAGES,
		args: ['--call=outline', '--target', 'three'],
		gives: 'answer',
		fails: 'three',
	},
	'--call=targets': {dockerfile: STAGES, args: ['--call=targets'], gives: 'answer', says: 'two'},
	'--call=targets as JSON': {
		dockerfile: STAGES,
		args: ['--call=targets,format=json'],
		gives: 'answer',
		says: '"two"',
	},
	'--call=subrequests.describe': {
		dockerfile: STAGES,
		args: ['--call=subrequests.describe'],
		gives: 'answer',
		says: 'outline',
	},
	'--call of what there is not': {
		dockerfile: STAGES,
		args: ['--call=nonesuch'],
		gives: 'answer',
		fails: 'nonesuch',
	},
};
