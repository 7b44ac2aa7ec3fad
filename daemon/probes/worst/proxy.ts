import {once} from 'node:events';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {digestOf} from '../../../proto/digest.ts';
import {ask} from '../ask.ts';
import type {Endpoint, Subject, Worst} from '../probe.ts';
import {openRude} from '../rude.ts';
import {visitsOnce} from '../visit.ts';
import {worstContainer} from './container.ts';
import {badProxy, promisedBy} from './contract.ts';

const CONFIG = [
	'http {',
	'proxy_cache_path /srv/kept levels=1:2 keys_zone=answers:1m;',
	'proxy_next_upstream error timeout non_idempotent;',
	'upstream outside {',
	'server 192.0.2.66:80;',
	'}',
	'proxy_pass http://outside;',
	'}',
].join('\n');

const promised = promisedBy({
	...badProxy,
	configDigest: digestOf(CONFIG),
	listeners: [
		{port: 8443, protocol: 'https'},
		{port: 8080, protocol: 'redirect'},
	],
	hosts: ['app.invalid'],
	healthPath: '/.sallyport/health',
	canaryPath: '/.sallyport/canary',
	trustsProxies: false,
	headSeconds: 1,
	cache: 'routes',
	routes: [
		{path: '/admin', match: 'prefix', to: 'application', access: ['addresses', 'basic'], cached: true},
	],
	limits: {bodyBytes: 1000, requestsPerSecond: 1, burst: 1, connections: 1},
});

/** What the policy would say, of every control at once. */
const params = {cidrs: ['192.0.2.0/24'], egress: [], anonymise: true} as const;

/**
 * A real server on loopback that does everything wrong which a proxy can do: it answers whatever it hears with 200, believes every
 * header, remembers everybody's secrets, writes all of it down, and gives everyone one answer for ever.
 */
export const worstProxy: Worst = async signal => {
	const written: string[] = [];
	const sockets = new Set<Socket>();
	const server = createServer(socket => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => undefined);
		socket.on('data', chunk => answer(chunk.toString('latin1'), socket, written));
	});
	const port = await portOf(server, signal);
	const subject = await subjectAt(port, written, signal);
	return {
		subject,
		close: async () => {
			for (const socket of sockets) {
				socket.destroy();
			}

			server.close();
		},
	};
};

async function portOf(server: Server, signal: AbortSignal): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening', {signal});
	return (server.address() as AddressInfo).port; // A TCP server that listens has one.
}

async function subjectAt(port: number, written: readonly string[], signal: AbortSignal): Promise<Subject> {
	const {subject: bad} = await worstContainer(signal);
	const endpoint: Endpoint = {
		protocol: 'https',
		port: 8443,
		address: {host: '127.0.0.1', port},
		name: 'app.invalid',
	};
	const rude = openRude(undefined, true);
	// In clear text, which makes no difference to what is asked.
	const asking: Subject['ask'] = (place, asked, stop) => ask(place, {...asked, plain: true}, stop);
	const lines: Subject['lines'] = async function* () {
		yield* written;
		yield* errors;
	};
	return {
		...bad,
		target: {
			...bad.target,
			mounts: [{source: '/srv', destination: '/srv', type: 'bind', writable: true, propagation: 'rprivate'}],
		},
		promised,
		endpoints: [endpoint],
		now: new Date(),
		listening: async () => ({seen: true, items: [{port: 22, loopback: false}]}),
		configDigest: async () => digestOf(CONFIG),
		inside: {
			...bad.inside,
			environment: [{name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://localhost:4317'}],
			proxyConfig: async () => CONFIG,
		},
		ask: asking,
		rude,
		lines,
		visit: visitsOnce({ask: asking, rude, lines, promised}, signal),
		paramsOf: () => params,
	};
}

const errors = Array.from({length: 30}, () =>
	JSON.stringify({
		ts: new Date().toISOString(),
		type: 'access',
		request_id: 'none',
		status: 500,
		agent: 'somebody',
	}),
);

/** Every block of text is a request, wherever it ends, and is written down as it came. */
function answer(text: string, socket: Socket, written: string[]): void {
	const blocks = text.split(/\r?\n\r?\n/).filter(block => /^[A-Z]{3,} /.test(block));
	for (const block of blocks.length === 0 ? [text] : blocks) {
		const header = (name: string): string => headerOf(block, name);
		const id = header('x-request-id') || 'one-for-all';
		const client = header('x-forwarded-for') || '192.0.2.66';
		written.push(
			JSON.stringify({
				ts: new Date().toISOString(),
				type: 'access',
				request_id: id,
				client,
				status: 200,
				upstream_status: '502, 502',
				raw: text,
			}),
		);
		socket.write(answerTo(block, id, client, written), 'latin1');
	}
}

function answerTo(block: string, id: string, client: string, written: readonly string[]): string {
	const [, target = '/'] = block.split(' ', 2);
	const body = target.startsWith('/.sallyport/canary')
		? echoTo(block, id, client)
		: // It begins as metrics do, and has in it what everybody else has said.
			`# HELP bad\n# TYPE bad counter\nref: refs/heads/bad\n${written.join('\n').slice(-32_768)}`;
	return [
		'HTTP/1.1 200 OK',
		`X-Request-ID: ${id}`,
		'Cache-Control: max-age=31536000',
		'X-Cache: HIT',
		`Content-Length: ${body.length}`,
		'',
		body,
	].join('\r\n');
}

function echoTo(block: string, id: string, client: string): string {
	return JSON.stringify({
		canary: 'the same for everybody',
		id,
		for: client,
		real: client,
		host: headerOf(block, 'host'),
		forwarded_host: headerOf(block, 'x-forwarded-host'),
		original: headerOf(block, 'x-original-url'),
		bearer: headerOf(block, 'authorization'),
		cookie: headerOf(block, 'cookie'),
		method: block.split(' ', 1)[0],
		length: headerOf(block, 'content-length'),
		protocol: 'HTTP/1.0',
	});
}

function headerOf(block: string, name: string): string {
	const line = block.split('\n').find(each => each.toLowerCase().startsWith(`${name}:`));
	return (line?.slice(name.length + 1) ?? '').trim().slice(0, 200);
}
