import {type Probe, type ProbeFinding, unseen} from '../probe.ts';

/** Docker's default set, by bit: the allow-list that holds when a container asked for nothing. */
const allowed = [
	'CHOWN:0',
	'DAC_OVERRIDE:1',
	'FOWNER:3',
	'FSETID:4',
	'KILL:5',
	'SETGID:6',
	'SETUID:7',
	'SETPCAP:8',
	'NET_BIND_SERVICE:10',
	'NET_RAW:13',
	'SYS_CHROOT:18',
	'MKNOD:27',
	'AUDIT_WRITE:29',
	'SETFCAP:31',
].reduce((set, entry) => set | (1n << BigInt(entry.split(':')[1] ?? 0)), 0n);

/** The bounding set decides, because it is the most that any process of the container can ever gain. */
export const runCapMinimal: Probe = async ({target: {capabilities, privileged}, processes}) => {
	const seen = await processes();
	const asked = {added: capabilities.added, dropped: capabilities.dropped};
	if (!seen.seen) {
		return [unseen(`The processes' capabilities could not be read: ${seen.reason}`, asked)];
	}

	const bounding = seen.items.reduce((all, {boundingSet}) => all | boundingSet, 0n);
	const observed = {...asked, privileged, boundingSet: `0x${bounding.toString(16).padStart(16, '0')}`};
	return [judge(bounding, observed)];
};

function judge(bounding: bigint, observed: unknown): ProbeFinding {
	const beyond = bounding & ~allowed;
	if (beyond !== 0n) {
		return {
			result: 'fail',
			message: `Processes may gain capabilities beyond Docker's default set (0x${beyond.toString(16)}); drop ALL and add back only what is used`,
			observed,
		};
	}

	return bounding === 0n
		? {result: 'pass', message: 'All capabilities are dropped', observed}
		: {
				result: 'pass',
				message: "No capability goes beyond Docker's default set; dropping ALL would be tighter",
				observed,
			};
}
