import type {ControlId} from '../../../policies/catalogue.ts';
import type {Setting} from '../../../policies/setting.ts';
import type {ImageConfig} from '../../docker/image-config.ts';
import type {Kernel} from '../../docker/kernel.ts';
import type {Settings} from '../../docker/settings.ts';
import type {Inside} from '../inside.ts';

/** What a policy would have to say for the question to be asked at all. */
export const worstParams: Readonly<Partial<Record<ControlId, Setting['params']>>> = {
	'env-config-declared': {declaredEnv: ['PORT']},
	'chg-env-separation': {environment: 'prod'},
};

/** A container that was asked to be everything that it should not be. */
export const worstSettings: Settings = {
	readOnlyRoot: false,
	namespaces: {network: 'host', pid: 'host', ipc: 'host', uts: 'host', user: 'host', cgroup: 'host'},
	cgroupParent: '/bad',
	appArmor: 'unconfined',
	processLabel: '',
	hidden: 0,
	devices: [{host: '/dev/sda', container: '/dev/sda', permissions: 'rwm'}],
	deviceRequests: ['nvidia:gpu'],
	deviceRules: ['a *:* rwm'],
	cpu: {nanoCpus: 0, quota: 0, shares: 0, set: ''},
	ulimits: [{name: 'nofile', soft: -1, hard: -1}],
	restart: {policy: 'no', retries: 0},
	log: {driver: 'none', maxSize: undefined, maxFile: undefined, options: [], path: ''},
	command: ['node', '--inspect=0.0.0.0:9229', 'server.js'],
	tmpfs: [],
	networks: ['bridge'],
	publishesAll: true,
	orchestrator: undefined,
	runtime: 'runc',
};

const kernel: Kernel = {
	shared: ['net', 'pid', 'ipc', 'uts', 'user', 'cgroup'],
	mounts: [{device: '8:1', root: '/', point: '/', readOnly: false, shared: true, kind: 'ext4'}],
	limits: {nofile: {soft: -1, hard: -1}, nproc: {soft: -1, hard: -1}},
	rootIs: 0,
	confinement: 'unconfined',
	confines: 'AppArmor',
	group: {
		version: 2,
		path: '/bad/bad',
		memory: {max: 'max', used: 1e9},
		pids: {max: 'max', now: 100_000},
		cpu: {max: 'max', weight: 100, usualWeight: 100, periods: 1000, throttled: 900},
		allDevices: true,
	},
	freeDisk: 0.01,
};

const image: ImageConfig = {
	variables: new Map(),
	exposed: [],
	volumes: [],
	command: ['node', 'server.js'],
	user: '0',
	ref: 'refs/heads/somebodys-own',
	purpose: 'preview',
};

/** Credentials are not written out here, so that nobody finds one in this file. */
const key = ['-----BEGIN', ' PRIVATE', ' KEY-----\n', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'].join('');

export const worstInside: Inside = {
	environment: [
		{name: 'SIGNING_KEY_PEM', value: key},
		{name: 'DATABASE_PASSWORD', value: 'correct-horse-battery'},
		{name: 'NODE_ENV', value: 'development'},
	],
	image: async () => image,
	kernel: async () => ({seen: true, kernel}),
	reaching: async () => ['/var/run/docker.sock', '/host'],
	changes: async () => ({
		changes: [
			{path: '/usr/bin/sshd', kind: 'added'},
			{path: '/opt/sallyport/bin/sallyport-init', kind: 'changed'},
		],
		isCut: false,
	}),
	secrets: async () => ({
		seen: true,
		items: [{path: '/run/secrets/password', mode: 0o666, uid: 0, readOnly: false, kind: 'ext4'}],
	}),
	logFile: async () => ({mode: 0o666, uid: 1000, folderMode: 0o777, folderUid: 1000}),
	proxyConfig: async () => 'changed',
	remembered: {
		keyed: () => '0'.repeat(16),
		firstSeen: async () => ({
			at: '2020-01-01T00:00:00.000Z',
			configuration: {'/HostConfig/Privileged': 'false'},
		}),
		sampled: () => ({samples: 288, hours: 24, memory: 0.99, throttled: 0.9}),
		image: async () => image,
		original: () => undefined,
	},
};
