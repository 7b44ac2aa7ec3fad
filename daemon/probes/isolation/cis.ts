import type {ControlId} from '../../../policies/catalogue.ts';
import {worstFirst} from '../../../policies/decide.ts';
import type {Finding, Outcome} from '../../../policies/finding.ts';

/** One recommendation of section 5 of the CIS Docker Benchmark, by its number in version 1.6. The words are ours. */
export interface CisItem {
	readonly number: string;
	/** What it asks for. */
	readonly asks: string;
	readonly controls: readonly ControlId[];
	/** How this version judges it, and where it differs from a look at the settings alone. */
	readonly how: string;
	/** Which findings of the controls are about this number, where they are about several. */
	readonly isAbout?: (finding: Pick<Finding, 'observed'>) => boolean;
}

export const cisItems: readonly CisItem[] = [
	{
		number: '5.1',
		asks: 'No swarm where none is used',
		controls: ['host-engine-posture'],
		how: "The engine's own information, for all containers of it at once.",
	},
	{
		number: '5.2',
		asks: 'An AppArmor profile, where the host has AppArmor',
		controls: ['run-lsm-profile'],
		how: "The kernel's word for the first process. On a host without AppArmor there is nothing to judge.",
	},
	{
		number: '5.3',
		asks: 'An SELinux label, where the host has SELinux',
		controls: ['run-lsm-profile'],
		how: "The kernel's word for the first process. On a host without SELinux there is nothing to judge.",
	},
	{
		number: '5.4',
		asks: 'No capability that is not needed',
		controls: ['run-cap-minimal'],
		how: "The bounding sets of all processes against Docker's default set, or the policy's list. Adding one of the default set fails nothing.",
	},
	{
		number: '5.5',
		asks: 'No privileged container',
		controls: ['run-no-privileged'],
		how: 'The setting; and containers that are as good as privileged by other options.',
	},
	{
		number: '5.6',
		asks: 'No sensitive folder of the host',
		controls: ['run-no-sensitive-mounts'],
		how: 'Folders below and above sensitive ones count too, links and volumes that stand for them, and mounts that can only be read.',
	},
	{
		number: '5.7',
		asks: 'No SSH server inside',
		controls: ['image-no-ssh-daemon'],
		how: 'The programs of all processes, from outside; nothing is run inside.',
	},
	{
		number: '5.8',
		asks: 'No port of the host below 1024',
		controls: ['run-ports-declared'],
		how: '80 and 443 are what everybody expects of a server, and fail nothing.',
		isAbout: asksFor('low ports'),
	},
	{
		number: '5.9',
		asks: 'Only ports that are needed',
		controls: ['run-ports-declared'],
		how: 'Against the contract, a description, or what the image exposes.',
		isAbout: asksFor('declared'),
	},
	{
		number: '5.10',
		asks: "Not the host's network",
		controls: ['run-no-host-namespaces'],
		how: 'The setting and the namespace of the first process.',
		isAbout: shares('network'),
	},
	{
		number: '5.11',
		asks: 'A limit of memory',
		controls: ['avail-memory-limit'],
		how: 'The setting and the control group: both must have one.',
	},
	{
		number: '5.12',
		asks: 'A share of the processor',
		controls: ['avail-cpu-limit'],
		how: 'A quota counts as well as a share; the control group must have it.',
	},
	{
		number: '5.13',
		asks: 'A root file system that cannot be written',
		controls: ['run-readonly-rootfs'],
		how: "The setting and the kernel's table of mounts.",
	},
	{
		number: '5.14',
		asks: 'Published on one address of the host',
		controls: ['run-ports-declared'],
		how: "The contract's ports that face visitors, and what the policy calls public, may be published on every address.",
		isAbout: asksFor('addresses'),
	},
	{
		number: '5.15',
		asks: 'Started again a few times when it fails',
		controls: ['avail-restart-policy'],
		how: 'Up to ten times; `always` and `unless-stopped` are accepted unless the policy says otherwise.',
	},
	{
		number: '5.16',
		asks: "Not the host's processes",
		controls: ['run-no-host-namespaces'],
		how: 'The setting and the namespace of the first process.',
		isAbout: shares('pid'),
	},
	{
		number: '5.17',
		asks: "Not the host's memory between processes",
		controls: ['run-no-host-namespaces'],
		how: 'The setting and the namespace of the first process.',
		isAbout: shares('ipc'),
	},
	{
		number: '5.18',
		asks: 'No device of the host',
		controls: ['run-no-host-devices'],
		how: 'Requests and rules for devices count too, and a privileged container has them all.',
	},
	{
		number: '5.19',
		asks: 'No limit of processes overridden without need',
		controls: ['avail-ulimits'],
		how: 'Lowering a limit, or raising it to what is usual, fails nothing.',
	},
	{
		number: '5.20',
		asks: 'No mount that is shared in both directions',
		controls: ['run-no-shared-propagation'],
		how: "The setting and the kernel's table of mounts.",
	},
	{
		number: '5.21',
		asks: "Not the host's name",
		controls: ['run-no-host-namespaces'],
		how: 'The setting and the namespace of the first process.',
		isAbout: shares('uts'),
	},
	{
		number: '5.22',
		asks: 'The filter for system calls left on',
		controls: ['run-seccomp-on'],
		how: "The kernel's word for every process: a privileged container has no filter, whatever its settings say.",
	},
	{
		number: '5.23',
		asks: 'No exec with all privileges',
		controls: ['run-exec-observed'],
		how: 'Events of the engine, as they happen.',
	},
	{
		number: '5.24',
		asks: 'No exec as root',
		controls: ['run-exec-observed'],
		how: 'Events of the engine, as they happen.',
	},
	{
		number: '5.25',
		asks: "The engine's own control group",
		controls: ['run-cgroup-confirmed'],
		how: 'The setting and where the kernel has the container.',
	},
	{
		number: '5.26',
		asks: 'No way to new privileges',
		controls: ['run-no-new-privileges'],
		how: "The kernel's flag for every process: an engine-wide default counts, and an option alone does not.",
	},
	{
		number: '5.27',
		asks: 'A health check',
		controls: ['health-check-defined'],
		how: 'It must also notice a failure in time.',
	},
	{
		number: '5.28',
		asks: 'The current version of an image',
		controls: ['base-digest-pinned', 'base-no-mutable-tag'],
		how: 'At build, of the bases. Whether a registry has something newer is asked by nobody at run time.',
	},
	{
		number: '5.29',
		asks: 'A limit of processes',
		controls: ['avail-pids-limit'],
		how: 'The setting and the control group: both must have one.',
	},
	{
		number: '5.30',
		asks: "Not the engine's default bridge",
		controls: ['run-user-defined-network'],
		how: 'All networks of the container count, not only the first.',
	},
	{
		number: '5.31',
		asks: "Not the host's users when users are remapped",
		controls: ['run-no-host-namespaces'],
		how: 'Only where it was asked for: without remapping every container has them.',
		isAbout: shares('user'),
	},
	{
		number: '5.32',
		asks: "Not the engine's socket",
		controls: ['run-no-engine-socket'],
		how: 'Sockets of other engines, folders above one, links and second names count too.',
	},
];

/** What findings amount to for one number; undefined when nobody looked. A failure of another number's question says nothing here. */
export function cisResult(
	{controls, isAbout = () => true}: CisItem,
	findings: readonly Finding[],
): Outcome | undefined {
	const own = findings.filter(({control}) => controls.includes(control));
	const about = own.filter(isAbout);
	const results =
		about.length > 0
			? about.map(({result}) => result)
			: own.map(({result}) => (result === 'fail' ? 'pass' : result));
	return worstFirst.find(result => results.some(each => each === result));
}

function asksFor(question: string): NonNullable<CisItem['isAbout']> {
	return ({observed}) => fieldOf(observed, 'question') === question;
}

function shares(name: string): NonNullable<CisItem['isAbout']> {
	return ({observed}) => {
		const shared = fieldOf(observed, 'shared');
		return Array.isArray(shared) && shared.includes(name);
	};
}

function fieldOf(observed: unknown, name: string): unknown {
	return typeof observed === 'object' && observed !== null && name in observed
		? (observed as Record<string, unknown>)[name]
		: undefined;
}
