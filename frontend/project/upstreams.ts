import {type Door, integerAt, listAt, type Mapping, mappingAt, type Path, textAt} from '../project-door.ts';
import type {HealthCheck, PlanUpstream} from '../proxies/plan.ts';
import {UPSTREAM} from './access.ts';
import {readNetwork} from './network.ts';
import {usualCheck} from './no-settings.ts';
import {defined, entriesAt, HOST, isMapping, PATH, PORT, required} from './values.ts';

const MAX_UPSTREAMS = 32;
const MAX_SERVERS = 32;
const CHECK_KEYS = ['interval', 'timeout', 'failures', 'passes'] as const;

/** What is reached outside of the container, in the order of the file. */
export function upstreamsAt(door: Door, value: unknown): readonly PlanUpstream[] {
	const entries = entriesAt(door, ['upstreams'], value, {max: MAX_UPSTREAMS, of: 'names with their servers'});
	return entries.map(([name, raw]) => {
		const path = ['upstreams', name];
		if (!UPSTREAM.test(name) || name === 'application') {
			door.refuseKey(
				path,
				`${JSON.stringify(name.slice(0, 60))} cannot be an upstream's name: small letters, digits and - are, and "application" is the one in the image`,
			);
		}

		return upstreamAt(door, path, name, mappingAt(door, path, raw, ['servers', 'tls', 'health']));
	});
}

function upstreamAt(door: Door, path: Path, name: string, upstream: Mapping): PlanUpstream {
	const servers = serversAt(door, [...path, 'servers'], upstream['servers']);
	const {healthPath, check} = healthAt(door, [...path, 'health'], upstream['health']);
	return {
		name,
		servers,
		health: check,
		line: door.lineOf(path),
		...defined({tls: tlsAt(door, [...path, 'tls'], upstream['tls'], servers), healthPath}),
	};
}

type Server = PlanUpstream['servers'][number];

function serversAt(door: Door, path: Path, value: unknown): readonly Server[] {
	const seen = new Set<string>();
	const servers = listAt(door, path, value, MAX_SERVERS).map((each, index) => {
		const at = [...path, index];
		const server = serverIn(String(each));
		if (server === undefined) {
			return door.refuse(
				at,
				`${at.join('.')} is a host with its port, such as billing.internal:8443, 192.0.2.1:80 or [2001:db8::1]:80`,
			);
		}

		const key = `${server.host} ${server.port}`;
		if (seen.has(key)) {
			door.refuse(at, `${at.join('.')} is ${String(each)} once more`);
		}

		seen.add(key);
		return server;
	});
	return servers.length === 0
		? door.refuse(
				path.slice(0, -1),
				`${path.join('.')} names a server at least, such as billing.internal:8443`,
			)
		: servers;
}

function serverIn(text: string): Server | undefined {
	const [, six, host = six, digits = ''] =
		/^(?:\[([0-9a-fA-F:.]{2,45})\]|([a-z0-9.-]{1,253})):([1-9]\d{0,4})$/.exec(text) ?? [];
	const port = Number(digits);
	if (host === undefined || port > PORT.max) {
		return undefined;
	}

	// What ends in a number is an address, or nothing.
	const isName = six === undefined && !/(?:^|\.)\d+$/.test(host);
	const read = isName ? undefined : readNetwork(host);
	const isHost = isName ? HOST.test(host) : read !== undefined && 'network' in read;
	return isHost
		? {host: read !== undefined && 'network' in read ? (read.network.split('/')[0] ?? '') : host, port}
		: undefined;
}

function tlsAt(door: Door, path: Path, value: unknown, servers: readonly Server[]): PlanUpstream['tls'] {
	if (value === undefined || value === false) {
		return undefined;
	}

	const names = new Set(servers.map(({host}) => host));
	const [only] = names;
	const isName = only !== undefined && names.size === 1 && !/[:]|(?:^|\.)\d+$/.test(only);
	if (value !== true) {
		const expected =
			'true, or the name that the certificate of its servers must have, such as billing.internal';
		return {serverName: required(door, path, value, textAt, {pattern: HOST, expected})};
	}

	return isName
		? {serverName: only}
		: door.refuse(
				path,
				`${path.join('.')} needs the name that the certificates must have, because the servers do not share one: write "tls: billing.internal"`,
			);
}

/** A path alone, or a mapping with how often it is asked. */
function healthAt(
	door: Door,
	path: Path,
	value: unknown,
): {readonly healthPath: string | undefined; readonly check: HealthCheck} {
	const health: Mapping = isMapping(value)
		? mappingAt(door, path, value, ['path', ...CHECK_KEYS])
		: {path: value};
	const expected = 'a path such as /healthz, in printable ASCII and at most 256 characters long';
	return {
		healthPath: textAt(door, isMapping(value) ? [...path, 'path'] : path, health['path'], {
			pattern: PATH,
			expected,
		}),
		check: checkOf(door, path, health),
	};
}

/** @param path of the mapping, all of whose keys are known */
function checkOf(door: Door, path: Path, check: Mapping): HealthCheck {
	const count = (key: (typeof CHECK_KEYS)[number], max: number, usual: number): number =>
		integerAt(door, [...path, key], check[key], {min: 1, max}) ?? usual;
	const read = {
		intervalSeconds: count('interval', 300, usualCheck.intervalSeconds),
		timeoutSeconds: count('timeout', 60, usualCheck.timeoutSeconds),
		failures: count('failures', 10, usualCheck.failures),
		passes: count('passes', 10, usualCheck.passes),
	};
	return read;
}

/** How the application is asked, from `proxy.health`. */
export function checkAt(door: Door, path: Path, value: unknown): HealthCheck {
	return checkOf(door, path, mappingAt(door, path, value, CHECK_KEYS));
}
