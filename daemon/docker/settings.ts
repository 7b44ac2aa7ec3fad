import {count, fieldsOf, integer, isRecord, items, keysOf, list, MAX_ITEMS, text, texts} from './shapes.ts';

/** How a container was asked to be kept, in the engine's words. What the kernel makes of it is `kernel.ts`. */
export interface Settings {
	readonly readOnlyRoot: boolean;
	/** Modes as the engine writes them; `host` shares the host's, `''` is the engine's default. */
	readonly namespaces: Readonly<Record<Namespace, string>>;
	readonly cgroupParent: string;
	/** The AppArmor profile in force; empty where the host has none. */
	readonly appArmor: string;
	/** The SELinux label of its processes; empty where the host has none. */
	readonly processLabel: string;
	/** Paths of /proc and /sys that are hidden; none where somebody asked to see them all. */
	readonly hidden: number;
	readonly devices: readonly Device[];
	/** Devices that a driver is asked for, such as graphics cards. */
	readonly deviceRequests: readonly string[];
	readonly deviceRules: readonly string[];
	readonly cpu: {
		readonly nanoCpus: number;
		readonly quota: number;
		readonly shares: number;
		readonly set: string;
	};
	readonly ulimits: readonly Ulimit[];
	readonly restart: {readonly policy: string; readonly retries: number};
	readonly log: LogSettings;
	/** What it runs. May hold anything, secrets too: for looking at, never for showing. */
	readonly command: readonly string[];
	/** Names of what is mounted in memory. */
	readonly tmpfs: readonly string[];
	readonly networks: readonly string[];
	readonly publishesAll: boolean;
	/** Who starts it again, when that is not the engine; told by labels that orchestrators set. */
	readonly orchestrator: string | undefined;
	readonly runtime: string;
}

export type Namespace = 'network' | 'pid' | 'ipc' | 'uts' | 'user' | 'cgroup';

export interface Device {
	readonly host: string;
	readonly container: string;
	readonly permissions: string;
}

export interface Ulimit {
	readonly name: string;
	readonly soft: number;
	readonly hard: number;
}

/** Options are named and not told: some drivers are given tokens. */
export interface LogSettings {
	readonly driver: string;
	readonly maxSize: string | undefined;
	readonly maxFile: string | undefined;
	readonly options: readonly string[];
	/** Where the engine keeps the output, on the engine's host; empty for drivers that keep none. */
	readonly path: string;
}

/** One variable of the environment. The value is for looking at: it MUST NOT be shown, logged, signed or kept. */
export interface Variable {
	readonly name: string;
	readonly value: string;
}

/** Answer to an inspect → Settings. Whatever is absent is taken as the engine's default. */
export function settingsOf(root: Readonly<Record<string, unknown>>): Settings {
	const host = fieldsOf(root['HostConfig']);
	const config = fieldsOf(root['Config']);
	return {
		readOnlyRoot: host['ReadonlyRootfs'] === true,
		namespaces: {
			network: text(host['NetworkMode']),
			pid: text(host['PidMode']),
			ipc: text(host['IpcMode']),
			uts: text(host['UTSMode']),
			user: text(host['UsernsMode']),
			cgroup: text(host['CgroupnsMode']),
		},
		cgroupParent: text(host['CgroupParent']),
		appArmor: text(root['AppArmorProfile']),
		processLabel: text(root['ProcessLabel']),
		hidden: list(host['MaskedPaths']).length,
		devices: items(host['Devices']).map(device => ({
			host: text(device['PathOnHost']),
			container: text(device['PathInContainer']),
			permissions: text(device['CgroupPermissions']),
		})),
		deviceRequests: items(host['DeviceRequests']).map(requestOf),
		deviceRules: list(host['DeviceCgroupRules']),
		cpu: {
			nanoCpus: count(host['NanoCpus']),
			quota: count(host['CpuQuota']),
			shares: count(host['CpuShares']),
			set: text(host['CpusetCpus']),
		},
		ulimits: items(host['Ulimits']).map(each => ({
			name: text(each['Name']),
			soft: integer(each['Soft']),
			hard: integer(each['Hard']),
		})),
		restart: restartOf(fieldsOf(host['RestartPolicy'])),
		log: logOf(fieldsOf(host['LogConfig']), root['LogPath']),
		command: [text(root['Path']), ...list(root['Args'])],
		tmpfs: keysOf(host['Tmpfs']),
		networks: keysOf(fieldsOf(root['NetworkSettings'])['Networks']),
		publishesAll: host['PublishAllPorts'] === true,
		orchestrator: orchestratorOf(texts(config['Labels'])),
		runtime: text(host['Runtime']),
	};
}

/** The variables of the container, image's and added ones. Of several with one name the last one counts. */
export function environmentOf(inspected: unknown): readonly Variable[] {
	return variablesIn(fieldsOf(fieldsOf(inspected)['Config'])['Env']);
}

/** Longer values are looked at as far as this: no credential begins later. */
const MAX_VALUE = 16_384;

/** `NAME=value` lines → variables. */
export function variablesIn(raw: unknown): readonly Variable[] {
	const lines = (Array.isArray(raw) ? raw : []).slice(0, MAX_ITEMS);
	const pairs = lines.flatMap(line => {
		const whole = typeof line === 'string' ? line.toWellFormed() : '';
		const equals = whole.indexOf('=');
		const name = equals === -1 ? whole : whole.slice(0, equals);
		return name === '' ? [] : [[name.slice(0, 256), equals === -1 ? '' : whole.slice(equals + 1)] as const];
	});
	return [...new Map(pairs)].map(([name, value]) => ({name, value: value.slice(0, MAX_VALUE)}));
}

function requestOf(request: Readonly<Record<string, unknown>>): string {
	const groups = Array.isArray(request['Capabilities']) ? request['Capabilities'].slice(0, 8) : [];
	const wanted = groups.map(group => list(group).join('+')).join(',');
	return `${text(request['Driver']) || 'any'}:${wanted || 'any'}`.slice(0, 256);
}

/** No policy and `no` are the same; the engine writes either. */
function restartOf(raw: Readonly<Record<string, unknown>>): Settings['restart'] {
	return {policy: text(raw['Name']) || 'no', retries: count(raw['MaximumRetryCount'])};
}

function logOf(raw: Readonly<Record<string, unknown>>, path: unknown): LogSettings {
	const options = fieldsOf(raw['Config']);
	const option = (name: string): string | undefined =>
		Object.hasOwn(options, name) ? text(options[name]).slice(0, 32) : undefined;
	return {
		driver: text(raw['Type']),
		maxSize: option('max-size'),
		maxFile: option('max-file'),
		options: keysOf(raw['Config']).slice(0, 32),
		path: text(path),
	};
}

const orchestrators: readonly (readonly [string, string])[] = [
	['com.docker.swarm.task.id', 'Swarm'],
	['io.kubernetes.pod.name', 'Kubernetes'],
	['com.hashicorp.nomad.alloc_id', 'Nomad'],
	['com.amazonaws.ecs.task-arn', 'ECS'],
];

function orchestratorOf(labels: unknown): string | undefined {
	return orchestrators.find(([label]) => isRecord(labels) && Object.hasOwn(labels, label))?.[1];
}
