import {once} from 'node:events';
import {createServer} from 'node:net';
import type {ExecutionContext} from 'ava';
import {ensureImages} from '../engine/images.ts';
import {type Docker, mountable} from './docker.ts';
import {eventually} from './eventually.ts';

/** Receivers of alerts as Debian has them, running. */
export interface Receivers {
	/** Alertmanager's address; it tells `hook` what it hears. */
	readonly alertmanager: string;
	readonly syslog: {readonly tcp: number; readonly udp: number; readonly socket: string};
	/** Lines that rsyslog wrote: priority|host|program|message id|structured data|text. */
	readonly lines: () => Promise<readonly string[]>;
}

const TAG = 'sallyport-test/receivers:1';

const dockerfile = `
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus-alertmanager rsyslog && rm -rf /var/lib/apt/lists/*
`;

/** Both in one container, on this machine's loopback. @param hook where Alertmanager sends what it hears */
export async function startReceivers(t: ExecutionContext, docker: Docker, hook: string): Promise<Receivers> {
	await ensureImages(docker.engine, ['debian:trixie-slim']);
	const {code, stderr} = await docker(['build', '-q', '-t', TAG, '-'], {input: dockerfile});
	if (code !== 0) {
		throw new Error(`The receivers could not be built:\n${stderr}`);
	}

	const [http = 0, tcp = 0, udp = 0] = await Promise.all([freePort(), freePort(), freePort()]);
	const folder = await mountable({
		'rsyslog.conf': `
global(parser.escapeControlCharactersOnReceive="off")
module(load="imudp") module(load="imtcp") module(load="imptcp")
template(name="all" type="string" string="%pri%|%hostname%|%app-name%|%msgid%|%structured-data%|%msg%\\n")
input(type="imudp" address="127.0.0.1" port="${udp}")
input(type="imtcp" address="127.0.0.1" port="${tcp}")
input(type="imptcp" path="/shared/log.sock")
*.* action(type="omfile" file="/dev/stdout" template="all")
`,
		'alertmanager.yml': `
route: {receiver: test, group_by: [control, container], group_wait: 100ms, group_interval: 500ms}
receivers: [{name: test, webhook_configs: [{url: "${hook}", send_resolved: true}]}]
`,
	});
	const manager = [
		'prometheus-alertmanager --config.file /shared/alertmanager.yml --storage.path /tmp/am',
		`--web.listen-address 127.0.0.1:${http} --cluster.listen-address= 2>/tmp/am.log &`,
	].join(' ');
	const {stdout, stderr: why} = await docker([
		...['run', '-d', '--network', 'host', '-v', `${folder}:/shared`, '--label', 'sallyport-test', TAG],
		...['sh', '-c', `${manager} exec rsyslogd -n -i NONE -f /shared/rsyslog.conf`],
	]);
	const id = stdout.trim();
	if (id === '') {
		throw new Error(`The receivers did not start:\n${why}`);
	}

	t.teardown(() => docker(['rm', '-f', '-v', id]));
	const alertmanager = `http://127.0.0.1:${http}`;
	await eventually(async () => (await fetch(`${alertmanager}/-/ready`).catch(() => undefined))?.ok);
	return {
		alertmanager,
		syslog: {tcp, udp, socket: `${folder}/log.sock`},
		lines: async () => (await docker(['logs', id])).stdout.split('\n').filter(line => line.includes('|')),
	};
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	server.close();
	return typeof address === 'object' && address !== null ? address.port : 0;
}
