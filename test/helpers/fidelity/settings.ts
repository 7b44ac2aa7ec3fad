import {ALPINE, type FidelityCases} from './case.ts';

const on = (text: string): string => `FROM ${ALPINE}\n${text}\n`;

/** What ends in the image's configuration, and the variables that it is made of. */
export const settings: FidelityCases = {
	'ENV in all its forms': {dockerfile: on('ENV A=1 B="two words" C=three\\ words D=\'$A\' E=$A${B}')},
	'ENV as it used to be': {dockerfile: on('ENV A b c  d'), says: 'LegacyKeyValueFormat'},
	'ENV over lines': {dockerfile: on('ENV A=1 \\\n    # why\n    B=2 \\\n    C=3')},
	'ENV takes its own values only in the next line': {dockerfile: on('ENV A=1\nENV A=2 B=$A\nENV C=$A')},
	'ENV expands': {
		dockerfile: on(
			'ENV A=abc.def.ghi E=\nENV M=${N:-minus} P=${A:+plus} Q=${E-unset} R=${E:-empty} S=${A-x} T=${NONE+y}',
		),
	},
	'ENV cuts and replaces': {
		dockerfile: on(
			'ENV A=abc.def.ghi\nENV B=${A#*.} C=${A##*.} D=${A%.*} E=${A%%.*} F=${A/./-} G=${A//./-} H=\\$A',
		),
	},
	'ENV asks for what must be there': {dockerfile: on('ENV A=${MUST:?be given}'), fails: 'be given'},
	'ENV with an expansion that is none': {dockerfile: on('ENV A=${B!C}'), fails: 'unsupported modifier'},
	'ENV with a brace too few': {dockerfile: on('ENV A=${B'), fails: 'in substitution'},
	'ENV of what nobody set': {dockerfile: on('ENV A=$NOWHERE'), says: 'UndefinedVar'},
	'ENV without a name': {dockerfile: on('ENV =x'), fails: 'ENV names can not be blank'},
	'ENV with a word alone': {dockerfile: on('ENV A'), fails: 'ENV must have two arguments'},
	'ENV with a quote too few': {dockerfile: on('ENV A="b'), fails: 'unexpected end of statement'},
	'ENV extends what the base has': {dockerfile: on('ENV PATH=/mine:$PATH')},
	'ARG with and without a default': {
		dockerfile: on('ARG A\nARG B=b C="c d"\nRUN echo "[$A][$B][$C]" > /x'),
		args: ['--build-arg', 'A=given', '--build-arg', 'C='],
	},
	'ARG from the environment of the client': {
		dockerfile: on('ARG FROM_OUTSIDE\nRUN echo "$FROM_OUTSIDE" > /x'),
		args: ['--build-arg', 'FROM_OUTSIDE'],
		env: {FROM_OUTSIDE: 'there'},
	},
	'ARG that nobody takes': {dockerfile: on('ENV A=1'), args: ['--build-arg', 'NOBODY=1']},
	'ARG below ENV of the same name': {dockerfile: on('ENV A=env\nARG A=arg\nRUN echo $A > /x')},
	'ARG before and after its use': {
		dockerfile: on('RUN echo "[$A]" > /1\nARG A=1\nRUN echo "[$A]" > /2'),
	},
	'ARG in the next stage is another': {
		dockerfile: `FROM ${ALPINE} AS one\nARG A=1\nFROM ${ALPINE}\nRUN echo "[$A]" > /x\n`,
	},
	'ARG through a stage': {
		dockerfile: `FROM ${ALPINE} AS one\nARG A=1\nENV B=2\nFROM one\nRUN echo "[$A][$B]" > /x\n`,
	},
	'ARG that always is there': {
		dockerfile: on('RUN echo "[$HTTP_PROXY][$no_proxy]" > /x'),
		args: ['--build-arg', 'HTTP_PROXY=http://127.0.0.1:1', '--build-arg', 'no_proxy=*'],
	},
	'ARG with a name that is none': {dockerfile: on('ARG =x'), fails: 'ARG names can not be blank'},
	'ARG with the name of a secret': {
		dockerfile: on('ARG API_TOKEN\nENV DB_PASSWORD=x'),
		says: 'SecretsUsedInArgOrEnv',
	},
	'LABEL in all its forms': {
		dockerfile: on('ARG V=1.2\nLABEL a=b "c d"="e f" g.h=\'i j\' version=$V\nLABEL k l m'),
	},
	'LABEL twice': {dockerfile: on('LABEL a=1\nLABEL a=2 b="multi\\\nline"')},
	'LABEL without a value': {dockerfile: on('LABEL a'), fails: 'LABEL must have two arguments'},
	'EXPOSE in all its forms': {dockerfile: on('ARG P=90\nEXPOSE 80 81/tcp 82/udp 83-85 $P/sctp')},
	'EXPOSE of what is no port': {dockerfile: on('EXPOSE eighty'), fails: 'eighty'},
	'EXPOSE with an address': {dockerfile: on('EXPOSE 127.0.0.1:80:80'), says: 'ExposeInvalidFormat'},
	'EXPOSE with a protocol in capitals': {dockerfile: on('EXPOSE 80/TCP'), says: 'ExposeProtoCasing'},
	'USER by name and number': {
		dockerfile: on('USER nobody\nRUN id -u > /tmp/1\nUSER 5:6\nRUN id -u > /tmp/2'),
	},
	'USER with a variable': {dockerfile: on('ARG U=nobody\nUSER ${U}:${G:-nobody}')},
	'USER that there is not': {dockerfile: on('USER nonesuch\nRUN true'), fails: 'nonesuch'},
	'USER of nothing': {dockerfile: on('USER'), fails: 'USER requires exactly one argument'},
	'WORKDIR in all its forms': {
		dockerfile: on('WORKDIR /a\nWORKDIR b\nWORKDIR ../c/./d\nENV D=/e\nWORKDIR $D/f\nRUN pwd > x'),
	},
	'WORKDIR that is relative from the start': {
		dockerfile: 'FROM scratch\nWORKDIR a\nCOPY a .\n',
		says: 'WorkdirRelativePath',
	},
	'WORKDIR as another user': {dockerfile: on('USER 5:6\nWORKDIR /mine\nRUN stat -c %u /mine > /tmp/x')},
	'WORKDIR of a file': {dockerfile: on('WORKDIR /etc/passwd'), fails: '/etc/passwd'},
	'VOLUME in both forms': {
		dockerfile: on('VOLUME /a /b\nVOLUME ["/c d", "/e"]\nRUN mkdir -p /a && echo x > /a/x'),
	},
	'VOLUME with a variable': {dockerfile: on('ARG V=/data\nVOLUME $V')},
	'VOLUME of nothing': {dockerfile: on('VOLUME [""]'), fails: 'VOLUME'},
	STOPSIGNAL: {dockerfile: on('STOPSIGNAL SIGQUIT')},
	'STOPSIGNAL by number and variable': {dockerfile: on('ARG S=9\nSTOPSIGNAL $S')},
	'STOPSIGNAL that is none': {dockerfile: on('STOPSIGNAL SIGNOTHING'), fails: 'SIGNOTHING'},
	'HEALTHCHECK with everything': {
		dockerfile: on(
			'HEALTHCHECK --interval=5m --timeout=3s --start-period=1m --start-interval=2s --retries=7 CMD wget -q http://localhost/ || exit 1',
		),
		judged: 'its times are brought into bounds',
	},
	'HEALTHCHECK as a list': {dockerfile: on('HEALTHCHECK CMD ["true", "x y"]')},
	'HEALTHCHECK NONE': {dockerfile: on('HEALTHCHECK NONE')},
	'HEALTHCHECK twice': {
		dockerfile: on('HEALTHCHECK CMD true\nHEALTHCHECK NONE'),
		says: 'MultipleInstructionsDisallowed',
	},
	'HEALTHCHECK of a time that is none': {
		dockerfile: on('HEALTHCHECK --interval=soon CMD true'),
		fails: 'soon',
	},
	'HEALTHCHECK of too short a time': {
		dockerfile: on('HEALTHCHECK --interval=1us CMD true'),
		fails: 'cannot be less than 1ms',
	},
	'HEALTHCHECK NONE with more': {
		dockerfile: on('HEALTHCHECK NONE x'),
		fails: 'HEALTHCHECK NONE takes no arguments',
	},
	'HEALTHCHECK of another kind': {dockerfile: on('HEALTHCHECK MAYBE true'), fails: 'MAYBE'},
	SHELL: {dockerfile: on('SHELL ["/bin/sh", "-e", "-c"]\nRUN echo $- > /x\nCMD echo hi\nENTRYPOINT top')},
	'SHELL that is no list': {
		dockerfile: on('SHELL /bin/sh -c'),
		fails: 'SHELL requires the arguments to be in JSON form',
	},
	'SHELL of nothing': {dockerfile: on('SHELL []'), fails: 'SHELL requires at least one argument'},
	'CMD in both forms': {
		dockerfile: on('CMD echo "$HOME"\nCMD ["echo", "x y"]'),
		says: 'MultipleInstructionsDisallowed',
	},
	'CMD in a shell': {dockerfile: on('CMD echo $HOME'), says: 'JSONArgsRecommended'},
	'CMD of nothing': {dockerfile: on('CMD []')},
	'ENTRYPOINT in both forms': {dockerfile: on('ENTRYPOINT ["/bin/echo"]\nCMD ["x"]')},
	'ENTRYPOINT takes CMD of the base away': {
		dockerfile: `FROM ${ALPINE} AS base\nCMD ["x"]\nFROM base\nENTRYPOINT ["/bin/echo"]\n`,
	},
	'ENTRYPOINT of nothing': {dockerfile: on('ENTRYPOINT []')},
	MAINTAINER: {dockerfile: on('MAINTAINER Some One <some@one.example>'), says: 'MaintainerDeprecated'},
	'ONBUILD is kept': {dockerfile: on('ONBUILD COPY a /a\nONBUILD RUN echo x')},
	'ONBUILD is done in the stage on it': {
		dockerfile: `FROM ${ALPINE} AS base\nONBUILD COPY a /a\nONBUILD ENV WHEN=later\nFROM base\nRUN cat /a > /x\n`,
	},
	'ONBUILD COPY --from': {
		dockerfile: `FROM scratch AS s\nCOPY a /a\nFROM ${ALPINE} AS base\nONBUILD COPY --from=s /a /a\nFROM base\n`,
	},
	'ONBUILD of ONBUILD': {dockerfile: on('ONBUILD ONBUILD RUN true'), fails: 'ONBUILD'},
	'ONBUILD FROM': {dockerfile: on('ONBUILD FROM scratch'), fails: 'FROM'},
	'ONBUILD of nothing': {dockerfile: on('ONBUILD'), fails: 'ONBUILD requires at least one argument'},
	'ONBUILD of an unknown instruction': {dockerfile: on('ONBUILD COPPY a b')},
	'everything at once': {
		dockerfile: on(
			'ARG V=1\nENV A=$V PORT=80\nLABEL v=$V\nWORKDIR /app\nCOPY --chown=5:6 b .\nRUN echo $A > built\nEXPOSE $PORT\nVOLUME /data\nUSER 5:6\nSTOPSIGNAL SIGINT\nHEALTHCHECK CMD true\nENTRYPOINT ["/bin/sh", "-c"]\nCMD ["true"]',
		),
	},
};
