import {digestOf} from '../../../proto/digest.ts';
import type {Target} from '../../docker/target.ts';
import {DaemonError} from '../../error.ts';
import type {Subject, Worst} from '../probe.ts';
import {worstHost} from './host.ts';
import {worstInside, worstParams, worstSettings} from './inside.ts';
import {worstPeople} from './people.ts';

const bind = {type: 'bind', writable: true, propagation: 'rshared'};

/** A container that does everything wrong, as the engine would describe it. It never existed. */
const target: Target = {
	id: 'bad0'.repeat(16),
	name: 'bad-on-purpose',
	image: {reference: 'example.invalid/bad:latest', digest: digestOf('bad'), manifest: undefined},
	startedAt: new Date('2020-01-01T00:00:00Z'),
	finishedAt: new Date('2020-01-01T00:00:00Z'),
	exitCode: 137,
	oomKilled: true,
	restartCount: 100,
	running: true,
	pid: 1,
	tty: false,
	user: '0',
	labelsDigest: digestOf(''),
	contract: 'malformed',
	ticket: 'BAD-1',
	healthcheck: {
		test: ['CMD', 'true'],
		intervalMs: 600_000,
		timeoutMs: 700_000,
		retries: 100,
		startPeriodMs: 0,
	},
	healthCommand: undefined,
	health: {status: 'unhealthy', failingStreak: 100},
	privileged: true,
	capabilities: {added: ['ALL'], dropped: []},
	securityOptions: ['seccomp=unconfined', 'apparmor=unconfined'],
	memoryBytes: 0,
	pidsLimit: 0,
	networkMode: 'host',
	mounts: [
		{...bind, source: '/var/run/docker.sock', destination: '/var/run/docker.sock'},
		{...bind, source: '/', destination: '/host'},
		{...bind, source: '/srv/password', destination: '/run/secrets/password'},
	],
	published: [{port: 22, protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 22}],
	exposed: [22],
	addresses: ['127.0.0.1'],
	described: {},
	service: 'bad',
	settings: worstSettings,
};

/** What probes of the configuration are held against: nothing listens, and everything that is written down is wrong. */
export const worstContainer: Worst = async () => ({subject, close: async () => undefined});

const allCapabilities = (1n << 41n) - 1n;

const gone = (): Promise<never> => Promise.reject(new DaemonError('TARGET_GONE', 'Nothing listens here'));
const nothing = {presented: gone, sent: gone, versions: gone, posture: gone, resumption: gone};

const subject: Subject = {
	target,
	promised: {state: 'broken', reason: 'it is bad on purpose'},
	endpoints: [],
	now: new Date('2020-01-02T00:00:00Z'),
	engineSockets: ['/var/run/docker.sock'],
	processes: async () => ({
		seen: true,
		items: [
			{
				pid: 1,
				name: 'sshd',
				uid: 0,
				noNewPrivileges: false,
				boundingSet: allCapabilities,
				seccomp: 0,
				program: 'sshd',
			},
		],
	}),
	listening: async () => ({seen: true, items: [{port: 22, loopback: false}]}),
	configDigest: async () => digestOf('changed'),
	inside: worstInside,
	ask: () => Promise.reject(new DaemonError('TARGET_GONE', 'Nothing listens here')),
	pages: async () => ({answers: [], silent: [], landing: undefined}),
	close: () => undefined,
	rude: {say: gone, from: async () => undefined, alone: work => work()},
	visit: gone,
	usual: {
		compare: async (_image, seen) => ({
			since: new Date('2020-01-01T00:00:00Z'),
			isLearning: false,
			fresh: seen,
		}),
	},
	remotes: async () => ({seen: true, items: [{address: '192.0.2.66', port: 6667}]}),
	scan: () => nothing,
	fileFacts: async () => undefined,
	lines: async function* () {},
	record: {
		buildOf: async () => ({verdict: 'fail', ticket: 'BAD-1', policy: {name: 'bad', result: 'fail', by: []}}),
		gaps: async () => [
			{from: '2020-01-01T00:00:00Z', to: '2020-01-01T01:00:00Z', reason: 'nobody looked, on purpose'},
		],
	},
	trust: [],
	host: worstHost,
	people: worstPeople,
	paramsOf: control => worstParams[control] ?? {},
	releases: async () => [],
	past: {
		since: new Date('2020-01-01T00:00:00Z'),
		name: 'bad-on-purpose',
		image: 'example.invalid/bad:latest',
		starts: [1, 2, 3, 4, 5].map(minute => new Date(Date.UTC(2020, 0, 1, 23, minute))),
		ends: [1, 2, 3, 4, 5].map(minute => ({
			at: new Date(Date.UTC(2020, 0, 1, 23, minute)),
			exitCode: 137,
			asked: false,
			askedMs: 10_000,
		})),
		ooms: [new Date('2020-01-01T23:30:00Z')],
		execs: [{at: new Date('2020-01-01T23:45:00Z'), id: 'bad', word: 'sh', user: 'root', privileged: true}],
		health: [{at: new Date('2020-01-01T00:00:00Z'), status: 'unhealthy'}],
		dropped: 0,
		gaps: [],
	},
	replicas: async () => ({seen: true, items: [{id: target.id, engine: 'bad', healthy: false}]}),
	episodes: [
		{
			id: 'bad',
			container: {id: target.id, name: target.name, image: target.image.reference},
			control: 'run-no-privileged',
			severity: 'critical',
			level: 'error',
			result: 'fail',
			message: 'It is privileged on purpose',
			openedAt: '2019-01-01T00:00:00Z',
			lastSeenAt: '2020-01-01T00:00:00Z',
			observations: 1000,
		},
		{
			id: 'worse',
			container: {id: target.id, name: target.name, image: target.image.reference},
			control: 'avail-memory-limit',
			severity: 'medium',
			level: 'warn',
			result: 'fail',
			message: 'Ended before it began, on purpose',
			openedAt: '2019-01-02T00:00:00Z',
			lastSeenAt: '2019-01-02T00:00:00Z',
			observations: 1,
			closedAt: '2019-01-01T00:00:00Z',
		},
	],
	population: {
		at: new Date('2020-01-02T00:00:00Z'),
		listed: 2,
		followed: 1,
		groups: 3,
		strays: [{id: target.id, seenBy: ['groups']}],
	},
};
