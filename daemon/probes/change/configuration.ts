import {isHarmlessValue} from '../../../policies/secret-names.ts';
import {canonicalJson} from '../../../proto/canonical-json.ts';
import {type Digest, digestOf} from '../../../proto/digest.ts';
import type {Variable} from '../../docker/settings.ts';
import type {Mount, Target} from '../../docker/target.ts';
import type {Configuration, Remembered} from '../remembered.ts';

/**
 * What decides how safe a container is, as paths and words. What may hold a secret is a keyed hash; what differs between two
 * starts of the same container by chance is left out.
 */
export function configurationOf(
	target: Target,
	environment: readonly Variable[],
	keyed: Remembered['keyed'],
): Configuration {
	const {settings} = target;
	const {namespaces, cpu, restart, log} = settings;
	const lists: Readonly<Record<string, readonly string[]>> = {
		'/HostConfig/CapAdd': target.capabilities.added,
		'/HostConfig/CapDrop': target.capabilities.dropped,
		// A profile may be written out in an option, and is long.
		'/HostConfig/SecurityOpt': target.securityOptions.map(each =>
			each.length > 100 ? digestOf(each) : each,
		),
		'/HostConfig/Devices': settings.devices.map(
			({host, container, permissions}) => `${host}:${container}:${permissions}`,
		),
		'/HostConfig/DeviceRequests': settings.deviceRequests,
		'/HostConfig/DeviceCgroupRules': settings.deviceRules,
		'/HostConfig/Ulimits': settings.ulimits.map(({name, soft, hard}) => `${name}=${soft}:${hard}`),
		'/HostConfig/Tmpfs': settings.tmpfs,
		'/NetworkSettings/Networks': settings.networks,
		'/NetworkSettings/Ports': target.published.map(portOf),
	};
	return {
		'/HostConfig/Privileged': String(target.privileged),
		'/HostConfig/ReadonlyRootfs': String(settings.readOnlyRoot),
		'/HostConfig/NetworkMode': modeOf(namespaces.network),
		'/HostConfig/PidMode': modeOf(namespaces.pid),
		'/HostConfig/IpcMode': modeOf(namespaces.ipc),
		'/HostConfig/UTSMode': modeOf(namespaces.uts),
		'/HostConfig/UsernsMode': modeOf(namespaces.user),
		'/HostConfig/CgroupnsMode': modeOf(namespaces.cgroup),
		'/HostConfig/CgroupParent': settings.cgroupParent,
		'/HostConfig/MaskedPaths': settings.hidden === 0 ? 'none' : 'some',
		'/HostConfig/Memory': String(target.memoryBytes),
		'/HostConfig/PidsLimit': String(target.pidsLimit),
		'/HostConfig/NanoCpus': String(cpu.nanoCpus),
		'/HostConfig/CpuQuota': String(cpu.quota),
		'/HostConfig/CpuShares': String(cpu.shares),
		'/HostConfig/RestartPolicy': `${restart.policy}:${restart.retries}`,
		'/HostConfig/LogConfig': log.driver,
		'/HostConfig/Runtime': settings.runtime,
		'/AppArmorProfile': settings.appArmor,
		'/Config/User': target.user,
		'/Config/Cmd': keyed(canonicalJson(settings.command)),
		...Object.fromEntries(
			Object.entries(lists).map(([path, words]) => [path, [...words].toSorted().join(' ')]),
		),
		...Object.fromEntries(
			target.mounts.map(mount => [`/Mounts/${escaped(mount.destination)}`, mountOf(mount)]),
		),
		...Object.fromEntries(
			environment.map(({name, value}) => [`/Config/Env/${escaped(name)}`, wordOf(value, keyed)]),
		),
	};
}

/** What an approval names. The same on every host: what is hashed by a key of the host does not count. */
export function digestOfConfiguration(configuration: Configuration): Digest {
	const portable = Object.entries(configuration).map(([path, word]) => {
		return [path, path.startsWith('/Config/Env/') || path === '/Config/Cmd' ? '' : word];
	});
	return digestOf(canonicalJson(Object.fromEntries(portable)));
}

export interface Difference {
	readonly path: string;
	readonly before: string | undefined;
	readonly after: string | undefined;
}

export function differencesOf(before: Configuration, after: Configuration): readonly Difference[] {
	const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
	return paths
		.map(path => ({path, before: wordAt(before, path), after: wordAt(after, path)}))
		.filter(({before: was, after: is}) => was !== is);
}

/** One change as a JSON patch has it (RFC 6902), with what was there before. */
export function patchOf({path, before, after}: Difference): Readonly<Record<string, string>> {
	if (after === undefined) {
		return {op: 'remove', path, before: before ?? ''};
	}

	return before === undefined ? {op: 'add', path, value: after} : {op: 'replace', path, value: after, before};
}

function wordAt(configuration: Configuration, path: string): string | undefined {
	return Object.hasOwn(configuration, path) ? configuration[path] : undefined;
}

/** A flag or a number tells no secret, and is worth reading in a difference. */
function wordOf(value: string, keyed: Remembered['keyed']): string {
	return value.length <= 5 && /^(?:\d*|true|false|yes|no|on|off)$/i.test(value) && isHarmlessValue(value)
		? value
		: `keyed:${keyed(value)}`;
}

/** Another container's namespace is named by an id, which is new at every start. */
function modeOf(mode: string): string {
	return mode.startsWith('container:') ? 'container' : mode;
}

/** Ports that the kernel chooses differ at every start. */
const FIRST_EPHEMERAL = 32_768;

function portOf({port, protocol, hostIp, hostPort}: Target['published'][number]): string {
	return `${hostIp}:${hostPort >= FIRST_EPHEMERAL ? 'any' : hostPort}->${port}/${protocol}`;
}

/** Volumes without a name get a new one at every start. */
function mountOf({type, source, writable, propagation}: Mount): string {
	const from = type === 'volume' && /\/[0-9a-f]{64}\//.test(source) ? 'a volume without a name' : source;
	return `${type} ${from} ${writable ? 'rw' : 'ro'} ${propagation}`.trim();
}

/** RFC 6901. */
function escaped(name: string): string {
	return name.replaceAll('~', '~0').replaceAll('/', '~1').slice(0, 256);
}
