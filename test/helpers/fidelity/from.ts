import {ALPINE, type FidelityCases} from './case.ts';

/** FROM, stages, platforms and targets. */
export const from: FidelityCases = {
	'FROM scratch': {dockerfile: 'FROM scratch\nCOPY a /a\n'},
	'FROM scratch and nothing else': {dockerfile: 'FROM scratch\n'},
	'FROM an image and nothing else': {dockerfile: `FROM ${ALPINE}\n`},
	'instructions in small letters': {
		dockerfile: `from ${ALPINE}\nrun echo x > /x\ncmd ["true"]\n`,
	},
	'instructions in letters of both kinds': {
		dockerfile: `From ${ALPINE}\nRUN echo x > /x\nCmd ["true"]\n`,
		says: 'ConsistentInstructionCasing',
	},
	'a stage with a name': {dockerfile: 'FROM scratch AS only\nCOPY a /a\n'},
	'a stage with a name in capitals': {
		dockerfile: 'FROM scratch AS Build\nCOPY a /a\nFROM scratch\nCOPY --from=build /a /b\n',
		says: 'StageNameCasing',
	},
	'as in small letters': {dockerfile: 'FROM scratch as x\nCOPY a /a\n', says: 'FromAsCasing'},
	'a stage on a stage': {
		dockerfile: `FROM ${ALPINE} AS one\nRUN echo 1 > /1\nFROM one AS two\nRUN echo 2 > /2\n`,
	},
	'a stage by its number': {dockerfile: 'FROM scratch\nCOPY a /a\nFROM scratch\nCOPY --from=0 /a /b\n'},
	'a stage that nobody needs is not built': {
		dockerfile: `FROM ${ALPINE} AS unused\nRUN false\nFROM scratch\nCOPY a /a\n`,
	},
	'two stages of one name': {
		dockerfile: 'FROM scratch AS x\nCOPY a /1\nFROM scratch AS x\nCOPY a /2\nFROM x\n',
		says: 'DuplicateStageName',
	},
	'a reserved name for a stage': {
		dockerfile: 'FROM scratch AS scratch\nCOPY a /a\n',
		says: 'ReservedStageName',
	},
	'an ARG before FROM': {
		dockerfile: 'ARG VERSION=3.22\nFROM alpine:${VERSION}\nRUN echo x > /x\n',
	},
	'an ARG before FROM, given': {
		dockerfile: 'ARG VERSION=none\nFROM alpine:$VERSION\nRUN echo y > /x\n',
		args: ['--build-arg', 'VERSION=3.22'],
	},
	'an ARG before FROM with a default in its use': {
		dockerfile: 'ARG VERSION\nFROM alpine:${VERSION:-3.22}\n',
	},
	'an ARG before FROM that is taken up in the stage': {
		dockerfile: `ARG WHO=me\nFROM ${ALPINE}\nARG WHO\nRUN echo $WHO > /who\n`,
	},
	'an ARG that chooses a stage': {
		dockerfile: `ARG WHICH=one\nFROM ${ALPINE} AS one\nRUN echo 1 > /n\nFROM ${ALPINE} AS two\nRUN echo 2 > /n\nFROM \${WHICH}\n`,
		args: ['--build-arg', 'WHICH=two'],
	},
	'an ARG in the name of a stage': {
		dockerfile: 'ARG N=x\nFROM scratch AS ${N}\nCOPY a /a\n',
		fails: 'invalid name for build stage',
	},
	'FROM --platform of the builder': {
		dockerfile: `FROM --platform=$BUILDPLATFORM ${ALPINE}\nARG TARGETPLATFORM BUILDPLATFORM TARGETOS TARGETARCH TARGETVARIANT\nRUN echo $TARGETPLATFORM $BUILDPLATFORM $TARGETOS $TARGETARCH $TARGETVARIANT > /p\n`,
	},
	'FROM --platform of the target': {
		dockerfile: `FROM --platform=$TARGETPLATFORM ${ALPINE}\n`,
		says: 'RedundantTargetPlatform',
	},
	'FROM --platform as a word': {
		dockerfile: `FROM --platform=linux/amd64 ${ALPINE}\n`,
		says: 'FromPlatformFlagConstDisallowed',
	},
	'FROM --platform scratch for another architecture': {
		dockerfile: 'FROM --platform=linux/arm64/v8 scratch\nCOPY a /a\n',
	},
	'FROM --platform that is none': {dockerfile: 'FROM --platform=a/b/c/d scratch\n', fails: 'platform'},
	'FROM --platform without a value': {dockerfile: `FROM --platform= ${ALPINE}\n`},
	'FROM with an unknown flag': {dockerfile: 'FROM --wrong=1 scratch\n', fails: 'unknown flag: --wrong'},
	'FROM with a digest that there is not': {
		dockerfile: `FROM localhost:1/none@sha256:${'0'.repeat(64)}\n`,
		fails: 'localhost:1/none',
	},
	'FROM with a reference that is none': {dockerfile: 'FROM a:b:c\n', fails: 'invalid reference format'},
	'FROM with capitals': {dockerfile: 'FROM Alpine\n', fails: 'repository name'},
	'FROM with too few words': {dockerfile: 'FROM\n', fails: 'FROM requires either one or three arguments'},
	'FROM with two words': {
		dockerfile: 'FROM scratch x\n',
		fails: 'FROM requires either one or three arguments',
	},
	'FROM with an empty variable': {dockerfile: 'ARG X\nFROM ${X}\n', fails: 'base name'},
	'FROM a stage that comes later': {
		dockerfile: 'FROM later\nFROM scratch AS later\n',
	},
	'COPY from a stage that comes later': {
		dockerfile: 'FROM scratch\nCOPY --from=later /a /a\nFROM scratch AS later\nCOPY a /a\n',
		args: ['--target', 'later'],
	},
	'COPY from the stage itself': {
		dockerfile: 'FROM scratch AS me\nCOPY --from=me /a /a\n',
		fails: 'circular',
	},
	'COPY from a number that there is not': {
		dockerfile: 'FROM scratch\nCOPY --from=7 /a /a\n',
		fails: 'invalid',
	},
	'--target of the first stage': {
		dockerfile: 'FROM scratch AS one\nCOPY a /1\nFROM scratch AS two\nCOPY a /2\n',
		args: ['--target', 'one'],
	},
	'--target by number': {
		dockerfile: 'FROM scratch AS one\nCOPY a /1\nFROM scratch AS two\nCOPY a /2\n',
		args: ['--target', '0'],
		fails: 'target stage "0" could not be found',
		judged: 'we name the stages that there are',
	},
	'--target in other letters': {
		dockerfile: 'FROM scratch AS one\nCOPY a /1\nFROM scratch AS two\nCOPY a /2\n',
		args: ['--target', 'ONE'],
	},
	'an error in a stage behind the target': {
		dockerfile: 'FROM scratch AS one\nCOPY a /a\nFROM scratch AS two\nCOPY --wrong a /a\n',
		args: ['--target', 'one'],
		fails: 'line 4: unknown flag: --wrong',
	},
	'--target that there is not': {
		dockerfile: 'FROM scratch AS one\nFROM scratch AS two\n',
		args: ['--target', 'onee'],
		fails: 'target stage "onee" could not be found',
		judged: 'we name the stages that there are',
	},
	'ten stages in a row': {
		dockerfile: `FROM ${ALPINE} AS s0\n${Array.from({length: 9}, (_, i) => `FROM s${i} AS s${i + 1}\nENV S${i}=${i}\n`).join('')}`,
	},
	'stages side by side': {
		dockerfile: `FROM ${ALPINE} AS l\nRUN echo l > /l\nFROM ${ALPINE} AS r\nRUN echo r > /r\nFROM scratch\nCOPY --from=l /l /\nCOPY --from=r /r /\n`,
	},
};
