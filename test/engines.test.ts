import test from 'ava';
import {ensureImages} from './engine/images.ts';
import {folderOf, openDocker} from './helpers/docker.ts';
import {hand} from './helpers/hand.ts';

// Engines other than the one that all other tests run on: the other image store, and one below the floor.

const SYNTAX = '# syntax=sallyport/frontend:1\n';

test('on the containerd image store a base image is pinned to the digest that the builder names', async t => {
	const docker = await openDocker({store: 'containerd'});
	t.teardown(() => docker.engine.stop());
	await ensureImages(docker.engine, ['debian:bookworm-slim']);
	await hand(docker.engine, 'sallyport/frontend:1', 'sallyport/proxy-nginx:1');
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nEXPOSE 3000\nUSER 1000:1000\nCMD ["true"]\n`,
	});

	const shown = await docker(['build', '--build-arg', 'SALLYPORT_SHOW=dockerfile', folder]);
	const built = await docker(['build', '-t', 'sallyport-test/pinned', folder]);
	const image = await docker([
		'image',
		'inspect',
		'-f',
		'{{json .Config.Entrypoint}}',
		'sallyport-test/pinned',
	]);

	t.regex(shown.stderr, /FROM debian:bookworm-slim@sha256:[0-9a-f]{64}/);
	t.is(built.code, 0, built.stderr);
	t.regex(image.stdout, /sallyport-init/);
});

test('an older engine above the floor builds an application behind the proxy', async t => {
	const docker = await openDocker({suite: 'trixie'});
	t.teardown(() => docker.engine.stop());
	await ensureImages(docker.engine, ['debian:bookworm-slim']);
	await hand(docker.engine, 'sallyport/frontend:1', 'sallyport/proxy-nginx:1');
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nCOPY x /x\nEXPOSE 3000\nUSER 1000:1000\nCMD ["true"]\n`,
		x: '',
	});

	const built = await docker(['build', '-t', 'sallyport-test/older', folder]);
	const image = await docker([
		'image',
		'inspect',
		'-f',
		'{{json .Config.Entrypoint}}',
		'sallyport-test/older',
	]);

	t.regex(docker.engine.version, /^26\./);
	t.is(built.code, 0, built.stderr);
	t.regex(image.stdout, /sallyport-init/);
});

test('an engine below the floor is refused in one sentence that says what to do', async t => {
	const docker = await openDocker({suite: 'bookworm'});
	t.teardown(() => docker.engine.stop());
	await hand(docker.engine, 'sallyport/frontend:1');
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nCMD ["true"]\n`});

	const {code, stderr} = await docker(['build', folder]);

	t.not(code, 0);
	t.regex(
		stderr,
		/sallyport\/frontend needs Docker Engine 24 or later \(BuildKit 0\.11\).*Update the engine/,
	);
});
