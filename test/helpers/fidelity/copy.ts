import {ALPINE, type FidelityCases} from './case.ts';

const on = (text: string): string => `FROM scratch\n${text}\n`;

/** COPY and ADD. */
export const copy: FidelityCases = {
	'COPY of one file': {dockerfile: on('COPY a /x')},
	'COPY into a folder': {dockerfile: on('COPY a run.sh /in/')},
	'COPY of a folder': {dockerfile: on('COPY b /b')},
	'COPY of everything': {dockerfile: on('COPY . /all')},
	'COPY of everything but what is ignored': {
		dockerfile: on('COPY . /all'),
		files: {'.dockerignore': '# no\n**/*.txt\n!b/d.txt\nDockerfile\n'},
	},
	'COPY of what is ignored': {
		dockerfile: on('COPY a /a'),
		files: {'.dockerignore': 'a\n'},
		fails: '"/a": not found',
	},
	'an ignore file of the Dockerfile itself': {
		dockerfile: on('COPY . /all'),
		file: 'app.Dockerfile',
		files: {'.dockerignore': 'a\n', 'app.Dockerfile.dockerignore': 'b\n'},
	},
	'an ignore file that cannot be read': {
		dockerfile: on('COPY . /all'),
		files: {'.dockerignore': '[a-\n'},
		fails: 'syntax error in pattern',
		judged: 'our search for key files shows the same error once more',
	},
	'COPY by pattern': {dockerfile: on('COPY b/*.txt r?n.sh /in/')},
	'COPY by a pattern over folders': {dockerfile: on('COPY b/**/*.txt /in/')},
	'COPY by a pattern that nothing matches': {dockerfile: on('COPY *.none /in/')},
	'COPY as a list': {dockerfile: on('COPY ["with space.txt", "a", "/in dir/"]')},
	'COPY of a link': {dockerfile: on('COPY link /link')},
	'COPY keeps modes': {dockerfile: on('COPY run.sh /run.sh')},
	'COPY relative to the folder': {dockerfile: on('WORKDIR /w/x\nCOPY a .\nCOPY a ../y')},
	'COPY with variables': {dockerfile: on('ARG F=a\nENV D=/in\nCOPY ${F} $D/${F}.copy')},
	'COPY of several into what is no folder': {
		dockerfile: on('COPY a run.sh /in'),
	},
	'COPY of what there is not': {dockerfile: on('COPY nowhere /x'), fails: '"/nowhere": not found'},
	'COPY of what lies outside': {dockerfile: on('COPY ../a /x')},
	'COPY with one word': {dockerfile: on('COPY a'), fails: 'COPY requires at least two arguments'},
	'COPY --chown by number': {dockerfile: on('COPY --chown=12:34 b /b')},
	'COPY --chown by name': {dockerfile: `FROM ${ALPINE}\nCOPY --chown=nobody:nobody a /a\n`},
	'COPY --chown of a user that there is not': {
		dockerfile: `FROM ${ALPINE}\nCOPY --chown=nonesuch a /a\n`,
	},
	'COPY --chown by name where there are none': {
		dockerfile: on('COPY --chown=app a /a'),
		fails: 'invalid user',
	},
	'COPY --chown with a variable': {dockerfile: on('ARG U=77\nCOPY --chown=$U a /a')},
	'COPY --chmod by number': {dockerfile: on('COPY --chmod=4750 b /b')},
	'COPY --chmod by letters': {dockerfile: on('COPY --chmod=u=rwX,go=rX,a-w b /b')},
	'COPY --chmod with a variable': {dockerfile: on('ARG M=0700\nCOPY --chmod=$M a /a')},
	'COPY --chmod that is none': {dockerfile: on('COPY --chmod=x+999 a /a'), fails: 'x+999'},
	'COPY --link': {dockerfile: `FROM ${ALPINE}\nCOPY --link a /in/a\nCOPY --link --chown=1:2 b /b\n`},
	'COPY --link=false': {dockerfile: on('COPY --link=false a /a')},
	'COPY --parents': {
		dockerfile: on('COPY --parents b/deep/e.txt ./b/./d.txt /in/'),
		fails: 'unknown flag: --parents',
	},
	'COPY --parents by pattern': {
		dockerfile: on('COPY --parents b/**/*.txt /in/'),
		fails: 'unknown flag: --parents',
	},
	'COPY --exclude': {dockerfile: on('COPY --exclude=*.txt --exclude=deep b /b')},
	'COPY --exclude with exceptions': {dockerfile: on('COPY --exclude=**/*.txt --exclude=!**/e.txt b /b')},
	'COPY --from a stage': {
		dockerfile: 'FROM scratch AS s\nCOPY b /b\nFROM scratch\nCOPY --from=s /b/deep /deep\n',
	},
	'COPY --from an image': {dockerfile: on(`COPY --from=${ALPINE} /etc/passwd /etc/group /etc/`)},
	'COPY --from with a variable': {
		dockerfile: 'FROM scratch AS s\nCOPY a /a\nFROM scratch\nARG S=s\nCOPY --from=$S /a /a\n',
		fails: 'variable expansion is not supported for --from',
	},
	'COPY --from of what there is not in the stage': {
		dockerfile: 'FROM scratch AS s\nFROM scratch\nCOPY --from=s /none /x\n',
		fails: '/none',
	},
	'COPY --from of something reserved': {dockerfile: on('COPY --from=context /a /a'), fails: 'context'},
	'COPY of a heredoc': {dockerfile: on('ARG W=world\nCOPY <<EOF /hello\nhello ${W}\n  "quoted" \\\\ \nEOF')},
	'COPY of a quoted heredoc': {dockerfile: on("COPY <<'EOF' /hello\nhello ${W} $HOME\nEOF")},
	'COPY of several heredocs and a file': {
		dockerfile: on('COPY <<one.txt a <<two.txt /in/\n1\none.txt\n2\ntwo.txt'),
	},
	'COPY of a heredoc with a mode and an owner': {
		dockerfile: on('COPY --chmod=0755 --chown=5:6 <<EOF /bin/x\n#!/bin/sh\nEOF'),
	},
	'COPY of a heredoc that has no end': {
		dockerfile: on('COPY <<EOF /x\nhello'),
		fails: 'unterminated heredoc',
	},
	'COPY with an unknown flag': {dockerfile: on('COPY --wrong a /a'), fails: 'unknown flag: --wrong'},
	'COPY with a flag twice': {dockerfile: on('COPY --chown=1 --chown=2 a /a'), fails: 'uplicate flag'},
	'COPY --checksum': {dockerfile: on('COPY --checksum=sha256:00 a /a'), fails: 'checksum'},
	'ADD of a file': {dockerfile: on('ADD a b /in/')},
	'ADD unpacks an archive': {
		dockerfile: on('ADD x.tar.gz y.tar /in/'),
		files: {'x.tar.gz': {tar: {'p/q': 'q\n'}, gzip: true}, 'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'ADD --unpack=false keeps an archive': {
		dockerfile: on('ADD --unpack=false y.tar /in/'),
		files: {'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'ADD of something that is only called an archive': {
		dockerfile: on('ADD x.tar.gz /in/'),
		files: {'x.tar.gz': 'no archive\n'},
	},
	'ADD with every flag of COPY': {dockerfile: on('ADD --chown=1:2 --chmod=0711 --link --exclude=*.txt b /b')},
	'ADD of a heredoc': {dockerfile: on('ADD <<EOF /x\nhello\nEOF')},
	'ADD from an address': {dockerfile: on('ADD http://@server/a /x')},
	'ADD from an address into a folder': {
		dockerfile: on('ADD --chmod=0640 --chown=3:4 http://@server/b/d.txt /in/'),
	},
	'ADD from an address without a name': {dockerfile: on('ADD http://@server/ /in/')},
	'ADD from an address that has nothing': {dockerfile: on('ADD http://@server/none /x'), fails: '404'},
	'ADD from an address where nobody listens': {
		dockerfile: on('ADD http://127.0.0.1:1/x /x'),
		fails: 'connection refused',
	},
	'ADD keeps an archive from an address': {
		dockerfile: on('ADD http://@server/y.tar /in/'),
		files: {'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'ADD --unpack of an archive from an address': {
		dockerfile: on('ADD --unpack=true http://@server/y.tar /in/'),
		files: {'y.tar': {tar: {r: 'r\n'}, gzip: false}},
	},
	'ADD --checksum': {
		dockerfile: on(
			'ADD --checksum=sha256:87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7 http://@server/a /x',
		),
	},
	'ADD --checksum that is another': {
		dockerfile: on(`ADD --checksum=sha256:${'1'.repeat(64)} http://@server/a /x`),
		fails: 'digest mismatch',
	},
	'ADD --checksum of a local file': {
		dockerfile: on(`ADD --checksum=sha256:${'1'.repeat(64)} a /x`),
		fails: 'checksum',
	},
	'ADD of a repository': {dockerfile: on('ADD git://@git/repo#main /src')},
	'ADD of a repository, with its history': {
		dockerfile: `FROM ${ALPINE}\nADD --keep-git-dir=true git://@git/repo#main /src\nRUN test -d /src/.git && rm -rf /src/.git\n`,
	},
	'ADD of a folder in a repository': {dockerfile: on('ADD git://@git/repo#main:b /src')},
	'ADD of a branch that there is not': {dockerfile: on('ADD git://@git/repo#none /src'), fails: 'none'},
	'ADD --keep-git-dir of a file': {dockerfile: on('ADD --keep-git-dir=true a /a')},
	'ADD --from': {dockerfile: on('ADD --from=x a /a'), fails: 'unknown flag: --from'},
	'ADD over a link': {
		dockerfile: `FROM ${ALPINE}\nRUN mkdir /real && ln -s /real /way\nCOPY a /way/a\nADD b /way\n`,
	},
	'COPY over a folder with a file': {dockerfile: `FROM ${ALPINE}\nCOPY a /etc\n`},
};
