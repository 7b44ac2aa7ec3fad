import {BlockList, isIPv6} from 'node:net';
import type {Probe} from '../probe.ts';
import {unseen} from '../probe.ts';

const MOST_NAMED = 8;

/** Holds whom the container talks to at this moment against whom the policy lets it talk to. */
export const netEgressAllowlist: Probe = async subject => {
	const {egress} = subject.paramsOf('net-egress-allowlist');
	const remotes = await subject.remotes();
	if (!remotes.seen) {
		return [unseen(remotes.reason)];
	}

	const allowed = allowedBy(egress);
	if (allowed === undefined) {
		return [
			unseen(
				'The policy names no destinations; set params.egress to networks, each with a port if you like (10.0.0.0/8:5432)',
				{
					destinations: remotes.items.length,
				},
			),
		];
	}

	const strangers = remotes.items.filter(({address, port}) => !allowed(address, port));
	const observed = {destinations: remotes.items.length, strangers: strangers.length, sampled: true};
	return [
		strangers.length === 0
			? {
					result: 'pass',
					message: `At this moment the container talks to nobody but whom the policy allows (sampled: ${remotes.items.length} destinations)`,
					observed,
				}
			: {
					result: 'fail',
					message: `The container talks to ${strangers
						.slice(0, MOST_NAMED)
						.map(({address, port}) => `${address}:${port}`)
						.join(', ')}, which the policy does not name`,
					observed,
				},
	];
};

type Allowed = (address: string, port: number) => boolean;

/** `10.0.0.0/8`, `10.1.2.3:5432`, `fd00::/8`, `[fd00::1]:443`. Undefined where the policy names nothing that can be read. */
function allowedBy(value: unknown): Allowed | undefined {
	const texts = (Array.isArray(value) ? value : []).filter(each => typeof each === 'string').slice(0, 256);
	const rules = texts.flatMap(text => ruleOf(text) ?? []);
	return Array.isArray(value) && rules.length === texts.length
		? (address, port) =>
				rules.some(
					rule =>
						(rule.port === undefined || rule.port === port) &&
						rule.list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4'),
				)
		: undefined;
}

function ruleOf(text: string): {readonly list: BlockList; readonly port: number | undefined} | undefined {
	const [, four, fourPort] = /^(\d[\d.]*(?:\/\d{1,2})?)(?::(\d{1,5}))?$/.exec(text) ?? [];
	const [, six, sixPort] = /^\[([0-9a-f:.]+(?:\/\d{1,3})?)\](?::(\d{1,5}))?$/i.exec(text) ?? [];
	const network = four ?? six ?? text;
	const [address = '', length] = network.split('/');
	const family = isIPv6(address) ? 'ipv6' : 'ipv4';
	const port = fourPort ?? sixPort;
	const list = new BlockList();
	try {
		list.addSubnet(address, Number(length ?? (family === 'ipv6' ? 128 : 32)), family);
		return {list, port: port === undefined ? undefined : Number(port)};
	} catch {
		return undefined;
	}
}
