/** Linux capabilities in the order of their bits. */
const names: readonly string[] = [
	'CHOWN',
	'DAC_OVERRIDE',
	'DAC_READ_SEARCH',
	'FOWNER',
	'FSETID',
	'KILL',
	'SETGID',
	'SETUID',
	'SETPCAP',
	'LINUX_IMMUTABLE',
	'NET_BIND_SERVICE',
	'NET_BROADCAST',
	'NET_ADMIN',
	'NET_RAW',
	'IPC_LOCK',
	'IPC_OWNER',
	'SYS_MODULE',
	'SYS_RAWIO',
	'SYS_CHROOT',
	'SYS_PTRACE',
	'SYS_PACCT',
	'SYS_ADMIN',
	'SYS_BOOT',
	'SYS_NICE',
	'SYS_RESOURCE',
	'SYS_TIME',
	'SYS_TTY_CONFIG',
	'MKNOD',
	'LEASE',
	'AUDIT_WRITE',
	'AUDIT_CONTROL',
	'SETFCAP',
	'MAC_OVERRIDE',
	'MAC_ADMIN',
	'SYSLOG',
	'WAKE_ALARM',
	'BLOCK_SUSPEND',
	'AUDIT_READ',
	'PERFMON',
	'BPF',
	'CHECKPOINT_RESTORE',
];

/** What Docker gives a container that asks for nothing. */
export const usual: readonly string[] = [
	'CHOWN',
	'DAC_OVERRIDE',
	'FOWNER',
	'FSETID',
	'KILL',
	'SETGID',
	'SETUID',
	'SETPCAP',
	'NET_BIND_SERVICE',
	'NET_RAW',
	'SYS_CHROOT',
	'MKNOD',
	'AUDIT_WRITE',
	'SETFCAP',
];

/** Names with or without `CAP_` → bits. What no kernel has is left out. */
export function bitsOf(list: readonly string[]): bigint {
	return list.reduce((set, name) => {
		const bit = names.indexOf(plainName(name));
		return bit === -1 ? set : set | (1n << BigInt(bit));
	}, 0n);
}

/** As they are written in `--cap-add`; a bit that has no name yet is a number. */
export function namesOf(set: bigint): readonly string[] {
	const found: string[] = [];
	for (let bit = 0; bit < 64; bit += 1) {
		if ((set >> BigInt(bit)) & 1n) {
			found.push(names[bit] ?? String(bit));
		}
	}

	return found;
}

export function plainName(name: string): string {
	return name.toUpperCase().replace(/^CAP_/, '');
}

/** Every capability that has a name. */
export const every = (1n << BigInt(names.length)) - 1n;
