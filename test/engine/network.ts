import {createHash} from 'node:crypto';
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {EngineError} from './error.ts';
import {closeFirewall, openFirewall} from './firewall.ts';
import type {Layout} from './layout.ts';
import {run} from './run.ts';

export interface Network {
	/** All the addresses of the engine, `172.31.240.0/20`: its bridge has the first /24 of them. */
	readonly net: string;
	/** Where networks made by `docker network create` get their addresses: the upper half. */
	readonly pool: string;
	readonly mtu: number;
	/** Whether the machine did not forward IPv4 before; then it is to be switched off again. */
	readonly forwardingWasOff: boolean;
}

const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

/** Sixteen private /20 nets. Docker's own defaults begin at 172.17, clouds like 10.x and homes 192.168.x. */
const candidates = Array.from({length: 16}, (_, index) => `172.31.${index * 16}`).reverse();

/**
 * The first of our candidate nets that no address and no route of the machine touches.
 *
 * @param text what `ip -4 -o addr` and `ip -4 route` print
 * @param before the net to take if it is still free
 */
export function freeNet(text: string, before = ''): string | undefined {
	const used = [...text.matchAll(/(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?/g)].map(
		([, address = '', prefix = '32']) => ({
			from: numberOf(address),
			bits: Number(prefix),
		}),
	);
	const wanted = candidates.includes(before) ? [before, ...candidates] : candidates;
	return wanted.find(net => {
		const from = numberOf(`${net}.0`);
		return !used.some(other => {
			// 0.0.0.0/0 and 0.0.0.0/1, as VPN clients set them, are no reason to give up.
			const bits = Math.min(20, other.bits);
			return other.bits > 1 && from >>> (32 - bits) === other.from >>> (32 - bits);
		});
	});
}

/**
 * Makes the engine's bridge anew, beside any that another dockerd has, and lets its net out of the machine.
 *
 * @throws EngineError `ENGINE_NOT_STARTED` when all candidate nets are in use
 */
export async function makeNetwork({bridge: name, root, home}: Layout): Promise<Network> {
	await removeBridge(name);
	const routes = await run('ip', ['-4', 'route']);
	const remembered = join(home, 'net');
	const before = existsSync(remembered) ? readFileSync(remembered, 'utf8') : '';
	const free = freeNet(`${await run('ip', ['-4', '-o', 'addr'])}\n${routes}`, before);
	if (free === undefined) {
		throw new EngineError(
			'ENGINE_NOT_STARTED',
			'No free network for the engine: all of 172.31.0.0/16 is in use',
		);
	}

	if (free !== before) {
		// dockerd notes the address of its bridge and would give it back to it, whatever the bridge has now.
		rmSync(join(home, 'data', 'network'), {recursive: true, force: true});
		writeFileSync(remembered, free, {mode: 0o600});
	}

	// A bridge that carries more than the way out does loses large packets without a word.
	const mtu = mtuOf(/^default .*\bdev (\S+)/m.exec(routes)?.[1]);
	// Without one of its own a bridge takes the lowest address of whoever is on it: with each container that comes or goes it would
	// be another one, and what others have on the way is sent to the old one.
	await run('ip', [
		'link',
		'add',
		name,
		'address',
		hardwareAddressOf(name),
		'mtu',
		String(mtu),
		'type',
		'bridge',
	]);
	await run('ip', ['addr', 'add', `${free}.1/24`, 'dev', name]);
	await run('ip', ['link', 'set', name, 'up']);

	const forwardingWasOff = readFileSync(FORWARDING, 'utf8').trim() === '0';
	if (forwardingWasOff) {
		writeFileSync(FORWARDING, '1');
	}

	const net = `${free}.0/20`;
	await openFirewall(net, root);
	const upperHalf = Number(free.split('.')[2]) + 8;
	return {net, pool: `172.31.${upperHalf}.0/21`, mtu, forwardingWasOff};
}

/** A locally administered address, the same for the same name. */
function hardwareAddressOf(name: string): string {
	const bytes = createHash('sha256').update(name).digest('hex').slice(0, 10).match(/../g) ?? [];
	return ['02', ...bytes].join(':');
}

/** Undoes {@link makeNetwork}. */
export async function removeNetwork(
	name: string,
	root: string,
	{net, forwardingWasOff}: Pick<Network, 'net' | 'forwardingWasOff'>,
): Promise<void> {
	await removeBridge(name);
	await closeFirewall(net, root);
	if (forwardingWasOff) {
		writeFileSync(FORWARDING, '0');
	}
}

async function removeBridge(name: string): Promise<void> {
	if (existsSync(`/sys/class/net/${name}`)) {
		await run('ip', ['link', 'delete', name]);
	}
}

function numberOf(address: string): number {
	return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function mtuOf(device: string | undefined): number {
	const path = `/sys/class/net/${device}/mtu`;
	return device !== undefined && existsSync(path) ? Number(readFileSync(path, 'utf8')) : 1500;
}
