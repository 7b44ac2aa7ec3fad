import {chmod, mkdir, mkdtemp, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import test from 'ava';
import {type Header, pack} from 'tar-stream';
import {archivedFactsOf, type OpenArchive} from '../../daemon/docker/file-facts.ts';
import {fileFactsOf} from '../../daemon/docker/file-inside.ts';
import {DaemonError} from '../../daemon/error.ts';
import {target} from '../helpers/subject.ts';

// How a file lies in a container, from what the engine sends for its path.

const soon = (): AbortSignal => AbortSignal.timeout(5000);

/** An engine in whose container these paths lie, each as its own archive. */
function engineWith(files: Readonly<Record<string, Partial<Header>>>): OpenArchive {
	return async path => {
		const header = files[path];
		if (header === undefined) {
			throw new DaemonError('FILE_ABSENT', 'The container has no such file');
		}

		const archive = pack();
		archive.entry({name: path, ...header}, header.type === 'symlink' ? '' : 'content that nobody reads');
		archive.finalize();
		return archive as unknown as NodeJS.ReadableStream; // As Node's pipe takes it.
	};
}

test('mode and owner are those of the file, and its content stays where it is', async t => {
	const open = engineWith({'/tls/tls.key': {mode: 0o440, uid: 10_001, gid: 7}});

	t.deepEqual(await archivedFactsOf(open, '/tls/tls.key', soon()), {
		path: '/tls/tls.key',
		kind: 'file',
		mode: 0o440,
		uid: 10_001,
		gid: 7,
	});
});

test('links are followed as Kubernetes makes them, within the container', async t => {
	const open = engineWith({
		'/tls/tls.key': {type: 'symlink', linkname: '..data/tls.key'},
		'/tls/..data/tls.key': {type: 'symlink', linkname: '/tls/..2026/tls.key'},
		'/tls/..2026/tls.key': {mode: 0o400},
	});

	t.like(await archivedFactsOf(open, '/tls/tls.key', soon()), {path: '/tls/..2026/tls.key', mode: 0o400});
});

test('a link that leads out ends at the root of the container', async t => {
	const open = engineWith({
		'/tls/tls.key': {type: 'symlink', linkname: '../../../../etc/shadow'},
		'/etc/shadow': {mode: 0o640},
	});

	t.like(await archivedFactsOf(open, '/tls/tls.key', soon()), {path: '/etc/shadow'});
});

test('links without end are refused, and what is not there is undefined', async t => {
	const open = engineWith({'/a': {type: 'symlink', linkname: '/b'}, '/b': {type: 'symlink', linkname: '/a'}});

	await t.throwsAsync(archivedFactsOf(open, '/a', soon()), {code: 'FILE_REFUSED'});
	t.is(await archivedFactsOf(open, '/c', soon()), undefined);
});

test('an engine that says nothing more is given up with the signal', async t => {
	const open: OpenArchive = async () => new Readable({read: () => undefined});

	// A timer of a signal alone keeps no process alive.
	const alive = setInterval(() => undefined, 1000);

	await t.throwsAsync(archivedFactsOf(open, '/a', AbortSignal.timeout(50)), {code: 'DOCKER_UNREACHABLE'});
	clearInterval(alive);
});

test('an engine that cannot be asked is no absent file', async t => {
	const open: OpenArchive = () => Promise.reject(new DaemonError('DOCKER_BAD_REPLY', 'forbidden'));

	await t.throwsAsync(archivedFactsOf(open, '/a', soon()), {code: 'DOCKER_BAD_REPLY'});
});

// ---- by the kernel

/** A /proc in which process 7 belongs to the container, and its root is a folder of ours. */
async function procWith(make: (root: string) => Promise<void>): Promise<string> {
	const proc = await mkdtemp(join(tmpdir(), 'sallyport-test-'));
	const root = join(proc, '7', 'root');
	await mkdir(root, {recursive: true});
	await writeFile(join(proc, '7', 'cgroup'), `0::/docker/${target.id}\n`);
	await make(root);
	return proc;
}

const ours = {...target, pid: 7};
const nobody: OpenArchive = () => Promise.reject(new DaemonError('DOCKER_BAD_REPLY', 'the engine was asked'));

test('a file on a tmpfs is seen by the kernel, which the engine does not show', async t => {
	const proc = await procWith(async root => {
		await mkdir(join(root, 'run/tls'), {recursive: true});
		await writeFile(join(root, 'run/tls/tls.key'), 'secret');
		await chmod(join(root, 'run/tls/tls.key'), 0o600);
	});

	const look = (path: string) => fileFactsOf({target: ours, open: nobody, proc}, path, soon());
	t.like(await look('/run/tls/tls.key'), {path: '/run/tls/tls.key', kind: 'file', mode: 0o600});
	t.is(await look('/run/tls/none.key'), undefined);
	t.is(await look('/run/tls/tls.key/below'), undefined);
});

test('a link to an absolute path stays in the container, however it is written', async t => {
	const proc = await procWith(async root => {
		await mkdir(join(root, 'etc'));
		await mkdir(join(root, 'tls'));
		await writeFile(join(root, 'etc/passwd'), '');
		await chmod(join(root, 'etc/passwd'), 0o604);
		await symlink('/etc/passwd', join(root, 'tls/absolute'));
		await symlink('../../../../../../etc/passwd', join(root, 'tls/relative'));
		await symlink('/tls', join(root, 'folder'));
		await symlink('/round', join(root, 'round'));
	});

	const look = (path: string) => fileFactsOf({target: ours, open: nobody, proc}, path, soon());
	for (const path of ['/tls/absolute', '/tls/relative', '/folder/absolute']) {
		t.like(await look(path), {path: '/etc/passwd', mode: 0o604}, path);
	}

	await t.throwsAsync(
		look('/round'),
		{code: 'DOCKER_BAD_REPLY'},
		'what the kernel does not tell, the engine is asked',
	);
});

test('without the kernel a file on a tmpfs is hidden, and the engine is not believed about what lies under it', async t => {
	const open = engineWith({'/run/tls/tls.key': {mode: 0o400}, '/etc/tls.key': {mode: 0o440}});
	const hidden = {...target, settings: {...target.settings, tmpfs: ['/run']}};
	const look = (path: string) => fileFactsOf({target: hidden, open, proc: '/nowhere'}, path, soon());

	t.is(await look('/run/tls/tls.key'), 'hidden');
	t.like(await look('/etc/tls.key'), {mode: 0o440});
});
