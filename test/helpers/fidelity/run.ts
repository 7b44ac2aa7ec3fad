import {generateKeyPairSync} from 'node:crypto';
import {ALPINE, type FidelityCases} from './case.ts';

/** Opens nothing. */
const KEY = generateKeyPairSync('ed25519').privateKey.export({type: 'pkcs8', format: 'pem'}).toString();

const on = (text: string): string => `FROM ${ALPINE}\n${text}\n`;

/** RUN and all that stands before its command. */
export const run: FidelityCases = {
	'RUN in a shell': {dockerfile: on('RUN echo "a $HOME" > /x && ls / > /y')},
	'RUN as a list': {dockerfile: on('RUN ["touch", "/a b"]')},
	'RUN as a list that is none': {dockerfile: on("RUN ['touch', '/a']"), fails: 'exit code'},
	'RUN as a list with a comma too many': {dockerfile: on('RUN ["touch", "/a",]'), fails: 'exit code'},
	'RUN over lines': {dockerfile: on('RUN echo 1 > /1 && \\\n    echo 2 > /2 && \\\n\techo 3 > /3')},
	'RUN with a comment within': {dockerfile: on('RUN echo 1 > /1 && \\\n# why\n    echo 2 > /2')},
	'RUN with an empty line within': {
		dockerfile: on('RUN echo 1 > /1 && \\\n\n    echo 2 > /2'),
		says: 'NoEmptyContinuation',
	},
	'RUN with a heredoc': {dockerfile: on('RUN <<EOF\nset -e\necho 1 > /1\necho 2 > /2\nEOF')},
	'RUN with a heredoc for another program': {dockerfile: on('RUN <<EOF cat > /x\nhello $HOME\nEOF')},
	'RUN with a heredoc and a hashbang': {dockerfile: on('RUN <<EOF\n#!/bin/sh\necho "$0" | wc -l > /x\nEOF')},
	'RUN with a quoted heredoc': {dockerfile: on("RUN <<'EOF'\necho '$HOME' > /x\nEOF")},
	'RUN with a heredoc without its tabs': {dockerfile: on('RUN <<-EOF\n\techo tab > /x\n\tEOF')},
	'RUN with two heredocs': {dockerfile: on('RUN cat <<A > /1 && cat <<B > /2\none\nA\ntwo\nB')},
	'RUN that expands what the shell expands': {
		dockerfile: on('ARG A=1\nENV B=2\nRUN echo "$A ${B} ${C:-3} \\$A" > /x'),
	},
	'RUN that fails': {
		dockerfile: on('RUN echo before && false'),
		fails: 'did not complete successfully: exit code: 1',
	},
	'RUN that fails with a code of its own': {dockerfile: on('RUN exit 42'), fails: 'exit code: 42'},
	'RUN that fails in a heredoc': {
		dockerfile: on('RUN <<EOF\nset -e\necho out\nfalse\nEOF'),
		fails: 'exit code: 1',
	},
	'RUN of a program that there is not': {dockerfile: on('RUN ["/nowhere"]'), fails: '/nowhere'},
	'RUN without a shell in the image': {dockerfile: 'FROM scratch\nRUN true\n', fails: '/bin/sh'},
	'RUN that is killed': {dockerfile: on("RUN sh -c 'kill -9 $$'; exit $?"), fails: 'exit code: 137'},
	'RUN that fails in a stage before': {
		dockerfile: `FROM ${ALPINE} AS one\nRUN echo bad && exit 3\nFROM scratch\nCOPY --from=one /a /a\n`,
		fails: 'exit code: 3',
	},
	'RUN of nothing': {dockerfile: on('RUN')},
	'RUN of an empty list': {dockerfile: on('RUN []'), fails: 'arguments are required'},
	'RUN with an unknown flag': {dockerfile: on('RUN --wrong=1 true'), fails: 'unknown flag: --wrong'},
	'RUN --network=none': {dockerfile: on('RUN --network=none ls /sys/class/net > /x')},
	'RUN --network=default': {dockerfile: on('RUN --network=default true')},
	'RUN --network=host': {
		dockerfile: on('RUN --network=host echo host > /x'),
		args: ['--allow', 'network.host'],
	},
	'RUN --network that is none': {dockerfile: on('RUN --network=mine true'), fails: 'mine'},
	'RUN --security=sandbox': {
		dockerfile: on('RUN --security=sandbox echo s > /x'),
		fails: 'unknown flag: --security',
	},
	'RUN --security=insecure': {
		dockerfile: on('RUN --security=insecure echo i > /x'),
		fails: 'unknown flag: --security',
	},
	'RUN --device that there is not': {
		dockerfile: on('RUN --device=example.com/none=x true'),
		fails: 'example.com/none',
	},
	'RUN --device that may be missing': {
		dockerfile: on('RUN --device=example.com/none=x,required=false true'),
		fails: 'device feature is only supported',
	},
	'a bind mount of the context': {dockerfile: on('RUN --mount=target=/ctx cat /ctx/a > /x')},
	'a bind mount of a part': {dockerfile: on('RUN --mount=type=bind,source=b,target=/ctx ls /ctx > /x')},
	'a bind mount that can be written': {
		dockerfile: on('RUN --mount=type=bind,target=/ctx,rw echo n > /ctx/n && ls /ctx > /x'),
	},
	'a bind mount of a stage': {
		dockerfile: `FROM scratch AS s\nCOPY a /a\nFROM ${ALPINE}\nRUN --mount=type=bind,from=s,source=/a,target=/in cat /in > /x\n`,
	},
	'a bind mount of an image': {
		dockerfile: on(`RUN --mount=type=bind,from=${ALPINE},target=/in ls /in/etc > /x`),
	},
	'a bind mount with a variable': {
		dockerfile: on('ARG WHERE=/ctx\nRUN --mount=type=bind,target=${WHERE} ls ${WHERE} > /x'),
	},
	'a bind mount relative to the folder': {dockerfile: on('WORKDIR /w\nRUN --mount=target=in cat in/a > x')},
	'a bind mount of what there is not': {
		dockerfile: on('RUN --mount=type=bind,source=nowhere,target=/in true'),
		fails: 'nowhere',
	},
	'a cache mount': {
		dockerfile: on(
			'RUN --mount=type=cache,target=/cache,id=fidelity-a,sharing=locked touch /cache/x && echo y > /y',
		),
	},
	'a cache mount with an owner': {
		dockerfile: on(
			'RUN --mount=type=cache,target=/c,id=fidelity-b,uid=5,gid=6,mode=0700 stat -c "%u %g %a" /c > /x',
		),
	},
	'a cache mount that starts from a stage': {
		dockerfile: `FROM scratch AS s\nCOPY b /b\nFROM ${ALPINE}\nRUN --mount=type=cache,target=/c,id=fidelity-c,from=s,source=/b,ro,sharing=private ls /c > /x\n`,
	},
	'a cache mount with a sharing that is none': {
		dockerfile: on('RUN --mount=type=cache,target=/c,sharing=often true'),
		fails: 'often',
	},
	'a tmpfs mount': {dockerfile: on('RUN --mount=type=tmpfs,target=/t,size=1m touch /t/x && ls /t > /x')},
	'a secret mount': {
		dockerfile: on('RUN --mount=type=secret,id=s cat /run/secrets/s | wc -c > /x'),
		args: ['--secret', 'id=s,src=@in/a'],
	},
	'a secret mount with everything': {
		dockerfile: on(
			'RUN --mount=type=secret,id=s,target=/k,uid=3,gid=4,mode=0440,required=true stat -c "%u %g %a" /k > /x',
		),
		args: ['--secret', 'id=s,src=@in/a'],
	},
	'a secret as a variable': {
		dockerfile: on('RUN --mount=type=secret,id=s,env=S test -n "$S" && echo there > /x'),
		args: ['--secret', 'id=s,env=FIDELITY_SECRET'],
		env: {FIDELITY_SECRET: 'quiet'},
	},
	'a secret that nobody gave': {
		dockerfile: on('RUN --mount=type=secret,id=none ls /run/secrets > /x 2>&1 || true'),
	},
	'a secret that is required and nobody gave': {
		dockerfile: on('RUN --mount=type=secret,id=none,required=true true'),
		fails: 'secret none: not found',
	},
	'a secret without a name': {dockerfile: on('RUN --mount=type=secret true'), fails: 'secret'},
	'an SSH mount': {
		dockerfile: on('RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo there > /x'),
		files: {key: {text: KEY, mode: 0o600}},
		args: ['--ssh', 'default=@in/key'],
	},
	'an SSH mount with everything': {
		dockerfile: on(
			'RUN --mount=type=ssh,id=mine,target=/s,uid=3,gid=4,mode=0660,required stat -c "%u %g %a" /s > /x',
		),
		files: {key: {text: KEY, mode: 0o600}},
		args: ['--ssh', 'mine=@in/key'],
	},
	'an SSH mount that nobody gave': {dockerfile: on('RUN --mount=type=ssh echo "$SSH_AUTH_SOCK" > /x')},
	'an SSH mount that is required and nobody gave': {
		dockerfile: on('RUN --mount=type=ssh,required=true true'),
		fails: 'ssh',
	},
	'a mount of a type that there is not': {
		dockerfile: on('RUN --mount=type=nfs,target=/x true'),
		fails: 'nfs',
	},
	'a mount with a key that there is not': {
		dockerfile: on('RUN --mount=type=bind,target=/x,wrong=1 true'),
		fails: 'wrong',
	},
	'a mount without a target': {dockerfile: on('RUN --mount=type=cache true'), fails: 'target'},
	'a mount over the root': {dockerfile: on('RUN --mount=target=/ true'), fails: 'mount'},
	'several mounts and flags': {
		dockerfile: on('RUN --mount=type=tmpfs,target=/t --mount=target=/c,readonly --network=none ls /c > /x'),
	},
};
