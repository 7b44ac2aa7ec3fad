import {mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {isolationProbes} from '../daemon/probes/isolation/index.ts';
import type {Subject} from '../daemon/probes/probe.ts';
import {runProbes} from '../daemon/probes/run.ts';
import {secretProbes} from '../daemon/probes/secret/index.ts';
import type {ControlId} from '../policies/catalogue.ts';
import {worstFirst} from '../policies/decide.ts';
import type {Finding} from '../policies/finding.ts';
import {type Docker, openDocker} from './helpers/docker.ts';
import {type Kept, openLooking, prepare, startKept} from './helpers/kept.ts';
import {probes} from './helpers/probes.ts';
import {buildTarget, startTarget} from './helpers/target.ts';

// Real containers on the real engine, each breaking some things: every probe passes the careful one and fails those that break
// what it asks for, and nobody is blamed for what another one did.

const soon = (): AbortSignal => AbortSignal.timeout(30_000);

const asked = [
	// What is asked of events is asked elsewhere.
	...Object.keys(isolationProbes).filter(id => id !== 'run-exec-observed'),
	...Object.keys(secretProbes),
	'avail-cpu-limit',
	'avail-memory-limit',
	'avail-pids-limit',
	'avail-restart-policy',
	'avail-ulimits',
	'chg-config-drift',
	'chg-filesystem-drift',
	'health-check-defined',
	'log-driver-durable',
] as readonly (keyof typeof probes)[]; // Keys of registries, all of them.

const some = Object.fromEntries(asked.map(id => [id, probes[id]]));

async function findingsOf(subject: Subject): Promise<readonly Finding[]> {
	try {
		return await runProbes(some, subject, {probeMs: 10_000, totalMs: 20_000}, soon());
	} finally {
		subject.close();
	}
}

function resultsOf(findings: readonly Finding[]): ReadonlyMap<ControlId, Finding['result']> {
	const by = Map.groupBy(findings, ({control}) => control);
	return new Map(
		[...by].map(([control, own]) => {
			const worst = worstFirst.find(result => own.some(finding => finding.result === result));
			return [control, worst === 'waived' ? 'error' : (worst ?? 'error')];
		}),
	);
}

function failed(results: ReadonlyMap<ControlId, string>): readonly string[] {
	return [...results].filter(([, result]) => result === 'fail').map(([control]) => control);
}

/** A folder of the host with a link to the engine's socket, and a secret that everybody may read. */
async function hostFolder(docker: Docker): Promise<AsyncDisposable & {readonly path: string}> {
	const path = await mkdtemp(join(tmpdir(), 'sallyport-kept-'));
	await symlink(docker.engine.host.replace('unix://', ''), join(path, 'innocent'));
	await writeFile(join(path, 'password'), 'not one', {mode: 0o644});
	return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true})};
}

/** Each with the controls that must fail, and no others may. */
function broken(folder: string): readonly (readonly [Kept, readonly (keyof typeof probes)[]])[] {
	return [
		[
			{name: 'root, who may write and gain', instead: {user: [], root: [], privileges: []}},
			['run-no-new-privileges', 'run-readonly-rootfs', 'run-user-non-root'],
		],
		[
			{name: 'privileged', more: ['--privileged']},
			['run-cap-minimal', 'run-no-host-devices', 'run-no-privileged', 'run-seccomp-on'],
		],
		[
			{
				name: "the host's namespaces",
				instead: {network: ['--network', 'host']},
				more: ['--pid', 'host', '--ipc', 'host', '--uts', 'host'],
			},
			['run-no-host-namespaces'],
		],
		[
			{
				name: 'mounts',
				more: [
					'-v',
					'/etc:/data/etc',
					'-v',
					`${folder}/innocent:/data/innocent`,
					'--mount',
					'type=bind,src=/var/lib/docker/volumes,dst=/data/volumes,bind-propagation=rshared',
				],
			},
			['run-no-engine-socket', 'run-no-sensitive-mounts', 'run-no-shared-propagation'],
		],
		[
			{
				name: 'without limits',
				instead: {memory: [], pids: [], cpu: [], restart: [], health: [], log: ['--log-driver', 'none']},
				more: ['--ulimit', 'rtprio=0:0'],
			},
			[
				'avail-cpu-limit',
				'avail-memory-limit',
				'avail-pids-limit',
				'avail-restart-policy',
				'avail-ulimits',
				'health-check-defined',
				'log-driver-durable',
			],
		],
		[
			{
				name: 'the default bridge, and ports for everybody',
				instead: {network: []},
				more: ['-p', '0.0.0.0::8080', '-p', '127.0.0.1:1013:1013'],
			},
			['run-ports-declared', 'run-user-defined-network'],
		],
		[
			{
				name: 'a device, and another control group',
				more: ['--device', '/dev/null', '--cgroup-parent', '/sallyport-kept'],
			},
			['run-cgroup-confirmed', 'run-no-host-devices'],
		],
		[
			{
				name: 'no filter, and one capability more',
				more: ['--security-opt', 'seccomp=unconfined', '--cap-add', 'NET_ADMIN'],
			},
			['run-cap-minimal', 'run-seccomp-on'],
		],
		[
			{
				name: 'secrets in plain sight',
				more: [
					'-e',
					'DB_PASSWORD=hunter2hunter2',
					'-e',
					'NODE_ENV=development',
					'-v',
					`${folder}/password:/run/secrets/password:ro`,
				],
			},
			['env-debug-off', 'secret-mount-permissions', 'secret-runtime-env-clean'],
		],
		[
			{
				name: 'files that are not of the image',
				instead: {root: [], user: []},
				command: ['sh', '-c', 'touch /usr/bin/tool /tmp/mine; rm /etc/motd; echo ready; exec sleep 600'],
			},
			['chg-filesystem-drift', 'run-readonly-rootfs', 'run-user-non-root'],
		],
		[
			{
				name: 'a server for logins that calls itself something else',
				instead: {temporary: ['--tmpfs', '/tmp:exec']},
				command: [
					'sh',
					'-c',
					'cp /bin/busybox /tmp/dropbear; (exec -a sleep /tmp/dropbear 600) & sleep 1; echo ready; wait',
				],
			},
			['image-no-ssh-daemon'],
		],
	];
}

test('every probe passes the careful container and fails those that break what it asks for', async t => {
	t.timeout(120_000);
	const docker = await openDocker();
	await using _network = await prepare(docker);
	await using folder = await hostFolder(docker);
	await using looking = await openLooking(docker);
	const rows: readonly (readonly [Kept, readonly string[]])[] = [
		[{name: 'careful'}, []],
		...broken(folder.path),
	];
	const started = await Promise.allSettled(rows.map(([kept]) => startKept(docker, kept)));
	const ids = started.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
	try {
		t.deepEqual(
			started.flatMap(each => (each.status === 'rejected' ? [String(each.reason)] : [])),
			[],
		);
		const seen = await Promise.all(
			ids.map(async id => resultsOf(await findingsOf(await looking.look(id, soon())))),
		);

		for (const [index, [{name}, expected]] of rows.entries()) {
			t.deepEqual(failed(seen[index] ?? new Map()).toSorted(), [...expected].toSorted(), name);
		}

		// What this machine can show passes with the careful one; the rest says why it cannot be told.
		const careful = seen[0] ?? new Map();
		const others = [...careful].filter(([, result]) => result !== 'pass').map(([control]) => control);
		t.deepEqual(
			others.filter(control => control !== 'run-lsm-profile' && control !== 'secret-mount-permissions'),
			[],
		);
		// And everything that is asked here was seen to fail, but for what takes a kernel with profiles, a list of the policy,
		// or a second container of the same name.
		const all = new Set(seen.flatMap(failed));
		const elsewhere = [
			'avail-capacity-headroom',
			'chg-config-drift',
			'env-config-declared',
			'run-lsm-profile',
		];
		t.deepEqual(
			asked.filter(control => !all.has(control) && !elsewhere.includes(control)),
			[],
		);
	} finally {
		await docker(['rm', '-f', ...ids]);
	}
});

test('a container that is made anew with other settings has drifted, and the fields are told', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	await using _network = await prepare(docker);
	await using looking = await openLooking(docker);
	const name = `sallyport-kept-${process.pid}`;
	const lookAt = async (kept: Kept): Promise<Finding | undefined> => {
		const id = await startKept(docker, {...kept, called: name});
		try {
			const findings = await findingsOf(await looking.look(id, soon()));
			return findings.find(({control}) => control === 'chg-config-drift');
		} finally {
			await docker(['rm', '-f', id]);
		}
	};

	t.is((await lookAt({name}))?.result, 'pass');
	t.is((await lookAt({name}))?.result, 'pass');
	const drifted = await lookAt({name, more: ['--cap-add', 'SYS_ADMIN', '-e', 'TOKEN=hunter2hunter2']});
	t.is(drifted?.result, 'fail');
	t.regex(drifted?.message ?? '', /^\/Config\/Env\/TOKEN is new: "keyed:[0-9a-f]{16}", and 1 more differ/);
	t.true(JSON.stringify(drifted).includes('"path":"/HostConfig/CapAdd"'));
	t.false(JSON.stringify(drifted).includes('hunter2'));
});

test('what is changed in a container with a contract is told: lines of the configuration, files of the proxy, the contract', async t => {
	t.timeout(60_000);
	const docker = await openDocker();
	const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
	await using looking = await openLooking(docker);
	const id = await startTarget(docker, tag);
	const change = (command: string) => docker(['exec', '-u', '0', id, 'sh', '-c', command]);
	const seen = async (...controls: readonly (keyof typeof probes)[]): Promise<readonly Finding[]> => {
		const subject = await looking.look(id, soon());
		const wanted = Object.fromEntries(controls.map(control => [control, probes[control]]));
		try {
			return await runProbes(wanted, subject, {probeMs: 10_000, totalMs: 20_000}, soon());
		} finally {
			subject.close();
		}
	};

	try {
		// The first look learns the attested text.
		const before = await seen('chg-proxy-drift');
		t.deepEqual(
			before.map(({result}) => result),
			['pass', 'pass'],
		);

		await change('touch /opt/sallyport/mine');
		await change('echo "# mine" >> /opt/sallyport/conf/nginx.conf');
		await change('echo " " >> /etc/sallyport/contract.json');
		const after = await seen('chg-digest-attested');
		t.like(after[0], {result: 'fail', observed: {standing: 'tampered'}});

		await change('sed -i "$ d" /etc/sallyport/contract.json');
		const drift = await seen('chg-proxy-drift');
		t.deepEqual(
			drift.map(({result}) => result),
			['fail', 'fail'],
		);
		t.regex(drift[0]?.message ?? '', /is not the attested one \(first in line \d+\)/);
		t.true(JSON.stringify(drift[0]?.observed).includes('"after":"# mine"'));
		t.regex(drift[1]?.message ?? '', /^"\/opt\/sallyport\/mine" of the proxy was added/);
	} finally {
		await docker(['rm', '-f', id]);
	}
});
