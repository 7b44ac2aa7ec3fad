import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {createServer, type Server, type Socket} from 'node:net';
import type {Past} from '../../daemon/docker/past.ts';
import type {Target} from '../../daemon/docker/target.ts';
import type {HostView} from '../../daemon/host/view.ts';
import {ask} from '../../daemon/probes/ask.ts';
import {pagesOnce} from '../../daemon/probes/pages.ts';
import type {Endpoint, Subject} from '../../daemon/probes/probe.ts';
import {openRude} from '../../daemon/probes/rude.ts';
import {openScans} from '../../daemon/probes/tls/scan.ts';
import {openWires} from '../../daemon/probes/wires.ts';
import type {Contract, ProxyContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {insideWith, settings} from './inside.ts';

export const proxyContract: ProxyContract = {
	engine: 'nginx',
	image: 'sallyport/proxy-nginx:1',
	configPath: '/opt/sallyport/conf/nginx.conf',
	configDigest: digestOf('config'),
	listeners: [
		{port: 8443, protocol: 'https'},
		{port: 8080, protocol: 'redirect'},
	],
	hosts: [],
	tls: {minVersion: 'TLSv1.2'},
	headers: [{name: 'X-Request-ID'}, {name: 'X-Content-Type-Options', value: 'nosniff'}],
	healthPath: '/healthz',
	cache: 'off',
	limits: {bodyBytes: 1000, requestsPerSecond: 100, burst: 100, connections: 100},
};

export const contract: Contract = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('dockerfile')},
	application: {port: 3000},
	proxy: proxyContract,
	checks: {},
};

export const target: Target = {
	id: 'c'.repeat(64),
	name: 'web-1',
	image: {reference: 'example/app:1', digest: digestOf('image'), manifest: undefined},
	startedAt: new Date('2026-01-01T00:00:00Z'),
	finishedAt: new Date(0),
	exitCode: 0,
	oomKilled: false,
	restartCount: 0,
	running: true,
	pid: 4711,
	tty: false,
	user: '10001',
	labelsDigest: digestOf('labels'),
	contract: digestOf('contract'),
	ticket: undefined,
	healthcheck: {test: ['CMD', 'true'], intervalMs: 30_000, timeoutMs: 5000, retries: 3, startPeriodMs: 0},
	healthCommand: 'true',
	health: {status: 'healthy', failingStreak: 0},
	privileged: false,
	capabilities: {added: [], dropped: ['ALL']},
	securityOptions: ['no-new-privileges:true'],
	memoryBytes: 1,
	pidsLimit: 1,
	networkMode: 'bridge',
	mounts: [],
	published: [],
	exposed: [],
	settings,
	addresses: ['127.0.0.1'],
	described: {},
	service: undefined,
};

/** A host that is kept as it should be. */
export const goodHost: HostView = {
	engine: async () => ({
		version: '28.5.2',
		swarm: 'inactive',
		liveRestore: true,
		experimental: false,
		insecureRegistries: ['127.0.0.0/8', '::1/128'],
		security: ['apparmor', 'seccomp', 'cgroupns'],
		warnings: [],
		loggingDriver: 'json-file',
		cgroupVersion: '2',
		root: '/var/lib/docker',
		interContainer: false,
	}),
	clock: async () => ({state: 'synchronised', by: 'chrony', offsetMs: 0.02}),
	keys: async () => [
		{name: 'attestation.key', mode: 0o600, isOurs: true, writtenAt: new Date()},
		{name: 'log.key', mode: 0o600, isOurs: true, writtenAt: new Date()},
	],
	installedAt: async () => new Date('2026-01-01T00:00:00Z'),
	record: async () => ({
		broken: undefined,
		entries: 3,
		oldestAt: new Date('2026-01-01T00:00:00Z'),
		anchoredAt: new Date(),
	}),
	policy: {
		name: 'soc2',
		isApprovalRequired: true,
		approval: {state: 'approved', message: 'The policy soc2 was approved by ada.', approvers: ['ada']},
	},
};

/** Of a container that was watched for a day, and did nothing but run. */
export const quietPast: Past = {
	since: new Date('2026-01-01T00:00:00Z'),
	name: 'web-1',
	image: 'example/app:1',
	starts: [],
	ends: [],
	ooms: [],
	execs: [],
	health: [],
	dropped: 0,
	gaps: [],
};

/** A subject about which everything is right, but for what a test changes. */
export function subjectWith({
	target: changed,
	...rest
}: Partial<Omit<Subject, 'target'>> & {target?: Partial<Target>} = {}): Subject {
	// What is left open is cut when the test's server ends.
	const wires = openWires();
	const asking: Pick<Subject, 'ask' | 'promised'> = {
		ask: (endpoint, asked, signal) => ask(endpoint, asked, signal, wires),
		promised: {state: 'kept', contract, digest: digestOf('contract')},
		...rest,
	};
	const scans = openScans(rest.trust ?? [], AbortSignal.timeout(30_000));
	return {
		...asking,
		target: {...target, ...changed},
		pages: pagesOnce(asking, AbortSignal.timeout(30_000)),
		endpoints: [],
		now: new Date(),
		engineSockets: ['/srv/engine.sock'],
		processes: async () => ({seen: true, items: []}),
		listening: async () => ({seen: true, items: []}),
		configDigest: async () => proxyContract.configDigest,
		inside: insideWith(),
		scan: scans.scan,
		fileFacts: async () => undefined,
		close: wires.close,
		rude: openRude(undefined, true),
		visit: () => Promise.reject(new Error('Nobody visits here')),
		remotes: async () => ({seen: true, items: []}),
		usual: undefined,
		lines: async function* () {},
		record: {buildOf: async () => ({verdict: 'pass'}), gaps: async () => []},
		trust: [],
		host: goodHost,
		paramsOf: () => ({}),
		releases: undefined,
		episodes: [],
		past: quietPast,
		replicas: async () => ({seen: true, items: []}),
		people: undefined,
		population: {at: new Date(), listed: 1, followed: 1, groups: 1, strays: []},
		...rest,
	};
}

/** A listener on loopback, as the contract would name it. */
export function endpointOf(protocol: Endpoint['protocol'], port: number, name = ''): Endpoint {
	return {protocol, port: protocol === 'https' ? 8443 : 8080, address: {host: '127.0.0.1', port}, name};
}

/** Listens on loopback until the end of the `using` block; open connections are cut. */
export async function listening(server: Server): Promise<AsyncDisposable & {readonly port: number}> {
	const sockets = new Set<Socket>();
	server.on('connection', socket => {
		sockets.add(socket);
		// Clients that hang up are part of these tests.
		socket.on('error', () => undefined);
		socket.on('close', () => sockets.delete(socket));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		[Symbol.asyncDispose]: async () => {
			for (const socket of sockets) {
				socket.destroy();
			}

			server.close();
		},
	};
}

/** A server that does to every connection what a test says, byte by byte. */
export function rawServer(
	talk: (socket: Socket) => void,
): Promise<AsyncDisposable & {readonly port: number}> {
	return listening(createServer(talk));
}
