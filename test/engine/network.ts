import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {EngineError} from './error.ts';
import {run} from './run.ts';

export interface Network {
	/** Address of the bridge with its prefix, `172.31.240.1/24`. */
	readonly address: string;
	/** Where networks made by `docker network create` get their addresses. */
	readonly pool: string;
	readonly mtu: number;
}

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/** Sixteen private /20 nets. Docker's own defaults begin at 172.17, clouds like 10.x and homes 192.168.x. */
const candidates = Array.from({length: 16}, (_, index) => `172.31.${index * 16}`).reverse();

/**
 * The first of our candidate nets that no address and no route of the machine touches.
 *
 * @param text what `ip -4 -o addr` and `ip -4 route` print
 */
export function freeNet(text: string): string | undefined {
	const used = [...text.matchAll(/(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?/g)].map(
		([, address = '', prefix = '32']) => ({
			from: numberOf(address),
			bits: Number(prefix),
		}),
	);
	return candidates.find(net => {
		const from = numberOf(`${net}.0`);
		return !used.some(other => {
			// 0.0.0.0/0 and 0.0.0.0/1, as VPN clients set them, are no reason to give up.
			const bits = Math.min(20, other.bits);
			return other.bits > 1 && from >>> (32 - bits) === other.from >>> (32 - bits);
		});
	});
}

/**
 * Makes the engine's bridge anew. Another dockerd on the machine keeps its docker0: this one never sees it.
 * Switches IPv4 forwarding on itself, because dockerd would else also set the machine's FORWARD policy to DROP.
 *
 * @returns the network, and whether forwarding was off before
 */
export async function makeBridge(name: string): Promise<{network: Network; forwardingWasOff: boolean}> {
	await removeBridge(name);
	const routes = await run('ip', ['-4', 'route']);
	const net = freeNet(`${await run('ip', ['-4', '-o', 'addr'])}\n${routes}`);
	if (net === undefined) {
		throw new EngineError(
			'ENGINE_NOT_STARTED',
			'No free network for the engine: all of 172.31.0.0/16 is in use',
		);
	}

	// A bridge that carries more than the way out does loses large packets without a word.
	const mtu = mtuOf(/^default .*\bdev (\S+)/m.exec(routes)?.[1]);
	const address = `${net}.1/24`;
	await run('ip', ['link', 'add', name, 'mtu', String(mtu), 'type', 'bridge']);
	await run('ip', ['addr', 'add', address, 'dev', name]);
	await run('ip', ['link', 'set', name, 'up']);

	const forwardingWasOff = readFileSync(FORWARDING, 'utf8').trim() === '0';
	if (forwardingWasOff) {
		writeFileSync(FORWARDING, '1');
	}

	const upperHalf = Number(net.split('.')[2]) + 8;
	return {network: {address, pool: `172.31.${upperHalf}.0/21`, mtu}, forwardingWasOff};
}

export async function removeBridge(name: string): Promise<void> {
	if (existsSync(`/sys/class/net/${name}`)) {
		await run('ip', ['link', 'delete', name]);
	}
}

export function switchForwardingOff(): void {
	writeFileSync(FORWARDING, '0');
}

function numberOf(address: string): number {
	return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function mtuOf(device: string | undefined): number {
	const path = `/sys/class/net/${device}/mtu`;
	return device !== undefined && existsSync(path) ? Number(readFileSync(path, 'utf8')) : 1500;
}
