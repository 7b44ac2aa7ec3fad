import {createHmac} from 'node:crypto';
import type {Kernel} from '../../daemon/docker/kernel.ts';
import type {Process} from '../../daemon/docker/processes.ts';
import type {Settings} from '../../daemon/docker/settings.ts';
import type {Inside} from '../../daemon/probes/inside.ts';
import type {Remembered} from '../../daemon/probes/remembered.ts';

/** A container that was asked to be as careful as can be. */
export const settings: Settings = {
	readOnlyRoot: true,
	namespaces: {network: 'app', pid: '', ipc: 'private', uts: '', user: '', cgroup: 'private'},
	cgroupParent: '',
	appArmor: 'docker-default',
	processLabel: '',
	hidden: 10,
	devices: [],
	deviceRequests: [],
	deviceRules: [],
	cpu: {nanoCpus: 500_000_000, quota: 0, shares: 0, set: ''},
	ulimits: [],
	restart: {policy: 'on-failure', retries: 5},
	log: {
		driver: 'json-file',
		maxSize: '10m',
		maxFile: '3',
		options: ['max-size', 'max-file'],
		path: '/var/lib/docker/containers/c/c-json.log',
	},
	command: ['/app'],
	tmpfs: ['/tmp'],
	networks: ['app'],
	publishesAll: false,
	orchestrator: undefined,
	runtime: 'runc',
};

/** What the kernel makes of it. */
export const kernel: Kernel = {
	shared: [],
	mounts: [
		{device: '0:50', root: '/', point: '/', readOnly: true, shared: false, kind: 'overlay'},
		{device: '0:51', root: '/', point: '/tmp', readOnly: false, shared: false, kind: 'tmpfs'},
	],
	limits: {nofile: {soft: 1024, hard: 524_288}, nproc: {soft: -1, hard: -1}},
	rootIs: 100_000,
	confinement: 'docker-default (enforce)',
	confines: 'AppArmor',
	group: {
		version: 2,
		path: `/docker/${'c'.repeat(64)}`,
		memory: {max: 100_000_000, used: 10_000_000},
		pids: {max: 64, now: 3},
		cpu: {max: 0.5, weight: 100, usualWeight: 100, periods: 1000, throttled: 0},
		allDevices: undefined,
	},
	freeDisk: 0.5,
};

/** A process with as little as can be, but for what a test changes. */
export function processWith(changed: Partial<Process> = {}): Process {
	return {
		pid: 1,
		name: 'app',
		uid: 10_001,
		noNewPrivileges: true,
		boundingSet: 0n,
		seccomp: 2,
		program: 'app',
		...changed,
	};
}

/** Nothing was seen before. */
export function remembering(changed: Partial<Remembered> = {}): Remembered {
	return {
		keyed: text => createHmac('sha256', 'test').update(text).digest('hex').slice(0, 16),
		firstSeen: async (_, configuration) => ({at: '2026-01-01T00:00:00.000Z', configuration}),
		sampled: () => ({samples: 144, hours: 24, memory: 0.1, throttled: 0}),
		image: (_, read) => read(),
		original: () => undefined,
		...changed,
	};
}

/** The inside of a careful container, but for what a test changes. */
export function insideWith(changed: Partial<Inside> = {}): Inside {
	return {
		environment: [{name: 'PATH', value: '/usr/bin'}],
		image: async () => ({
			variables: new Map(),
			exposed: [],
			volumes: [],
			command: ['/app'],
			user: '10001',
			ref: 'refs/heads/main',
			purpose: undefined,
		}),
		kernel: async () => ({seen: true, kernel}),
		reaching: async () => [],
		changes: async () => ({changes: [], isCut: false}),
		secrets: async () => ({seen: true, items: []}),
		logFile: async () => ({mode: 0o640, uid: 0, folderMode: 0o710, folderUid: 0}),
		proxyConfig: async () => 'config',
		remembered: remembering(),
		...changed,
	};
}
