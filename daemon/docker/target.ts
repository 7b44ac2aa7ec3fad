import {canonicalJson} from '../../proto/canonical-json.ts';
import {type Digest, digestOf, isDigest} from '../../proto/digest.ts';
import {labels as known} from '../../proto/labels.ts';
import {DaemonError} from '../error.ts';

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
	readonly health: {readonly status: string; readonly failingStreak: number} | undefined;
	readonly privileged: boolean;
	readonly capabilities: {readonly added: readonly string[]; readonly dropped: readonly string[]};
	readonly securityOptions: readonly string[];
	readonly memoryBytes: number;
	readonly pidsLimit: number;
	readonly networkMode: string;
	readonly mounts: readonly {readonly source: string; readonly destination: string}[];
	readonly published: readonly Published[];
	readonly addresses: readonly string[];
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
		running: state['Running'] === true,
		pid: count(state['Pid']),
		tty: config['Tty'] === true,
		user: text(config['User']),
		labelsDigest: digestOf(canonicalJson(labels)),
		contract: claimed === undefined ? undefined : isDigest(claimed) ? claimed : 'malformed',
		ticket: Object.hasOwn(labels, known.bypass) ? labels[known.bypass]?.slice(0, 64) : undefined,
		healthcheck: healthcheckOf(config['Healthcheck']),
		health: healthOf(state['Health']),
		privileged: host['Privileged'] === true,
		capabilities: {added: list(host['CapAdd']), dropped: list(host['CapDrop'])},
		securityOptions: list(host['SecurityOpt']),
		memoryBytes: count(host['Memory']),
		pidsLimit: count(host['PidsLimit']),
		networkMode: text(host['NetworkMode']),
		mounts: items(root['Mounts']).map(mount => ({
			source: text(mount['Source']),
			destination: text(mount['Destination']),
		})),
		published: publishedOf(network['Ports']),
		addresses: addressesOf(network),
	};
}

/** No container needs more of anything than this; whoever has more wants to be a burden. */
const MAX_ITEMS = 512;

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

function record(value: unknown, name: string): Record<string, unknown> {
	if (!isRecord(value)) {
		throw malformed(name);
	}

	return value;
}

function malformed(name: string): DaemonError {
	return new DaemonError('TARGET_MALFORMED', `The engine describes a container without a usable ${name}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function items(value: unknown): readonly Record<string, unknown>[] {
	return (Array.isArray(value) ? value : []).slice(0, MAX_ITEMS).filter(isRecord);
}

/** Text fit for a signed record: bounded, and no lone surrogates, which canonical JSON refuses. */
function text(value: unknown): string {
	return typeof value === 'string' ? value.slice(0, 1024).toWellFormed() : '';
}

function list(value: unknown): readonly string[] {
	return (Array.isArray(value) ? value : []).slice(0, MAX_ITEMS).map(text);
}

function texts(value: unknown): Readonly<Record<string, string>> {
	const entries = Object.entries(isRecord(value) ? value : {});
	return Object.fromEntries(entries.map(([key, each]) => [key.toWellFormed(), text(each)]));
}

function count(value: unknown): number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function timeOf(value: unknown): Date {
	const time = new Date(text(value));
	return Number.isNaN(time.getTime()) ? new Date(0) : time;
}
