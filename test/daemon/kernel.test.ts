import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import {controlGroupOf} from '../../daemon/docker/cgroup.ts';
import {kernelOf} from '../../daemon/docker/kernel.ts';
import {logFileOf} from '../../daemon/docker/log-file.ts';
import {mountAt, mountsIn} from '../../daemon/docker/mountinfo.ts';
import {pointsReaching} from '../../daemon/docker/reaching.ts';
import {secretFilesOf} from '../../daemon/docker/secret-files.ts';
import type {Mount} from '../../daemon/docker/target.ts';

// The kernel's view of a container, from files as kernels write them.

const id = 'a'.repeat(64);
const target = {id, pid: 42, mounts: [] as readonly Mount[]};

/** A folder with files and links (`-> target`), gone at the end of the block. */
async function folderWith(
	files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & {readonly path: string}> {
	const path = await mkdtemp(join(tmpdir(), 'sallyport-kernel-'));
	for (const [name, content] of Object.entries(files)) {
		await mkdir(dirname(join(path, name)), {recursive: true});
		const [, to] = /^-> (.*)$/.exec(content) ?? [];
		await (to === undefined ? writeFile(join(path, name), content) : symlink(to, join(path, name)));
	}

	return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true, force: true})};
}

const groupTwo = `0::/system.slice/docker-${id}.scope/init.scope\n`;
const filesTwo = (scope: string): Readonly<Record<string, string>> => ({
	[`${scope}/memory.max`]: '67108864\n',
	[`${scope}/memory.current`]: '30000000\n',
	[`${scope}/memory.stat`]: 'anon 1\nfile 2\ninactive_file 10000000\n',
	[`${scope}/pids.max`]: 'max\n',
	[`${scope}/pids.current`]: '7\n',
	[`${scope}/cpu.max`]: '50000 100000\n',
	[`${scope}/cpu.weight`]: '100\n',
	[`${scope}/cpu.stat`]: 'usage_usec 1\nnr_periods 200\nnr_throttled 50\n',
});

test('version 2 of control groups is read where the container has its limits, and not below', async t => {
	await using cgroups = await folderWith(filesTwo(`system.slice/docker-${id}.scope`));

	const group = await controlGroupOf(groupTwo, id, cgroups.path);

	t.like(group, {
		version: 2,
		path: `/system.slice/docker-${id}.scope`,
		memory: {max: 67_108_864, used: 20_000_000},
		pids: {max: 'max', now: 7},
		cpu: {max: 0.5, weight: 100, periods: 200, throttled: 50},
	});
});

test('version 1 is read controller by controller, and its largest number is no limit', async t => {
	const groups = [
		`9:name=systemd:/docker/${id}`,
		`4:memory:/docker/${id}`,
		`3:cpu,cpuacct:/docker/${id}`,
		`2:pids:/docker/${id}`,
		`1:devices:/docker/${id}`,
		'0::/',
	].join('\n');
	await using cgroups = await folderWith({
		[`memory/docker/${id}/memory.limit_in_bytes`]: '9223372036854771712\n',
		[`memory/docker/${id}/memory.usage_in_bytes`]: '1000\n',
		[`memory/docker/${id}/memory.stat`]: 'inactive_file 5\ntotal_inactive_file 400\n',
		[`cpu,cpuacct/docker/${id}/cpu.cfs_quota_us`]: '-1\n',
		[`cpu,cpuacct/docker/${id}/cpu.cfs_period_us`]: '100000\n',
		[`cpu,cpuacct/docker/${id}/cpu.shares`]: '512\n',
		[`pids/docker/${id}/pids.max`]: '64\n',
		[`devices/docker/${id}/devices.list`]: 'a *:* rwm\n',
	});

	const group = await controlGroupOf(groups, id, cgroups.path);

	t.like(group, {
		version: 1,
		memory: {max: 'max', used: 600},
		pids: {max: 64, now: undefined},
		cpu: {max: 'max', weight: 512, usualWeight: 1024},
		allDevices: true,
	});
});

test('groups that cannot be read are not there, whatever their names say', async t => {
	await using cgroups = await folderWith({});

	t.is(await controlGroupOf(groupTwo, id, cgroups.path), undefined);
	t.is(await controlGroupOf('0::/\n', id, cgroups.path), undefined);
	t.is(await controlGroupOf('', id, cgroups.path), undefined);
});

const mountinfo = [
	'700 600 0:50 / / ro,relatime master:4 - overlay overlay rw,lowerdir=/x',
	'701 700 0:51 / /tmp rw,nosuid - tmpfs tmpfs rw',
	String.raw`702 700 8:1 /srv/a\040b /data/a\040b rw shared:7 master:1 - ext4 /dev/sda1 rw`,
	'703 700 8:1 / /tmp ro - ext4 /dev/sda1 rw',
	'not a mount',
	'',
].join('\n');

test("the kernel's table of mounts is read, and the last mount at a point is the one that is seen", t => {
	const mounts = mountsIn(mountinfo);

	t.is(mounts.length, 4);
	t.like(mountAt(mounts, '/'), {readOnly: true, shared: false, kind: 'overlay'});
	t.like(mountAt(mounts, '/data/a b'), {root: '/srv/a b', shared: true, readOnly: false});
	t.like(mountAt(mounts, '/tmp'), {kind: 'ext4', readOnly: true});
});

test('any text is a table of mounts, if need be an empty one', t => {
	fc.assert(
		fc.property(fc.string({maxLength: 400}), fc.nat({max: 400}), (junk, at) => {
			for (const mount of mountsIn(mountinfo.slice(0, at) + junk + mountinfo.slice(at))) {
				if (!mount.point.isWellFormed() || mount.point.length > 4096) {
					return false;
				}
			}

			return true;
		}),
	);
	t.pass();
});

const limits = `Limit                     Soft Limit           Hard Limit           Units     
Max open files            1024                 524288               files     
Max processes             unlimited            unlimited            processes 
Max core file size        0                    unlimited            bytes     
`;

const own = {
	'42/cgroup': groupTwo,
	'42/mountinfo': mountinfo,
	'42/limits': limits,
	'42/uid_map': '         0     100000      65536\n',
	'42/attr/current': 'docker-default (enforce)\n\0',
	'42/status': 'Name:\tapp\nSeccomp:\t2\n',
	'42/root/etc/hostname': 'x',
	...Object.fromEntries(
		['net', 'pid', 'ipc', 'uts', 'user', 'mnt', 'cgroup'].map(name => [`42/ns/${name}`, `-> ${name}:[1]`]),
	),
	...Object.fromEntries(
		['net', 'pid', 'ipc', 'uts', 'user', 'mnt', 'cgroup'].map(name => [
			`1/ns/${name}`,
			`-> ${name}:[${name === 'user' || name === 'net' ? 1 : 2}]`,
		]),
	),
};

test("the kernel's view of a container is put together from its first process", async t => {
	await using proc = await folderWith(own);
	await using cgroups = await folderWith(filesTwo(`system.slice/docker-${id}.scope`));
	await using sys = await folderWith({'module/apparmor/parameters/enabled': 'Y\n'});

	const seen = await kernelOf(target, proc.path, cgroups.path, sys.path);

	t.true(seen.seen);
	t.like(seen.seen ? seen.kernel : {}, {
		shared: ['net', 'user'],
		limits: {
			nofile: {soft: 1024, hard: 524_288},
			nproc: {soft: -1, hard: -1},
			core: {soft: 0, hard: -1},
		},
		rootIs: 100_000,
		confinement: 'docker-default (enforce)',
		confines: 'AppArmor',
	});
	t.is(seen.seen ? seen.kernel.group?.version : 0, 2);
	t.true(seen.seen && (seen.kernel.freeDisk ?? -1) >= 0);
});

test('a process of another container, or of none, is nobody to ask', async t => {
	await using proc = await folderWith({...own, '42/cgroup': `0::/docker/${'b'.repeat(64)}\n`});

	t.false((await kernelOf(target, proc.path, '/nowhere', '/nowhere')).seen);
	t.false((await kernelOf({...target, pid: 0}, proc.path, '/nowhere', '/nowhere')).seen);
});

test('namespaces that only their owner may see are unseen, and not private', async t => {
	const rest = Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('42/ns/')));
	await using proc = await folderWith(rest);

	const seen = await kernelOf(target, proc.path, '/nowhere', '/nowhere');

	t.is(seen.seen ? seen.kernel.shared : [], undefined);
	t.is(seen.seen ? seen.kernel.confines : 'AppArmor', undefined);
	t.is(seen.seen ? seen.kernel.group : 0, undefined);
});

test("namespaces are unseen where the host's own are, and one that the kernel has not is nobody's", async t => {
	const without = (pattern: RegExp): Readonly<Record<string, string>> =>
		Object.fromEntries(Object.entries(own).filter(([name]) => !pattern.test(name)));
	await using blind = await folderWith(without(/^1\/ns\//));
	await using old = await folderWith(without(/ns\/cgroup$/));

	const [unseen, seen] = await Promise.all(
		[blind, old].map(({path}) => kernelOf(target, path, '/nowhere', '/nowhere')),
	);

	t.is(unseen?.seen ? unseen.kernel.shared : [], undefined);
	t.deepEqual(seen?.seen ? seen.kernel.shared : [], ['net', 'user']);
});

function mount(destination: string, changed: Partial<Mount> = {}): Mount {
	return {type: 'bind', source: '/x', destination, writable: true, propagation: '', ...changed};
}

test('what is mounted is told by file system and folder, whatever it is called', async t => {
	const line = (device: string, root: string, point: string): string =>
		`1 0 ${device} ${root} ${point} rw - ext4 /dev/sda rw\n`;
	await using proc = await folderWith({
		'42/cgroup': groupTwo,
		'42/mountinfo': [
			line('0:50', '/', '/'),
			line('0:25', '/engine.sock', '/a/link'),
			line('0:25', '/', '/b/folder'),
			line('0:25', '/engine.sock.old', '/c/other'),
			line('8:1', '/engine.sock', '/d/elsewhere'),
			line('8:1', '/etc', '/e/etc'),
			line('8:1', '/etc/app', '/f/below'),
		].join(''),
		'1/mountinfo': [line('8:1', '/', '/'), line('0:25', '/', '/run')].join(''),
		'self/mountinfo': line('0:99', '/', '/'),
	});
	const mounts = ['/a/link', '/b/folder', '/c/other', '/d/elsewhere', '/e/etc', '/f/below', '/gone'].map(
		each => mount(each),
	);

	const reaching = (...files: readonly string[]) => pointsReaching({...target, mounts}, files, proc.path);

	t.deepEqual(await reaching('/run/engine.sock'), ['/a/link', '/b/folder']);
	t.deepEqual(await reaching('/etc'), ['/e/etc']);
	t.deepEqual(await reaching('/run'), ['/b/folder']);
	t.deepEqual(await reaching('/'), []);
	t.deepEqual(await pointsReaching({...target, mounts: []}, ['/etc'], proc.path), []);
	t.is(await pointsReaching({...target, pid: 43, mounts}, ['/etc'], proc.path), undefined);
});

test('files of mounted secrets are told by their modes, and never opened', async t => {
	await using proc = await folderWith({
		'42/cgroup': groupTwo,
		'42/mountinfo':
			'1 0 0:5 / /run/secrets ro - tmpfs tmpfs rw\n2 0 0:6 / /remote/secret rw - nfs4 server:/x rw\n',
		'42/root/remote/secret': 'never asked for',
		'42/root/run/secrets/db': 'secret',
		'42/root/app/tls.key': 'secret',
		'42/root/etc/passwd': 'x',
	});
	const mounts = [mount('/run/secrets'), mount('/app/tls.key'), mount('/etc'), mount('/remote/secret')];

	const seen = await secretFilesOf({...target, mounts}, proc.path);

	t.true(seen.seen);
	t.deepEqual(seen.seen ? seen.items.map(({path, readOnly, kind}) => [path, readOnly, kind]) : [], [
		['/run/secrets/db', true, 'tmpfs'],
		['/app/tls.key', false, ''],
	]);
	t.false((await secretFilesOf({...target, pid: 43, mounts}, proc.path)).seen);
});

test('links on the way to mounted secrets are followed within the container', async t => {
	await using host = await folderWith({'secrets/of-the-host': 'secret', 'host.key': 'secret'});
	await using proc = await folderWith({
		'42/cgroup': groupTwo,
		'42/mountinfo':
			'1 0 0:5 / /run/secrets ro - tmpfs tmpfs rw\n2 0 0:6 / /remote/secret rw - nfs4 server:/x rw\n',
		'42/root/var/run': '-> /run',
		'42/root/run/secrets/db': 'secret',
		'42/root/led': `-> ${host.path}`,
		'42/root/app/tls.key': `-> ${join(host.path, 'host.key')}`,
		'42/root/far': '-> /remote',
		'42/root/remote/secret': 'never asked for',
	});
	const mounts = ['/var/run/secrets', '/led/secrets', '/app/tls.key', '/far/secret'].map(each => mount(each));

	const seen = await secretFilesOf({...target, mounts}, proc.path);

	t.deepEqual(seen.seen ? seen.items.map(({path, readOnly, kind}) => [path, readOnly, kind]) : undefined, [
		['/var/run/secrets/db', true, 'tmpfs'],
	]);
});

test('the file of logs is seen where it is, and unseen where it is not', async t => {
	await using folder = await folderWith({'x-json.log': ''});

	t.like(await logFileOf(join(folder.path, 'x-json.log')), {folderMode: 0o700});
	t.is(await logFileOf(join(folder.path, 'gone')), undefined);
	t.is(await logFileOf(''), undefined);
});
