import test, {type ExecutionContext} from 'ava';
import {readBuildRecord} from '../proto/build-record.ts';
import {paths} from '../proto/labels.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';

// What the build gate does to a finished image, and finds in it, on a real engine.

const docker: Promise<Docker> = openDocker();
const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';
const SYNTAX = `# syntax=${FRONTEND}\n`;
const PREFIX = 'sallyport-test/hardening';
const bases = docker.then(({engine}) =>
	ensureImages(engine, ['debian:bookworm-slim', 'node:24-bookworm-slim']),
);
const made: string[] = [];
const HARDENED = ['--build-arg', 'SALLYPORT_POLICY=hardened'];
// In parts, so that nobody takes this file for a leak.
const TOKEN = ['gh', 'p_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

test.after.always(async () => {
	const run = await docker;
	await run(['image', 'rm', '-f', ...made]);
});

interface Built extends Ran {
	readonly tag: string;
}

async function built(
	t: ExecutionContext,
	files: Readonly<Record<string, string>>,
	args: readonly string[] = HARDENED,
): Promise<Built> {
	await bases;
	const run = await docker;
	const tag = `${PREFIX}-${made.length}`;
	made.push(tag);
	const folder = await folderOf({...files, Dockerfile: `${SYNTAX}${files['Dockerfile'] ?? ''}`});
	const ran = await run(['build', '--progress=plain', '-t', tag, ...args, folder]);
	t.log(ran.stderr.split('\n').findLast(line => line.startsWith('ERROR')) ?? 'built');
	return {...ran, tag};
}

async function inside(tag: string, script: string): Promise<string> {
	const run = await docker;
	const {stdout, stderr} = await run(['run', '--rm', '--entrypoint', 'sh', tag, '-c', script]);
	return `${stdout}${stderr}`.trim();
}

async function recordOf(tag: string): Promise<ReturnType<typeof readBuildRecord>> {
	const run = await docker;
	const {stdout} = await run(['run', '--rm', '--user', '0', '--entrypoint', 'cat', tag, paths.buildRecord]);
	return readBuildRecord(new TextEncoder().encode(stdout));
}

const SERVER = `const {createServer} = require('node:http');
const {writeFileSync} = require('node:fs');
writeFileSync('/app/state/up', 'yes');
createServer((q, s) => s.end(String(process.getuid()))).listen(80);
process.on('SIGTERM', () => process.exit(0));
`;
const NODE =
	'FROM node:24-bookworm-slim\nWORKDIR /app\nCOPY server.cjs .\nEXPOSE 80\nCMD ["node", "server.cjs"]\n';

test('a server of root becomes one of a user of its own, with its folders and port, and none of root’s ways', async t => {
	const {code, stderr, tag} = await built(t, {
		Dockerfile: NODE,
		'server.cjs': SERVER,
		'.sallyport.yaml': 'facts:\n  writable: [/app/state]\n',
	});
	t.is(code, 0, stderr);
	t.is(
		await inside(
			tag,
			'id -u; id -un; echo $HOME; test -w /app/state && echo writes; rm -f /app/server.cjs 2>/dev/null || echo kept',
		),
		'65532\napp\n/home/app\nwrites\nkept',
	);
	t.is(
		await inside(
			tag,
			'find / -xdev -perm /6000 -type f 2>/dev/null; command -v apt-get dpkg; ls -d /dev/.sallyport /run/.sallyport 2>/dev/null',
		),
		'',
	);
	t.regex(await inside(tag, 'grep -c ^Package /var/lib/dpkg/status'), /^[1-9]\d+$/);

	const record = await recordOf(tag);
	t.like(record.inspection, {
		platform: 'linux/amd64',
		setuid: 0,
		packageManagers: 0,
		credentials: 0,
		unread: 0,
	});
	t.true((record.inspection?.packages.dpkg ?? 0) > 50);
	const resultOf = (wanted: string) => record.controls.find(({control}) => control === wanted)?.result;
	t.deepEqual(
		[
			'image-user-non-root',
			'image-no-unexpected-setuid',
			'image-no-ssh-daemon',
			'base-supported-os',
			'secret-no-history',
		].map(resultOf),
		['fixed', 'fixed', 'pass', 'pass', 'pass'],
	);
});

test('a bundle that only suggests does nothing to the image', async t => {
	const {code, tag} = await built(
		t,
		{Dockerfile: NODE, 'server.cjs': SERVER.replace('/app/state/up', '/tmp/up')},
		[],
	);
	t.is(code, 0);
	t.is(
		await inside(tag, 'id -u; command -v dpkg; find /usr/bin -perm -4000 -name su'),
		'0\n/usr/bin/dpkg\n/usr/bin/su',
	);
	t.is((await recordOf(tag)).inspection, undefined);
});

test('an image of one static program is gone over without anything of ours left in it', async t => {
	const {code, stderr, tag} = await built(t, {
		Dockerfile:
			'FROM scratch\nCOPY --from=sallyport/proxy-nginx:1 /opt/sallyport/bin/sallyport-init /app\nVOLUME /data\nCMD ["/app", "version"]\n',
	});
	t.is(code, 0, stderr);
	const run = await docker;
	const {stdout} = await run([
		'image',
		'inspect',
		tag,
		'--format',
		'{{.Config.User}} {{json .Config.Volumes}}',
	]);
	t.is(stdout.trim(), '65532:65532 {"/data":{}}');
	t.is((await run(['run', '--rm', tag])).code, 0);
	const {stdout: id} = await run(['create', tag]);
	const {stdout: tree} = await run(['export', id.trim()]);
	await run(['rm', id.trim()]);
	t.true(tree.includes('etc/sallyport/contract.json'));
	t.false(tree.includes('.sallyport/'));
});

test('what needs a right that was taken away is seen not to start, and keeps it', async t => {
	const {code, stderr, tag} = await built(t, {
		Dockerfile:
			'FROM debian:bookworm-slim\nUSER 1000\nCMD ["sh", "-c", "test -u /usr/bin/su && test -x /usr/bin/dpkg"]\n',
	});
	t.is(code, 0, stderr);
	t.is(await inside(tag, 'test -u /usr/bin/su && echo kept'), 'kept');
	const {selfTest, inspection} = await recordOf(tag);
	t.true(selfTest?.takenBack.includes('no-setuid-files'));
	t.true((inspection?.setuid ?? 0) > 5);
});

test('a credential in a file of the image stops the build, and is not shown', async t => {
	const {code, stderr} = await built(t, {
		Dockerfile: 'FROM debian:bookworm-slim\nCOPY settings.js /app/settings.js\nUSER 1000\nCMD ["true"]\n',
		'settings.js': `exports.token = '${TOKEN}';\n`,
	});
	t.not(code, 0);
	t.regex(
		stderr,
		/no-secret-files: The finished image holds a credential \(github token\) in "\/app\/settings\.js"/,
	);
	t.false(stderr.includes(TOKEN));
});

test('a credential in the history of the base stops the build, and is not shown', async t => {
	await bases;
	const run = await docker;
	const base = `${PREFIX}-base`;
	made.push(base);
	const folder = await folderOf({Dockerfile: `FROM debian:bookworm-slim\nRUN true ${TOKEN}\n`});
	await run(['build', '-q', '-t', base, folder]);
	const {code, stderr} = await built(t, {Dockerfile: `FROM ${base}\nUSER 1000\nCMD ["true"]\n`});
	t.not(code, 0);
	t.regex(stderr, /In the finished image step \d+ of the history holds a GitHub token/);
	t.false(stderr.includes(TOKEN));
});

test('an SSH server that a copy brings in is found where the Dockerfile does not name it', async t => {
	const {stderr} = await built(t, {
		Dockerfile: 'FROM debian:bookworm-slim\nCOPY root /\nUSER 1000\nCMD ["true"]\n',
		'root/usr/sbin/sshd': 'x',
	});
	t.regex(stderr, /no-ssh-server: In the finished image an SSH server is in the image: "\/usr\/sbin\/sshd"/);
});

test('the names that the rewritten file uses are refused for stages', async t => {
	const {code, stderr} = await built(t, {
		Dockerfile: 'FROM debian:bookworm-slim AS sallyport-tool\nCMD ["true"]\n',
	});
	t.not(code, 0);
	t.regex(stderr, /Dockerfile:2: "sallyport-tool" is a name of ours; give the stage another one/);
});

// What is taken away leaves a mark with the engine's own time in the layer: `rewrite-timestamp=true` is for that.
test('the same input gives the same files with the same times', async t => {
	const dockerfile = {Dockerfile: 'FROM debian:bookworm-slim\nCMD ["true"]\n'};
	const args = [...HARDENED, '--no-cache', '--build-arg', 'SOURCE_DATE_EPOCH=1000000000'];
	const list =
		"find /etc /usr /var /home -xdev -mindepth 1 ! -name mtab ! -name hosts ! -name hostname ! -name resolv.conf -printf '%p %T@ %m %U:%G\\n' | sort";
	const seen: string[] = [];
	for (const _ of [1, 2]) {
		const {code, tag} = await built(t, dockerfile, args);
		t.is(code, 0);
		seen.push(await inside(tag, list));
	}

	t.is(seen[0], seen[1]);
	t.regex(seen[0] ?? '', /^\/etc\/passwd 1000000000\.0+ 644 0:0$/m);
});
