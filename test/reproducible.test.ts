import {randomUUID} from 'node:crypto';
import test from 'ava';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';

// The same sources give the same image: no clock is in anything of ours.

const docker: Promise<Docker> = openDocker();
const SYNTAX = '# syntax=sallyport/frontend:1\n';

async function say(args: readonly string[]): Promise<string> {
	const run = await docker;
	const {code, stdout, stderr} = await run(args);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return stdout.trim();
}

/** What of our layer could be as new as the build: its folders, and what the proxy's check writes. */
const OURS = [
	...[
		'/etc/sallyport',
		'/etc/sallyport/contract.json',
		'/etc/sallyport/build.json',
		'/opt',
		'/opt/sallyport',
	],
	...['/opt/sallyport/conf', '/opt/sallyport/conf/checked.json', '/opt/sallyport/conf/nginx.conf'],
];

test('what we put into an image has no time of its own, whenever it was made', async t => {
	// A name that nobody has built yet, so that nothing of it is cached.
	const text = `${SYNTAX}FROM debian:bookworm-slim\nENV FRESH=${randomUUID()}\nEXPOSE 3000\nCMD ["true"]\n`;
	const folder = await folderOf({Dockerfile: text});

	await say(['build', '-t', 'sallyport-test/reproducible', folder]);

	const times = await say([
		'run',
		'--rm',
		'--entrypoint',
		'stat',
		'sallyport-test/reproducible',
		'-c',
		'%Y %n',
		...OURS,
	]);
	t.deepEqual(
		times.split('\n'),
		OURS.map(path => `0 ${path}`),
	);
});

test('with the time of the sources, two builds that share nothing but them give one image', async t => {
	const folder = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nCOPY file /file\nEXPOSE 3000\nCMD ["true"]\n`,
		file: 'hello\n',
	});
	const args = [
		'--build-arg',
		'SOURCE_DATE_EPOCH=1700000000',
		'--label',
		'org.opencontainers.image.source=https://example.com/x',
	];

	const first = await say(['build', '-q', '--no-cache', ...args, folder]);
	const second = await say(['build', '-q', '--no-cache', ...args, folder]);

	t.is(second, first);
	const inspected = await say(['image', 'inspect', '--format', '{{json .Config.Labels}}', first]);
	const labels = JSON.parse(inspected) as Readonly<Record<string, string>>;
	t.is(labels['org.opencontainers.image.created'], '2023-11-14T22:13:20Z');
	t.is(labels['org.opencontainers.image.source'], 'https://example.com/x');
	t.is(labels['org.opencontainers.image.base.name'], 'docker.io/library/debian:bookworm-slim');
});
