import {Readable} from 'node:stream';
import test from 'ava';
import {type Header, pack} from 'tar-stream';
import {fileFactsOf, type OpenArchive} from '../../daemon/docker/file-facts.ts';
import {DaemonError} from '../../daemon/error.ts';

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

	t.deepEqual(await fileFactsOf(open, '/tls/tls.key', soon()), {
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

	t.like(await fileFactsOf(open, '/tls/tls.key', soon()), {path: '/tls/..2026/tls.key', mode: 0o400});
});

test('a link that leads out ends at the root of the container', async t => {
	const open = engineWith({
		'/tls/tls.key': {type: 'symlink', linkname: '../../../../etc/shadow'},
		'/etc/shadow': {mode: 0o640},
	});

	t.like(await fileFactsOf(open, '/tls/tls.key', soon()), {path: '/etc/shadow'});
});

test('links without end are refused, and what is not there is undefined', async t => {
	const open = engineWith({'/a': {type: 'symlink', linkname: '/b'}, '/b': {type: 'symlink', linkname: '/a'}});

	await t.throwsAsync(fileFactsOf(open, '/a', soon()), {code: 'FILE_REFUSED'});
	t.is(await fileFactsOf(open, '/c', soon()), undefined);
});

test('an engine that says nothing more is given up with the signal', async t => {
	const open: OpenArchive = async () => new Readable({read: () => undefined});

	await t.throwsAsync(fileFactsOf(open, '/a', AbortSignal.timeout(50)), {code: 'DOCKER_UNREACHABLE'});
});

test('an engine that cannot be asked is no absent file', async t => {
	const open: OpenArchive = () => Promise.reject(new DaemonError('DOCKER_BAD_REPLY', 'forbidden'));

	await t.throwsAsync(fileFactsOf(open, '/a', soon()), {code: 'DOCKER_BAD_REPLY'});
});
