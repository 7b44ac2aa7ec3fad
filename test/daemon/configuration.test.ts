import test from 'ava';
import type {ImageConfig} from '../../daemon/docker/image-config.ts';
import type {Kernel} from '../../daemon/docker/kernel.ts';
import type {Process} from '../../daemon/docker/processes.ts';
import type {Settings} from '../../daemon/docker/settings.ts';
import {configurationOf, digestOfConfiguration} from '../../daemon/probes/change/configuration.ts';
import type {Inside} from '../../daemon/probes/inside.ts';
import type {Subject} from '../../daemon/probes/probe.ts';
import {worstFirst} from '../../policies/decide.ts';
import type {Setting} from '../../policies/setting.ts';
import {digestOf} from '../../proto/digest.ts';
import {insideWith, kernel, processWith, remembering, settings} from '../helpers/inside.ts';
import {probes} from '../helpers/probes.ts';
import {goodHost, proxyContract, subjectWith, target} from '../helpers/subject.ts';

// What the settings say and what the kernel says, side by side: every probe of the configuration, case by case.

type ProbeId = keyof typeof probes;
type Changed = Parameters<typeof subjectWith>[0];

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

/** A careful container, asked for differently. */
const asked = (changed: Partial<Settings>): Changed => ({target: {settings: {...settings, ...changed}}});
const inside = (changed: Partial<Inside>): Changed => ({inside: insideWith(changed)});
/** The kernel makes something else of it. */
const made = (changed: Partial<Kernel>): Changed =>
	inside({kernel: async () => ({seen: true, kernel: {...kernel, ...changed}})});
const dark = inside({
	kernel: async () => ({seen: false, reason: 'another machine'}),
	reaching: async () => undefined,
	secrets: async () => ({seen: false, reason: 'another machine'}),
	logFile: async () => undefined,
});
const told = (params: Setting['params']): Changed => ({paramsOf: () => params});
function all(...changes: readonly Changed[]): Changed {
	const targets = changes.map(change => change?.target ?? {});
	return Object.assign({}, ...changes, {target: Object.assign({}, ...targets)});
}

const group = kernel.group as NonNullable<Kernel['group']>; // The helper's kernel has one.
const limited = (changed: Partial<NonNullable<Kernel['group']>>): Changed =>
	made({group: {...group, ...changed}});

const running = (...items: readonly Process[]): Changed => ({
	processes: async () => ({seen: true, items}),
});
const outOfSight: Changed = {processes: async () => ({seen: false, reason: 'another machine'})};

function bind(source: string, changed: Partial<(typeof target.mounts)[number]> = {}): Changed {
	return {
		target: {
			mounts: [
				{type: 'bind', source, destination: '/data', writable: true, propagation: 'rprivate', ...changed},
			],
		},
	};
}

const published = (port: number, hostPort: number, hostIp = '127.0.0.1'): Changed => ({
	target: {published: [{port, protocol: 'tcp', hostIp, hostPort}]},
});
const none: Changed = {promised: {state: 'none', reason: 'the image carries no contract'}};
const plainImage: ImageConfig = {
	variables: new Map(),
	exposed: [],
	volumes: [],
	command: [],
	user: '',
	ref: undefined,
	purpose: undefined,
};
const exposing = (...exposed: readonly string[]): Partial<Inside> => ({
	image: async () => ({...plainImage, exposed}),
});
const env = (...pairs: readonly string[]): Changed =>
	inside({
		environment: pairs.map(pair => ({
			name: pair.slice(0, pair.indexOf('=')),
			value: pair.slice(pair.indexOf('=') + 1),
		})),
	});
const builtFrom = (ref: string | undefined, purpose?: string): Changed =>
	inside({image: async () => ({...plainImage, ref, purpose})});
const changedFiles = (...paths: readonly string[]): Changed =>
	inside({
		changes: async () => ({
			changes: paths.map(path => ({path: path.slice(2), kind: path.startsWith('A') ? 'added' : 'changed'})),
			isCut: false,
		}),
	});
const secretFile = (mode: number, readOnly = true): Changed =>
	all(bind('/srv/db', {destination: '/run/secrets/db', writable: false}), {
		...inside({
			secrets: async () => ({
				seen: true,
				items: [{path: '/run/secrets/db', mode, uid: 10_001, readOnly, kind: 'tmpfs'}],
			}),
		}),
	});
const token = `ghp_${'aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3kM5'}`;
const before = (configuration: Readonly<Record<string, string>>): Changed =>
	inside({
		remembered: remembering({
			firstSeen: async (_, now) => ({at: '2026-01-01T00:00:00Z', configuration: {...now, ...configuration}}),
		}),
	});

const tables: Readonly<Partial<Record<ProbeId, readonly (readonly [string, Changed, string])[]>>> = {
	'run-readonly-rootfs': [
		['read-only by both', {}, 'pass'],
		['written by both', all(asked({readOnlyRoot: false}), made({mounts: []})), 'fail'],
		[
			'asked for, and written all the same',
			made({
				mounts: [{device: '0:5', root: '/', point: '/', readOnly: false, shared: false, kind: 'overlay'}],
			}),
			'fail',
		],
		['asked for, and the kernel out of sight', dark, 'pass'],
		['a volume that the policy names', all(bind('/srv'), told({writable: ['/data', '/tmp']})), 'pass'],
		['a volume that it does not name', all(bind('/srv'), told({writable: ['/tmp']})), 'fail'],
	],
	'run-seccomp-on': [
		['a process in the strict mode', running(processWith({seccomp: 1})), 'pass'],
		['a filter on every process', running(processWith(), processWith()), 'pass'],
		['one process of an exec with privileges', running(processWith(), processWith({seccomp: 0})), 'fail'],
		[
			'switched off',
			all(running(processWith({seccomp: 0})), {target: {securityOptions: ['seccomp=unconfined']}}),
			'fail',
		],
		[
			'switched off, out of sight',
			all(outOfSight, {target: {securityOptions: ['seccomp=unconfined']}}),
			'fail',
		],
		['a profile, out of sight', outOfSight, 'not-evaluated'],
		['a kernel without filters', running(processWith({seccomp: undefined})), 'not-applicable'],
		[
			'one process of which the kernel does not say it',
			running(processWith({seccomp: undefined}), processWith({seccomp: 2})),
			'fail',
		],
	],
	'run-lsm-profile': [
		['a profile that is enforced', {}, 'pass'],
		['a profile that complains', made({confinement: 'docker-default (complain)'}), 'fail'],
		['none, on a host with AppArmor', made({confinement: 'unconfined'}), 'fail'],
		[
			'a label of SELinux',
			made({confines: 'SELinux', confinement: 'system_u:system_r:container_t:s0:c1,c2'}),
			'pass',
		],
		[
			"the engine's own label",
			made({confines: 'SELinux', confinement: 'system_u:system_r:spc_t:s0'}),
			'fail',
		],
		['a host with neither', made({confines: undefined, confinement: ''}), 'not-applicable'],
		['out of sight', dark, 'not-evaluated'],
	],
	'run-no-host-namespaces': [
		['its own', {}, 'pass'],
		['the network', asked({namespaces: {...settings.namespaces, network: 'host'}}), 'fail'],
		['the processes', asked({namespaces: {...settings.namespaces, pid: 'host'}}), 'fail'],
		['memory between processes', asked({namespaces: {...settings.namespaces, ipc: 'host'}}), 'fail'],
		['the name', asked({namespaces: {...settings.namespaces, uts: 'host'}}), 'fail'],
		['the users, when asked for', asked({namespaces: {...settings.namespaces, user: 'host'}}), 'fail'],
		['the users, as everybody has them', made({shared: ['user', 'cgroup']}), 'pass'],
		["the processes of the host, through another's namespace", made({shared: ['pid']}), 'fail'],
		[
			"another container's network",
			asked({namespaces: {...settings.namespaces, network: 'container:x'}}),
			'pass',
		],
		['out of sight', dark, 'pass'],
	],
	'run-no-sensitive-mounts': [
		['nothing', {}, 'pass'],
		['a folder of its own', bind('/srv/data'), 'pass'],
		['the users of the host', bind('/etc'), 'fail'],
		['one file of them, to be read', bind('/etc/shadow', {writable: false}), 'fail'],
		['the whole host, to be read', bind('/', {writable: false}), 'fail'],
		['a folder above', bind('/var/lib'), 'fail'],
		['with dots', bind('/srv/../usr/'), 'fail'],
		['libraries', bind('/lib64'), 'fail'],
		['the time zone', bind('/etc/localtime', {writable: false}), 'pass'],
		['the time zone, to be written', bind('/etc/localtime'), 'fail'],
		['what the policy allows', all(bind('/etc/app', {writable: false}), told({allow: ['/etc/app']})), 'pass'],
		['what it allows to be read, written', all(bind('/etc/app'), told({allow: ['/etc/app']})), 'fail'],
		['a link to one', all(bind('/srv/link'), inside({reaching: async () => ['/data']})), 'fail'],
		["a name like the host's", bind('/etcetera'), 'pass'],
		['a volume', bind('/var/lib/docker/volumes/x/_data', {type: 'volume'}), 'pass'],
	],
	'run-no-host-devices': [
		['none', {}, 'pass'],
		['a disk', asked({devices: [{host: '/dev/sda', container: '/dev/x', permissions: 'rwm'}]}), 'fail'],
		['graphics cards', asked({deviceRequests: ['nvidia:gpu']}), 'fail'],
		['a rule', asked({deviceRules: ['c 10:200 rwm']}), 'fail'],
		[
			'cards that the policy allows',
			all(asked({deviceRequests: ['nvidia:gpu']}), told({allow: ['nvidia:*']})),
			'pass',
		],
		['all of them', {target: {privileged: true}}, 'fail'],
		['all of them, by the kernel', limited({allDevices: true}), 'fail'],
	],
	'run-no-shared-propagation': [
		['none', {}, 'pass'],
		['private', bind('/srv'), 'pass'],
		['from the host only', bind('/srv', {propagation: 'rslave'}), 'pass'],
		['in both directions', bind('/srv', {propagation: 'rshared'}), 'fail'],
		[
			'in both directions, by the kernel',
			all(
				bind('/srv'),
				made({
					mounts: [
						{device: '8:1', root: '/srv', point: '/data', readOnly: false, shared: true, kind: 'ext4'},
					],
				}),
			),
			'fail',
		],
	],
	'run-cgroup-confirmed': [
		["the engine's", {}, 'pass'],
		['another', asked({cgroupParent: '/mine'}), 'fail'],
		[
			'one that the policy names',
			all(
				asked({cgroupParent: 'mine.slice'}),
				told({allow: ['mine.slice']}),
				limited({path: '/mine.slice/x'}),
			),
			'pass',
		],
		[
			'one that the policy names, and elsewhere',
			all(asked({cgroupParent: 'mine.slice'}), told({allow: ['mine.slice']})),
			'fail',
		],
		['out of sight', dark, 'not-evaluated'],
		['groups that cannot be read', made({group: undefined}), 'not-evaluated'],
	],
	'run-user-defined-network': [
		['its own', {target: {networkMode: 'app'}}, 'pass'],
		["the engine's", {target: {networkMode: 'bridge'}}, 'fail'],
		['both', all({target: {networkMode: 'app'}}, asked({networks: ['app', 'bridge']}), {}), 'fail'],
		['none at all', all(asked({networks: ['none']}), {target: {networkMode: 'none'}}), 'pass'],
		["the host's", all(asked({networks: ['host']}), {target: {networkMode: 'host'}}), 'not-applicable'],
		[
			'one that the policy does not name',
			all({target: {networkMode: 'app'}}, told({networks: ['web-*']})),
			'fail',
		],
	],
	'run-ports-declared': [
		['what the image exposes', all(none, published(80, 8080), inside(exposing('80/tcp'))), 'pass'],
		['what it does not', all(none, published(5432, 5432), inside(exposing('80/tcp'))), 'fail'],
		[
			'what the policy names',
			all(none, published(5432, 5432), inside(exposing()), told({publish: ['5432']})),
			'pass',
		],
		[
			'every address of the host',
			all(none, published(80, 8080, '0.0.0.0'), inside(exposing('80/tcp'))),
			'fail',
		],
		[
			'every address, as the policy has it',
			all(none, published(80, 8080, '::'), inside(exposing('80/tcp')), told({public: ['80']})),
			'pass',
		],
		["a port of the host's own services", all(none, published(80, 22), inside(exposing('80/tcp'))), 'fail'],
		['an image that is gone', all(none, inside({image: async () => undefined})), 'not-evaluated'],
	],
	'run-no-privileged': [
		[
			'every capability and device, and a filter',
			all(running(processWith({boundingSet: 0x1ffffffffffn})), limited({allDevices: true})),
			'pass',
		],
		[
			'everything but the name',
			all(running(processWith({boundingSet: 0x1ffffffffffn, seccomp: 0})), limited({allDevices: true})),
			'fail',
		],
		['every capability, and a filter', running(processWith({boundingSet: 0x1ffffffffffn})), 'pass'],
		['out of sight', outOfSight, 'pass'],
	],
	'run-no-engine-socket': [
		['a link to it', all(bind('/srv/link'), inside({reaching: async () => ['/data']})), 'fail'],
		['a rootless engine', bind('/run/user/1000/docker.sock'), 'fail'],
		['Podman', bind('/run/podman/podman.sock'), 'fail'],
		["containerd's folder", bind('/run/containerd'), 'fail'],
	],
	'run-cap-minimal': [
		[
			'dropped, and one added that the policy allows',
			all(running(processWith({boundingSet: 0x400n})), told({allow: ['NET_BIND_SERVICE']})),
			'pass',
		],
		[
			'one that it does not',
			all(running(processWith({boundingSet: 0x401n})), told({allow: ['CAP_NET_BIND_SERVICE']})),
			'fail',
		],
		[
			'not dropped in so many words',
			all(running(processWith()), told({allow: []}), {target: {capabilities: {added: [], dropped: []}}}),
			'fail',
		],
	],
	'run-user-non-root': [
		[
			'a program that the policy allows',
			all(running(processWith({uid: 0, program: 'nginx'})), told({allowRootExe: ['nginx']})),
			'pass',
		],
		[
			'a process that only calls itself so',
			all(running(processWith({uid: 0, name: 'nginx', program: 'sh'})), told({allowRootExe: ['nginx']})),
			'fail',
		],
	],
	'image-no-ssh-daemon': [
		['none', running(processWith()), 'pass'],
		['by its program', running(processWith(), processWith({name: 'innocent', program: 'sshd'})), 'fail'],
		['by its name', running(processWith({name: 'dropbear', program: undefined})), 'fail'],
		[
			'one that is the purpose',
			all(running(processWith({program: 'sshd'})), told({allow: ['sshd']})),
			'pass',
		],
		['out of sight', outOfSight, 'not-evaluated'],
	],
	'avail-memory-limit': [
		['by both', {}, 'pass'],
		['by nobody', all({target: {memoryBytes: 0}}, limited({memory: {max: 'max', used: 1}})), 'fail'],
		['asked for, and not there', limited({memory: {max: 'max', used: 1}}), 'fail'],
		['asked for, out of sight', dark, 'not-evaluated'],
		['not asked for, out of sight', all(dark, {target: {memoryBytes: 0}}), 'fail'],
		["not asked for, and the kernel's", {target: {memoryBytes: 0}}, 'pass'],
	],
	'avail-pids-limit': [
		['by both', {}, 'pass'],
		['by nobody', all({target: {pidsLimit: 0}}, limited({pids: {max: 'max', now: 1}})), 'fail'],
		['asked for, and not there', limited({pids: {max: 'max', now: 1}}), 'fail'],
		['asked for, out of sight', dark, 'not-evaluated'],
	],
	'avail-cpu-limit': [
		['by both', {}, 'pass'],
		[
			'by nobody',
			all(
				asked({cpu: {nanoCpus: 0, quota: 0, shares: 1024, set: ''}}),
				limited({cpu: {...group.cpu, max: 'max'}}),
			),
			'fail',
		],
		[
			'a weight',
			all(
				asked({cpu: {nanoCpus: 0, quota: 0, shares: 512, set: ''}}),
				limited({cpu: {...group.cpu, max: 'max', weight: 20}}),
			),
			'pass',
		],
		['asked for, and not there', limited({cpu: {...group.cpu, max: 'max'}}), 'fail'],
		['asked for, out of sight', dark, 'not-evaluated'],
	],
	'avail-restart-policy': [
		['a few times', {}, 'pass'],
		['never', asked({restart: {policy: 'no', retries: 0}}), 'fail'],
		['without end', asked({restart: {policy: 'on-failure', retries: 0}}), 'fail'],
		['too often', asked({restart: {policy: 'on-failure', retries: 100}}), 'fail'],
		['unless stopped', asked({restart: {policy: 'unless-stopped', retries: 0}}), 'pass'],
		[
			'by an orchestrator',
			asked({restart: {policy: 'no', retries: 0}, orchestrator: 'Swarm'}),
			'not-applicable',
		],
		[
			'not as the policy has it',
			all(asked({restart: {policy: 'always', retries: 0}}), told({policies: ['on-failure']})),
			'fail',
		],
	],
	'avail-ulimits': [
		['none', {}, 'pass'],
		['lowered', asked({ulimits: [{name: 'nofile', soft: 64, hard: 64}]}), 'pass'],
		['no limit', asked({ulimits: [{name: 'nofile', soft: -1, hard: -1}]}), 'fail'],
		['raised', asked({ulimits: [{name: 'nproc', soft: 1, hard: 1_000_000}]}), 'fail'],
		['one that nobody knows', asked({ulimits: [{name: 'rtprio', soft: 1, hard: 1}]}), 'fail'],
		[
			'raised as the policy has it',
			all(asked({ulimits: [{name: 'rtprio', soft: 1, hard: 1}]}), told({rtprio: 10})),
			'pass',
		],
		['more than the policy has, by the kernel', told({nofile: 1000}), 'fail'],
		['out of sight', dark, 'not-evaluated'],
	],
	'avail-capacity-headroom': [
		['room', {}, 'pass'],
		...(
			[
				['memory nearly used up', {memory: 0.9, throttled: 0}],
				['held back', {memory: 0.1, throttled: 0.2}],
			] as const
		).map(
			([title, seen]) =>
				[
					title,
					inside({remembered: remembering({sampled: () => ({samples: 144, hours: 24, ...seen})})}),
					'fail',
				] as const,
		),
		['a full disk', made({freeDisk: 0.1}), 'fail'],
		['nothing remembered', inside({remembered: undefined}), 'pass'],
		['out of sight', dark, 'not-evaluated'],
	],
	'secret-runtime-env-clean': [
		['none', {}, 'pass'],
		[
			'more than is looked through',
			env(...Array.from({length: 20}, (_, index) => `A${index}=${'x '.repeat(8000)}`)),
			'not-evaluated',
		],
		['a token', env(`CONFIG=${token}`), 'fail'],
		['a name', env('DB_PASSWORD=hunter22'), 'fail'],
		['a password in a URL', env('DATABASE_URL=postgres://app:s3cr3tpw@db/app'), 'fail'],
		['a file', env('DB_PASSWORD_FILE=/run/secrets/db'), 'pass'],
		['a placeholder', env('DB_PASSWORD=changeme'), 'pass'],
		['one that the policy accepts', all(env('DB_PASSWORD=hunter22'), told({allow: ['DB_*']})), 'pass'],
		[
			"the image's own with another value",
			inside({
				environment: [{name: 'DB_PASSWORD', value: 'hunter22'}],
				image: async () => ({...plainImage, variables: new Map([['DB_PASSWORD', digestOf('other')]])}),
			}),
			'fail',
		],
		[
			"the image's own, which the build gate judged",
			inside({
				environment: [{name: 'DB_PASSWORD', value: 'hunter22'}],
				image: async () => ({...plainImage, variables: new Map([['DB_PASSWORD', digestOf('hunter22')]])}),
			}),
			'pass',
		],
	],
	'secret-mount-permissions': [
		['none', {}, 'not-applicable'],
		['closed', secretFile(0o400), 'pass'],
		['for its group', secretFile(0o440), 'pass'],
		['for everybody', secretFile(0o444), 'fail'],
		['to be written', secretFile(0o400, false), 'fail'],
		['out of sight', all(secretFile(0o400), dark), 'not-evaluated'],
	],
	'env-config-declared': [
		['nothing added', inside({environment: []}), 'pass'],
		['declared', all(env('PORT=1'), told({declaredEnv: ['PORT']})), 'pass'],
		['not declared', all(env('PORT=1', 'X=2'), told({declaredEnv: ['PORT']})), 'fail'],
		['no list', env('PORT=1'), 'not-evaluated'],
		['an image that is gone', inside({image: async () => undefined}), 'not-evaluated'],
	],
	'env-debug-off': [
		['none', {}, 'pass'],
		['a mode', env('NODE_ENV=development'), 'fail'],
		['production', env('NODE_ENV=production'), 'pass'],
		['a debugger in a variable', env('NODE_OPTIONS=--inspect=0.0.0.0'), 'fail'],
		['a debugger in the command', asked({command: ['node', '--inspect-brk=0.0.0.0:9229', 'x.js']}), 'fail'],
		['one of the policy', all(env('APP_MODE=devel'), told({deny: ['APP_MODE=dev*']})), 'fail'],
	],
	'log-driver-durable': [
		['without end, in so many words', asked({log: {...settings.log, maxSize: '-1'}}), 'fail'],
		['turned over', {}, 'pass'],
		['thrown away', asked({log: {...settings.log, driver: 'none'}}), 'fail'],
		['without end', asked({log: {...settings.log, maxSize: undefined}}), 'fail'],
		[
			'the driver that turns over by itself',
			asked({log: {...settings.log, driver: 'local', maxSize: undefined}}),
			'pass',
		],
		['handed on', asked({log: {...settings.log, driver: 'journald', maxSize: undefined}}), 'pass'],
		['a place for logs', told({sink: 'logs.example.com'}), 'not-evaluated'],
	],
	'log-protected': [
		["root's", {}, 'pass'],
		[
			'for everybody',
			inside({logFile: async () => ({mode: 0o644, uid: 0, folderMode: 0o700, folderUid: 0})}),
			'fail',
		],
		[
			'of a user',
			inside({logFile: async () => ({mode: 0o640, uid: 1000, folderMode: 0o700, folderUid: 0})}),
			'fail',
		],
		['mounted inside', bind('/var/lib/docker/containers'), 'fail'],
		['mounted inside, to be read', bind('/var/lib/docker/containers', {writable: false}), 'pass'],
		['elsewhere', asked({log: {...settings.log, driver: 'syslog', path: ''}}), 'not-evaluated'],
		['out of sight', dark, 'not-evaluated'],
	],
	'chg-config-drift': [
		['as it was', {}, 'pass'],
		['more rights', before({'/HostConfig/Privileged': 'true'}), 'fail'],
		['a variable less', before({'/Config/Env/OLD': 'keyed:0'}), 'fail'],
		[
			'what may differ',
			all(before({'/Config/Env/OLD': 'keyed:0'}), told({ignore: ['/Config/Env/*']})),
			'pass',
		],
		['nothing remembered', inside({remembered: undefined}), 'not-evaluated'],
	],
	'chg-filesystem-drift': [
		['nothing', {}, 'pass'],
		[
			'where it is expected',
			changedFiles('C /tmp', 'A /tmp/x', 'C /var', 'C /var/cache', 'A /var/cache/nginx/a'),
			'pass',
		],
		['a program', changedFiles('C /usr', 'C /usr/bin', 'A /usr/bin/nc'), 'fail'],
		['a folder by itself', changedFiles('C /etc'), 'fail'],
		[
			'where the policy allows it',
			all(changedFiles('C /data', 'A /data/x'), told({allow: ['/data']})),
			'pass',
		],
		['places of mounts', all(bind('/srv'), changedFiles('A /data')), 'pass'],
		[
			'more than is read',
			inside({changes: async () => ({changes: [{path: '/tmp/x', kind: 'added'}], isCut: true})}),
			'not-evaluated',
		],
	],
	'chg-proxy-drift': [
		['as attested', inside({proxyConfig: async () => 'config'}), 'pass'],
		['another configuration', inside({proxyConfig: async () => 'changed'}), 'fail'],
		['no configuration', inside({proxyConfig: async () => undefined}), 'fail'],
		[
			'a program of the proxy',
			changedFiles('C /opt/sallyport', 'C /opt/sallyport/bin/sallyport-init'),
			'fail',
		],
		['a mount over it', bind('/srv', {destination: '/opt/sallyport/nginx'}), 'fail'],
		['no contract', none, 'not-evaluated'],
	],
	'chg-env-separation': [
		[
			'branches of the policy in full',
			all(told({environment: 'prod', protectedRefs: ['refs/heads/trunk']}), builtFrom('trunk')),
			'pass',
		],
		['no word of the host', {}, 'not-evaluated'],
		['a host for tests', told({environment: 'test'}), 'not-applicable'],
		['a protected branch', all(told({environment: 'prod'}), builtFrom('refs/heads/main')), 'pass'],
		["somebody's own branch", all(told({environment: 'prod'}), builtFrom('feature/x')), 'fail'],
		['no branch', all(told({environment: 'prod'}), builtFrom(undefined)), 'fail'],
		['a preview', all(told({environment: 'prod'}), builtFrom('main', 'preview')), 'fail'],
		[
			'the branches of the policy',
			all(told({environment: 'prod', protectedRefs: ['trunk']}), builtFrom('main')),
			'fail',
		],
		[
			'an image that is gone',
			all(told({environment: 'prod'}), inside({image: async () => undefined})),
			'not-evaluated',
		],
	],
};

async function said(id: ProbeId, subject: Subject): Promise<string> {
	const findings = await probes[id](subject, soon());
	return worstFirst.find(result => findings.some(finding => finding.result === result)) ?? 'nothing';
}

for (const [id, rows] of Object.entries(tables)) {
	for (const [what, changed, expected] of rows) {
		test(`${id}: ${what} is ${expected}`, async t => {
			t.is(await said(id as ProbeId, subjectWith(changed)), expected); // The keys of the table.
		});
	}
}

test('no value of a variable is in what a probe says', async t => {
	const value = 'correct-horse-battery-staple';
	const subject = subjectWith(all(env(`DB_PASSWORD=${value}`, `PLAIN=${value}`, `T=${token}`), none));

	for (const [id, probe] of Object.entries(probes).filter(([each]) => Object.hasOwn(tables, each))) {
		const text = JSON.stringify(await probe(subject, soon()));
		t.false(text.includes(value) || text.includes(token), id);
	}
});

test('what drifted is told with both values, and as a JSON patch', async t => {
	const [finding] = await probes['chg-config-drift'](
		subjectWith(before({'/HostConfig/Privileged': 'true', '/HostConfig/PidMode': 'host'})),
		soon(),
	);

	t.regex(finding?.message ?? '', /^\/HostConfig\/PidMode was "host" and is empty, and 1 more differ/);
	t.like(finding?.observed, {
		differences: 2,
		patch: [
			{op: 'replace', path: '/HostConfig/PidMode', value: '', before: 'host'},
			{op: 'replace', path: '/HostConfig/Privileged', value: 'false', before: 'true'},
		],
	});
});

test('an approved configuration is right whatever was seen first', async t => {
	const [finding] = await probes['chg-config-drift'](subjectWith(), soon());
	const {configuration} = (finding?.observed ?? {}) as {configuration?: string}; // The probe's own digest.

	const changed = all(before({'/HostConfig/Privileged': 'true'}), told({approved: [configuration ?? '']}));
	t.is(await said('chg-config-drift', subjectWith(changed)), 'pass');
});

test("lines of the proxy's configuration that differ are told, without what may be a credential in them", async t => {
	const text = `server {\n\tlisten 8443;\n\tset $x "${token}";\n}`;
	const changed = inside({
		proxyConfig: async () => text,
		remembered: remembering({original: () => 'server {\n\tlisten 443;\n\tset $x 1;\n}'}),
	});

	const [finding] = await probes['chg-proxy-drift'](subjectWith(changed), soon());

	t.regex(finding?.message ?? '', /first in line 2/);
	t.deepEqual(finding?.observed, {
		attested: proxyContract.configDigest,
		found: digestOf(text),
		lines: [
			{line: 2, before: '\tlisten 443;', after: '\tlisten 8443;'},
			{line: 3, before: '\tset $x 1;', after: '(a line with a credential)'},
		],
	});
});

test('declared and effective stand side by side, and a difference is said', async t => {
	const [memory] = await probes['avail-memory-limit'](subjectWith({target: {memoryBytes: 10 ** 8}}), soon());

	t.deepEqual(memory?.observed, {declared: {memoryBytes: 10 ** 8}, effective: 100_000_000});
	t.is(memory?.message, 'Memory is limited');
	const [other] = await probes['avail-memory-limit'](subjectWith({target: {memoryBytes: 10 ** 9}}), soon());
	t.regex(other?.message ?? '', /to another value than the settings ask for/);
});

test('a quota is told before a weight, because it holds even when nobody else wants the core', async t => {
	const changed = limited({cpu: {...group.cpu, max: 0.5, weight: 20}});

	const [finding] = await probes['avail-cpu-limit'](subjectWith(changed), soon());

	t.like(finding?.observed, {effective: 0.5});
});

test('what differs by chance between two starts is no configuration', t => {
	const keyed = (text: string): string => digestOf(text).slice(7, 23);
	const start = (hostPort: number, volume: string, id: string) =>
		configurationOf(
			{
				...target,
				published: [{port: 80, protocol: 'tcp', hostIp: '', hostPort}],
				mounts: [
					{
						type: 'volume',
						source: `/var/lib/docker/volumes/${volume}/_data`,
						destination: '/a/b~c',
						writable: true,
						propagation: '',
					},
				],
				settings: {...settings, namespaces: {...settings.namespaces, pid: `container:${id}`}},
			},
			[
				{name: 'DEBUG', value: 'true'},
				{name: 'KEY', value: 'hunter22'},
			],
			keyed,
		);

	const [one, other] = [start(32_768, 'a'.repeat(64), 'x'), start(60_000, 'b'.repeat(64), 'y')];

	t.deepEqual(one, other);
	t.is(one['/Mounts/~1a~1b~0c'], 'volume a volume without a name rw');
	t.is(one['/Config/Env/DEBUG'], 'true');
	t.is(one['/Config/Env/KEY'], `keyed:${keyed('hunter22')}`);
	t.notDeepEqual(one, start(443, 'a'.repeat(64), 'x'));
	t.notDeepEqual(one, start(32_768, 'data', 'x'));
	// What an approval names is the same on every host, whatever its key.
	const elsewhere = {...one, '/Config/Env/KEY': 'keyed:0', '/Config/Cmd': 'keyed:1'};
	t.is(digestOfConfiguration(elsewhere), digestOfConfiguration(one));
	t.not(digestOfConfiguration({...one, '/HostConfig/Privileged': 'true'}), digestOfConfiguration(one));
});

const builtUnder = (digest: string): Changed => ({
	host: {...goodHost, policy: {...goodHost.policy, digest}},
});

for (const [what, changed, result, standing] of [
	['attested', builtUnder(digestOf('policy')), 'pass', 'attested'],
	['of an older policy', builtUnder(digestOf('newer')), 'pass', 'superseded policy'],
	[
		'of an older policy, where the policy wants its own',
		all(builtUnder(digestOf('newer')), told({currentPolicy: true})),
		'fail',
		'superseded policy',
	],
	['without a contract', none, 'fail', 'unattested'],
	['with a contract that was changed', {promised: {state: 'broken', reason: 'changed'}}, 'fail', 'tampered'],
	[
		'unknown to the log',
		{record: {buildOf: async () => undefined, gaps: async () => []}},
		'fail',
		'unattested',
	],
	[
		'that the build gate did not pass',
		{record: {buildOf: async () => ({verdict: 'fail'}), gaps: async () => []}},
		'fail',
		'refused',
	],
] as readonly (readonly [string, Changed, string, string])[]) {
	test(`an image ${what} is told apart as ${standing}`, async t => {
		const [finding] = await probes['chg-digest-attested'](subjectWith(changed), soon());

		t.is(String(finding?.result), result);
		t.like(finding?.observed, {standing});
	});
}
