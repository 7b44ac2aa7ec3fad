import {has, run} from './run.ts';

/**
 * Lets the engine's net out and the answers in: three rules, of which none is Docker's own.
 *
 * @param net with its prefix, `172.31.240.0/20`
 * @param root a private root, whose iptables is used where the machine has none
 */
export async function openFirewall(net: string, root: string): Promise<void> {
	await closeFirewall(net, root);
	for (const [table, chain, ...rule] of rulesFor(net)) {
		await iptables(root, ['-t', table, '-I', chain, ...rule]);
	}
}

/** Takes away what {@link openFirewall} put in, as often as it is there. */
export async function closeFirewall(net: string, root: string): Promise<void> {
	for (const [table, chain, ...rule] of rulesFor(net)) {
		while (await succeeds(root, ['-t', table, '-D', chain, ...rule])) {}
	}
}

function rulesFor(net: string): [table: string, chain: string, ...rule: string[]][] {
	return [
		['nat', 'POSTROUTING', '-s', net, '!', '-d', net, '-j', 'MASQUERADE'],
		['filter', 'FORWARD', '-s', net, '-j', 'ACCEPT'],
		['filter', 'FORWARD', '-d', net, '-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED', '-j', 'ACCEPT'],
	];
}

/** The machine's own iptables comes first: rules in nft and in legacy tables do not see each other. */
async function iptables(root: string, args: readonly string[]): Promise<void> {
	const [command, ...prefix] = (await has('iptables')) ? ['iptables'] : ['chroot', root, 'iptables'];
	await run(command ?? 'iptables', [...prefix, ...args]);
}

async function succeeds(root: string, args: readonly string[]): Promise<boolean> {
	return iptables(root, args).then(
		() => true,
		() => false,
	);
}
