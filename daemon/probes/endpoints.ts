import {connect} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import type {Listener, ProxyContract} from '../../proto/contract.ts';
import type {Target} from '../docker/target.ts';
import type {Endpoint} from './probe.ts';

const TRY_MS = 500;
const PAUSE_MS = 20;

type Address = NonNullable<Endpoint['address']>;

/**
 * Finds where each promised listener accepts connections. A container that has just started gets until the signal;
 * a listener that never accepted comes back without an address, for the probes to say so.
 */
export function reachEndpoints(
	target: Pick<Target, 'addresses' | 'published' | 'networkMode'>,
	{listeners, hosts}: Pick<ProxyContract, 'listeners' | 'hosts'>,
	signal: AbortSignal,
): Promise<readonly Endpoint[]> {
	return Promise.all(
		askedOf(listeners).map(async ({port, protocol}) => ({
			protocol,
			port,
			address: await firstOpen(addressesOf(target, port), signal),
			name: hosts[0] ?? '',
		})),
	);
}

/** What probes ask. HTTP/3 says what HTTPS says, on UDP, and metrics are nobody's outside. */
function askedOf(listeners: readonly Listener[]): readonly Pick<Endpoint, 'port' | 'protocol'>[] {
	return listeners.flatMap(({port, protocol}) =>
		protocol === 'https' || protocol === 'redirect' ? [{port, protocol}] : [],
	);
}

/** The container's own addresses first: they show what is there whatever is published. */
export function addressesOf(
	{addresses, published, networkMode}: Pick<Target, 'addresses' | 'published' | 'networkMode'>,
	port: number,
): readonly Address[] {
	return [
		...(networkMode === 'host' ? [{host: '127.0.0.1', port}] : addresses.map(host => ({host, port}))),
		...published
			.filter(each => each.port === port && each.protocol === 'tcp')
			.map(({hostIp, hostPort}) => ({host: reachableAt(hostIp), port: hostPort})),
	];
}

/** Where a published port is reached from this host. One that is bound to an address is somebody else's on every other. */
function reachableAt(hostIp: string): string {
	if (hostIp === '' || hostIp === '0.0.0.0') {
		return '127.0.0.1';
	}

	return hostIp === '::' ? '::1' : hostIp;
}

/** The first that accepts, tried in turn until the signal. */
export async function firstOpen(
	addresses: readonly Address[],
	signal: AbortSignal,
): Promise<Address | undefined> {
	while (!signal.aborted && addresses.length > 0) {
		for (const address of addresses) {
			if (await accepts(address, AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]))) {
				return address;
			}
		}

		await sleep(PAUSE_MS, undefined, {signal}).catch(() => undefined);
	}

	return undefined;
}

function accepts(address: Address, signal: AbortSignal): Promise<boolean> {
	const {promise, resolve} = Promise.withResolvers<boolean>();
	const socket = connect({...address, signal});
	socket.on('connect', () => resolve(true));
	socket.on('error', () => resolve(false));
	return promise.finally(() => socket.destroy());
}
