import {canonicalJson} from '../../proto/canonical-json.ts';
import {type Digest, digestOf, isDigest} from '../../proto/digest.ts';
import {labels as known} from '../../proto/labels.ts';
import {describedOf, exposedOf, healthCommandOf, serviceOf} from './served.ts';
import {type Settings, settingsOf} from './settings.ts';
import {count, isRecord, items, list, MAX_ITEMS, malformed, record, text, texts, timeOf} from './shapes.ts';

/** A container to be judged, as the engine describes it. Every text in it may be hostile; every shape is checked. */
export interface Target {
	readonly id: string;
	readonly name: string;
	readonly image: {
		/** As the person who started it wrote it. */
		readonly reference: string;
		/** Of the image's config with the graph-driver store, of its index or manifest with the containerd store. */
		readonly digest: Digest;
		/** Of the platform's own manifest; only the containerd store knows it. */
		readonly manifest: Digest | undefined;
	};
	readonly startedAt: Date;
	/** Of the run that ended last; 1970 before the first end. */
	readonly finishedAt: Date;
	readonly exitCode: number;
	/** The kernel killed the last run for its memory. */
	readonly oomKilled: boolean;
	/** How often the engine started it again by its restart policy. */
	readonly restartCount: number;
	readonly running: boolean;
	/** In the engine's own PID namespace; 0 when it does not run. */
	readonly pid: number;
	readonly tty: boolean;
	readonly user: string;
	readonly labelsDigest: Digest;
	/** The contract's digest as the label claims it; `malformed` for a label that is no digest. */
	readonly contract: Digest | 'malformed' | undefined;
	/** The ticket for which the image was built although findings stop it, as a label claims it. */
	readonly ticket: string | undefined;
	readonly healthcheck: Healthcheck | undefined;
	/** The health check as events of the engine write a command; execs of it are the engine's own. */
	readonly healthCommand: string | undefined;
	readonly health: {readonly status: string; readonly failingStreak: number} | undefined;
	readonly privileged: boolean;
	readonly capabilities: {readonly added: readonly string[]; readonly dropped: readonly string[]};
	readonly securityOptions: readonly string[];
	readonly memoryBytes: number;
	readonly pidsLimit: number;
	readonly networkMode: string;
	readonly mounts: readonly Mount[];
	readonly published: readonly Published[];
	/** TCP ports that the image or the start says it listens on. */
	readonly exposed: readonly number[];
	/** What labels say of its listeners; whoever runs the container writes them. */
	readonly described: Readonly<Record<string, string>>;
	/** Replicas of one service carry the same name. */
	readonly service: string | undefined;
	readonly addresses: readonly string[];
	readonly settings: Settings;
}

export interface Mount {
	/** `bind`, `volume`, `tmpfs`, …; a volume's source is the engine's own folder. */
	readonly type: string;
	readonly source: string;
	readonly destination: string;
	readonly writable: boolean;
	readonly propagation: string;
}

/** Durations in milliseconds, with Docker's defaults filled in. */
export interface Healthcheck {
	readonly test: readonly string[];
	readonly intervalMs: number;
	readonly timeoutMs: number;
	readonly retries: number;
	readonly startPeriodMs: number;
}

export interface Published {
	readonly port: number;
	readonly protocol: string;
	readonly hostIp: string;
	readonly hostPort: number;
}

/**
 * The engine's answer to an inspect → Target.
 * @throws {DaemonError} `TARGET_MALFORMED` naming the field
 */
export function parseTarget(inspected: unknown): Target {
	const root = record(inspected, 'answer');
	const state = record(root['State'], 'State');
	const config = record(root['Config'], 'Config');
	const host = record(root['HostConfig'], 'HostConfig');
	const network = record(root['NetworkSettings'], 'NetworkSettings');
	const labels = texts(config['Labels']);
	const id = text(root['Id']);
	const digest = root['Image'];
	if (!/^[0-9a-f]{64}$/.test(id) || !isDigest(digest)) {
		throw malformed('Id or Image');
	}

	const manifest = isRecord(root['ImageManifestDescriptor'])
		? root['ImageManifestDescriptor']['digest']
		: undefined;
	const claimed = Object.hasOwn(labels, known.contract) ? labels[known.contract] : undefined;
	return {
		id,
		name: text(root['Name']).replace(/^\//, ''),
		image: {reference: text(config['Image']), digest, manifest: isDigest(manifest) ? manifest : undefined},
		startedAt: timeOf(state['StartedAt']),
		finishedAt: timeOf(state['FinishedAt']),
		exitCode: count(state['ExitCode']),
		oomKilled: state['OOMKilled'] === true,
		restartCount: count(root['RestartCount']),
		running: state['Running'] === true,
		pid: count(state['Pid']),
		tty: config['Tty'] === true,
		user: text(config['User']),
		labelsDigest: digestOf(canonicalJson(labels)),
		contract: claimed === undefined ? undefined : isDigest(claimed) ? claimed : 'malformed',
		ticket: Object.hasOwn(labels, known.bypass) ? labels[known.bypass]?.slice(0, 64) : undefined,
		healthcheck: healthcheckOf(config['Healthcheck']),
		healthCommand: healthCommandOf(config),
		health: healthOf(state['Health']),
		privileged: host['Privileged'] === true,
		capabilities: {added: list(host['CapAdd']), dropped: list(host['CapDrop'])},
		securityOptions: list(host['SecurityOpt']),
		memoryBytes: count(host['Memory']),
		pidsLimit: count(host['PidsLimit']),
		networkMode: text(host['NetworkMode']),
		mounts: items(root['Mounts']).map(mount => ({
			type: text(mount['Type']),
			source: text(mount['Source']),
			destination: text(mount['Destination']),
			writable: mount['RW'] !== false,
			propagation: text(mount['Propagation']),
		})),
		published: publishedOf(network['Ports']),
		exposed: exposedOf(config['ExposedPorts']),
		described: describedOf(labels),
		service: serviceOf(labels),
		addresses: addressesOf(network),
		settings: settingsOf(root),
	};
}

function healthcheckOf(raw: unknown): Healthcheck | undefined {
	if (!isRecord(raw)) {
		return;
	}

	const test = list(raw['Test']);
	const ms = (nanoseconds: unknown, fallback: number): number => count(nanoseconds) / 1e6 || fallback;
	return test.length === 0 || test[0] === 'NONE'
		? undefined
		: {
				test,
				intervalMs: ms(raw['Interval'], 30_000),
				timeoutMs: ms(raw['Timeout'], 30_000),
				retries: count(raw['Retries']) || 3,
				startPeriodMs: ms(raw['StartPeriod'], 0),
			};
}

function healthOf(raw: unknown): Target['health'] {
	return isRecord(raw) && text(raw['Status']) !== '' && raw['Status'] !== 'none'
		? {status: text(raw['Status']), failingStreak: count(raw['FailingStreak'])}
		: undefined;
}

function publishedOf(raw: unknown): readonly Published[] {
	return Object.entries(isRecord(raw) ? raw : {})
		.slice(0, MAX_ITEMS)
		.flatMap(([key, bindings]) => {
			const [port = '', protocol = ''] = key.split('/');
			return items(bindings).map(binding => ({
				port: Number(port),
				protocol,
				hostIp: text(binding['HostIp']),
				hostPort: Number(text(binding['HostPort'])),
			}));
		})
		.filter(({port, hostPort}) => Number.isSafeInteger(port) && Number.isSafeInteger(hostPort));
}

function addressesOf(network: Record<string, unknown>): readonly string[] {
	const networks = isRecord(network['Networks']) ? Object.values(network['Networks']) : [];
	return [network, ...networks]
		.slice(0, MAX_ITEMS)
		.map(each => (isRecord(each) ? text(each['IPAddress']) : ''))
		.filter((address, index, all) => address !== '' && all.indexOf(address) === index);
}
