import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type Contract, sealContract} from '../proto/contract.ts';
import {labels} from '../proto/labels.ts';
import {ensureImages} from './engine/images.ts';
import {ensureProduct} from './engine/product.ts';
import {selfSigned} from './helpers/certificates.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {contract, proxyContract} from './helpers/subject.ts';
import {buildTarget, startTarget} from './helpers/target.ts';

// The daemon in its own image, as its README says to run it, among containers that mean it harm.

const CEILING = 384;

/** Speaks as its variable MODE says, in TLS and in plain text. It is no part of ours and wants no types. */
const server = `
const {createServer} = require('node:net');
const {createServer: tls} = require('node:tls');
const {readFileSync} = require('node:fs');
const head = 'HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n';
const pour = (socket, chunk) => { const more = () => { while (!socket.destroyed && socket.write(chunk)); }; socket.on('drain', more); more(); };
const frame = (type, flags, stream, payload = Buffer.alloc(0)) => { const h = Buffer.alloc(9); h.writeUIntBE(payload.length, 0, 3); h[3] = type; h[4] = flags; h.writeUInt32BE(stream, 5); return Buffer.concat([h, payload]); };
const modes = {
	interim: s => pour(s, 'HTTP/1.1 103 Early Hints\\r\\nLink: </a>\\r\\n\\r\\n'.repeat(1000)),
	pieces: s => { s.write(head + 'Transfer-Encoding: chunked\\r\\n\\r\\n'); pour(s, '1\\r\\na\\r\\n'.repeat(1000)); },
	frames: s => { s.write(frame(4, 0, 0)); s.write(frame(1, 0, 1, Buffer.from([0x88]))); pour(s, frame(9, 0, 1, Buffer.alloc(8192, 0x40))); },
};
const talk = modes[process.env.MODE];
const speak = s => { s.on('error', () => {}); s.once('data', () => talk(s)); };
tls({key: readFileSync('/key'), cert: readFileSync('/cert'), ALPNProtocols: process.env.MODE === 'frames' ? ['h2'] : ['http/1.1']}, speak).on('tlsClientError', () => {}).listen(8443);
createServer(speak).listen(8080);
setInterval(() => process.stdout.write('\\u001B[2J'.repeat(1000) + '\\n'), 100);
`;
const modes = ['interim', 'pieces', 'frames'];

const dockerfile = `
FROM node:24-bookworm-slim
COPY . /
USER 10001
CMD ["node", "/server.cjs"]
`;

const promised: Contract = {...contract, proxy: proxyContract};

async function buildHostile(docker: Docker): Promise<void> {
	await ensureImages(docker.engine, ['node:24-bookworm-slim']);
	const {bytes, digest} = sealContract(promised);
	const {key, cert} = selfSigned('localhost');
	const folder = await folderOf({'etc/sallyport/contract.json': bytes, 'server.cjs': server, key, cert});
	const {code, stderr} = await docker(
		[
			'build',
			'-q',
			'-t',
			'sallyport-test/hostile',
			'--label',
			`${labels.contract}=${digest}`,
			'-f',
			'-',
			folder,
		],
		{input: dockerfile},
	);
	if (code !== 0) {
		throw new Error(stderr);
	}
}

interface Line {
	readonly event?: string;
	readonly container?: string;
	readonly name?: string;
	readonly verdict?: string;
}

async function diaryOf(docker: Docker, id: string): Promise<readonly Line[]> {
	const {stderr} = await docker(['logs', id]);
	return stderr
		.split('\n')
		.filter(line => line.startsWith('{'))
		.map(line => JSON.parse(line) as Line);
}

async function until(t: ExecutionContext, what: string, isSo: () => Promise<boolean>): Promise<void> {
	for (let waited = 0; waited < 60_000; waited += 500) {
		if (await isSo()) {
			return;
		}

		await sleep(500);
	}

	t.fail(`${what}: not within a minute`);
}

test.serial(
	'in its image the daemon has no root, no shell and a ceiling, and lives among containers that mean it harm',
	async t => {
		const docker = await openDocker();
		await ensureProduct(docker.engine, {only: ['sallyport/daemon:1']});
		await Promise.all([buildHostile(docker), buildTarget(docker, 'sallyport-test-target:1')]);
		const made: string[] = [];
		t.teardown(() => docker(['rm', '-f', '-v', ...made]));
		const started = async (...args: readonly string[]): Promise<string> => {
			const {code, stdout, stderr} = await docker(['run', '-d', '--label', 'sallyport-test', ...args]);
			t.is(code, 0, stderr);
			made.push(stdout.trim());
			return stdout.trim();
		};
		const socket = docker.engine.host.replace('unix://', '');
		const group = await docker([
			'run',
			'--rm',
			'-v',
			`${socket}:/s`,
			'debian:trixie-slim',
			'stat',
			'-c',
			'%g',
			'/s',
		]);

		const daemon = await started(
			...['--pid', 'host', '--network', 'host', '--group-add', group.stdout.trim(), '--read-only'],
			...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/run/sallyport'],
			...['--memory', `${CEILING}m`, '--memory-swap', `${CEILING}m`, '--cpus', '1', '--pids-limit', '64'],
			...['-v', `${socket}:/var/run/docker.sock:ro`, '-v', '/sys/fs/cgroup:/sys/fs/cgroup:ro'],
			...['sallyport/daemon:1', 'daemon', '--listen', '127.0.0.1:0', '--interval', '5'],
		);
		const hostile = await Promise.all(
			modes.map(mode =>
				started('-e', `MODE=${mode}`, '--memory', '256m', '--cpus', '0.2', 'sallyport-test/hostile'),
			),
		);
		// Docker checks names; labels are anybody's text.
		const labelled = await started(
			...['--label', `big=${'x'.repeat(100_000)}`, '--label', `escape=\u001B[31m\n\u202E`],
			...['--label', `dev.sallyport.listen=${'https:1,'.repeat(1000)}`, 'debian:trixie-slim', 'sleep', '300'],
		);
		const honest = await startTarget(docker, 'sallyport-test-target:1');
		made.push(honest);

		const seen = async (): Promise<ReadonlyMap<string, string>> =>
			new Map(
				(await diaryOf(docker, daemon))
					.filter(({event}) => event === 'TARGET_VERIFIED')
					.map(({container = '', verdict = ''}) => [container, verdict]),
			);
		await until(t, 'every container has a verdict', async () => {
			const verdicts = await seen();
			return [...hostile, labelled, honest].every(id => verdicts.has(id));
		});

		const verdicts = await seen();
		t.true(hostile.every(id => verdicts.get(id) !== 'pass'));
		await until(t, 'the daemon is healthy', async () => {
			const {stdout} = await docker(['inspect', daemon, '--format', '{{.State.Health.Status}}']);
			return stdout.trim() === 'healthy';
		});
		const {stdout} = await docker([
			'inspect',
			daemon,
			'--format',
			'{{.State.OOMKilled}} {{.RestartCount}} {{.Config.User}}',
		]);
		t.is(stdout.trim(), 'false 0 65532:65532');
		const used = await docker(['stats', '--no-stream', '--format', '{{.MemUsage}}', daemon]);
		const megabytes = Number(/^([\d.]+)MiB/.exec(used.stdout)?.[1]);
		t.log(`${used.stdout.trim()} among ${made.length - 1} containers`);
		t.true(megabytes < CEILING * 0.75, used.stdout);
		t.not((await docker(['exec', daemon, '/bin/sh', '-c', 'true'])).code, 0, 'there is no shell');

		const check = await docker([
			'exec',
			daemon,
			'/usr/local/bin/node',
			'/sallyport/app/cli/main.mjs',
			'daemon',
			'check',
			'--json',
		]);
		t.true(check.code < 2, check.stdout + check.stderr);
		const {lines} = JSON.parse(check.stdout) as {
			lines: readonly {what: string; state: string; message: string}[];
		};
		t.is(lines.find(({what}) => what === 'processes')?.state, 'ok', check.stdout);
		t.is(lines.find(({what}) => what === 'engine paths')?.state, 'ok', check.stdout);

		await docker(['kill', '-s', 'HUP', daemon]);
		await until(t, 'rules are read again', async () =>
			(await diaryOf(docker, daemon)).some(({event}) => event === 'CONFIG_RELOADED'),
		);
		await docker(['stop', '-t', '25', daemon]);
		const ended = await docker(['inspect', daemon, '--format', '{{.State.ExitCode}}']);
		t.is(ended.stdout.trim(), '0');
		t.is((await diaryOf(docker, daemon)).at(-1)?.event, 'DAEMON_STOPPED');
	},
);
