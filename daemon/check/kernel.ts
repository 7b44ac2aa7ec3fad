import type {Engine, Listed} from '../docker/engine.ts';
import {kernelOf} from '../docker/kernel.ts';
import {processesOf} from '../docker/processes.ts';
import {parseTarget, type Target} from '../docker/target.ts';
import {readClock} from '../host/clock.ts';
import {type CheckLine, limited, ok} from './line.ts';

/** By processes, and what the kernel says of them. */
const byProcesses = [
	'run-user-non-root',
	'run-cap-minimal',
	'run-no-new-privileges',
	'run-ports-declared',
	'run-seccomp-on',
];
const byNamespaces = ['run-no-host-namespaces'];
const byGroups = ['avail-memory-limit', 'avail-pids-limit', 'avail-cpu-limit', 'run-cgroup-confirmed'];

/** What of the kernel's own word can be had from here, tried on a container that runs. */
export async function checkKernel(
	engine: Engine,
	running: readonly Listed[],
	signal: AbortSignal,
): Promise<readonly CheckLine[]> {
	const targets = await targetsOf(engine, running, signal);
	const tried = await Promise.all(targets.map(checkContainer));
	// What can be seen of one can be seen.
	const best = tried.toSorted((a, b) => limitsIn(a) - limitsIn(b))[0];
	return [...(best ?? [untried]), await checkClock()];
}

const untried = limited(
	'processes',
	'No container runs, so whether its processes can be seen was not tried',
	'start any container and check again',
);

function limitsIn(lines: readonly CheckLine[]): number {
	return lines.flatMap(({controls = []}) => controls).length;
}

async function checkContainer(target: Target): Promise<readonly CheckLine[]> {
	const [processes, kernel] = await Promise.all([processesOf(target), kernelOf(target)]);
	if (!processes.seen || !kernel.seen) {
		const reason = processes.seen ? 'the kernel says nothing of them' : processes.reason;
		return [
			limited(
				'processes',
				`Processes of containers cannot be seen: ${reason}`,
				'run the daemon on the host, or with --pid host; an engine on another machine needs a daemon there',
				[...byProcesses, ...byNamespaces, ...byGroups],
			),
		];
	}

	const {shared, group} = kernel.kernel;
	return [
		ok('processes', `${processes.items.length} of ${target.name} are seen as the kernel has them`),
		shared === undefined
			? limited(
					'namespaces',
					"Which namespaces of a container are the host's may only be seen by root or with CAP_SYS_PTRACE",
					'leave it, or give the daemon that capability: it then can read the memory of everything here',
					byNamespaces,
				)
			: ok('namespaces', "those of containers can be held against the host's"),
		group === undefined
			? limited(
					'control groups',
					'The control groups of containers cannot be read',
					'mount /sys/fs/cgroup read-only (-v /sys/fs/cgroup:/sys/fs/cgroup:ro), or --cgroupns host',
					byGroups,
				)
			: ok('control groups', `limits that hold are read from version ${group.version}`),
	];
}

/** One that ended a moment ago says nothing about the others. */
async function targetsOf(
	engine: Engine,
	running: readonly Listed[],
	signal: AbortSignal,
): Promise<readonly Target[]> {
	const found = await Promise.all(
		running.slice(0, TRIES).map(async ({id}) => {
			const inspected = await engine.inspect(id, signal).catch(() => undefined);
			return inspected === undefined ? [] : [parseTarget(inspected)];
		}),
	);
	return found.flat().filter(target => target.running);
}

const TRIES = 5;

async function checkClock(): Promise<CheckLine> {
	const clock = await readClock();
	switch (clock.state) {
		case 'synchronised':
			return ok('clock', `${clock.by} keeps it`);
		case 'adrift':
			return limited('clock', `${clock.by} does not keep it: ${clock.reason}`, 'see to the time service', [
				'log-time-sync',
			]);
		case 'unseen':
			return limited(
				'clock',
				clock.reason,
				'run a time service; in a container mount /run/systemd/timesync read-only',
				['log-time-sync'],
			);
	}
}
