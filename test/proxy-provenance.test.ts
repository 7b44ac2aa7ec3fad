import {createHash} from 'node:crypto';
import {globSync, readFileSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {paths} from '../proto/labels.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {typed} from './helpers/typed.ts';

// Where the proxy layer comes from, that it can be changed for a newer one alone, and that an old one is found. For all
// architectures with SALLYPORT_ALL_IMAGES=1.

const isAll = process.env['SALLYPORT_ALL_IMAGES'] === '1';
const FRONTEND = 'sallyport/frontend:1';
const PROXY = 'sallyport/proxy-nginx:1';
const OLD = 'sallyport-test/old-proxy:1';
/** Older than the floor by some holes; only its own word is, the programs are the same. */
const OLD_VERSION = '1.26.3-3+deb13u9';

let docker: Docker;
const made = new Set<string>();

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['debian:trixie-slim', 'alpine:3.22']);
});

test.after.always(async () => {
	await docker(['image', 'rm', '-f', ...made]);
});

async function fine(args: readonly string[]): Promise<{readonly stdout: string; readonly stderr: string}> {
	const {code, stdout, stderr} = await docker(args);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return {stdout: stdout.trim(), stderr};
}

async function build(image: string, args: readonly string[], folder: string): Promise<string> {
	made.add(image);
	return (await fine(['build', '--progress=plain', '-t', image, ...args, folder])).stderr;
}

/** What lies in an image below /opt/sallyport, on this machine. */
async function treeOf(image: string): Promise<string> {
	const folder = await folderOf({});
	const {stdout: id} = await fine(['create', image, 'none']);
	await fine(['cp', '--quiet', `${id}:/opt/sallyport`, folder]);
	await fine(['rm', '-f', id]);
	return join(folder, 'sallyport');
}

/** A frontend whose maker has said where proxies come from. */
async function frontendWith(proxy: string, name: string): Promise<string> {
	const image = `sallyport-test/${name}:1`;
	const dockerfile = `FROM ${FRONTEND}\nENV SALLYPORT_PROXY_NGINX=${proxy}\n`;
	await build(image, [], await folderOf({Dockerfile: dockerfile}));
	return image;
}

/** MD5 of every file of Debian's packages of these versions, as the packages themselves say. */
async function debianSums(
	versions: Readonly<Record<string, string>>,
	architecture: string,
): Promise<ReadonlySet<string>> {
	const wanted = Object.entries(versions).map(([name, version]) => `${name}:${architecture}=${version}`);
	const script = [
		`dpkg --add-architecture ${architecture}`,
		'apt-get update -q',
		'mkdir /debs && cd /debs',
		`apt-get download -q ${wanted.join(' ')}`,
		'for each in *.deb; do dpkg-deb -e "$each" control && cat control/md5sums >> /sums; done',
	];
	const dockerfile = `FROM debian:trixie-slim AS debian\nRUN ${script.join(' && ')}\nFROM scratch\nCOPY --from=debian /sums /\n`;
	const out = await folderOf({});
	await fine(['build', '-q', '-o', out, await folderOf({Dockerfile: dockerfile})]);
	return new Set(
		readFileSync(join(out, 'sums'), 'utf8')
			.split('\n')
			.map(line => line.slice(0, 32)),
	);
}

async function isDebians(t: ExecutionContext, image: string, architecture: string): Promise<void> {
	const tree = await treeOf(image);
	const lists = globSync('*/VERSIONS.json', {cwd: tree});
	t.true(lists.length > 0);
	const packages = lists.map(list => JSON.parse(readFileSync(join(tree, list), 'utf8')).packages);
	const sums = await debianSums(Object.assign({}, ...packages), architecture);
	const files = globSync('{nginx,njs}/**', {cwd: tree}).filter(
		path => statSync(join(tree, path)).isFile() && !/(?:VERSIONS|sbom\.spdx)\.json$/.test(path),
	);
	t.true(files.some(path => path.endsWith('bin/nginx')) && files.some(path => path.endsWith('_module.so')));
	const strange = files.filter(
		path =>
			!sums.has(
				createHash('md5')
					.update(readFileSync(join(tree, path)))
					.digest('hex'),
			),
	);
	t.deepEqual(strange, [], "files that are in none of Debian's packages");
}

test("every program, module and library of the layer is Debian's own, byte for byte", async t => {
	await isDebians(t, PROXY, 'amd64');
});

const APPLICATION =
	'FROM alpine:3.22\nRUN echo made > /made\nEXPOSE 3000\nUSER 65532\nCMD ["sleep", "100"]\n';

test('with another proxy only its layer and the record change, the build warns of an old one, and a command finds it', async t => {
	const tree = await treeOf(PROXY);
	const versions = JSON.parse(readFileSync(join(tree, 'nginx/VERSIONS.json'), 'utf8'));
	versions.packages.nginx = OLD_VERSION;
	const dockerfile = `FROM ${PROXY}\nCOPY VERSIONS.json /opt/sallyport/nginx/VERSIONS.json\n`;
	await build(OLD, [], await folderOf({Dockerfile: dockerfile, 'VERSIONS.json': JSON.stringify(versions)}));

	const [older, newer] = ['sallyport-test/provenance-old:1', 'sallyport-test/provenance-new:1'];
	const frontend = await frontendWith(OLD, 'old-frontend');
	const before = await build(older, [], await folderOf({Dockerfile: `# syntax=${frontend}\n${APPLICATION}`}));
	const after = await build(newer, [], await folderOf({Dockerfile: `# syntax=${FRONTEND}\n${APPLICATION}`}));

	t.regex(
		before,
		/The proxy in sallyport-test\/old-proxy:1 has known holes \(CVE-[^)]+\): nginx 1\.26\.3-3\+deb13u9 is older than/,
	);
	t.notRegex(after, /known holes/);
	t.regex(
		after,
		/\[stage-0 2\/4\] RUN echo made > \/made\n#\d+ CACHED/,
		"the application's steps are not run again",
	);
	const [a, b] = await Promise.all([older, newer].map(layersOf));
	const differing = a?.flatMap((layer, at) => (layer === b?.[at] ? [] : [at - (a?.length ?? 0)]));
	t.is(a?.length, b?.length);
	t.deepEqual(differing, [-2, -1], 'the proxy, and the record of the build');

	const list = (names: readonly string[]) =>
		typed(['proxy', 'list', '--json', '--docker-host', docker.engine.host, ...names]);
	const found = await list([older, newer]);
	t.is(found.code, 1);
	const told: readonly {readonly names: readonly string[]; readonly old: boolean}[] = JSON.parse(
		found.out,
	).images;
	t.deepEqual(
		told.map(({names, old}) => [names[0], old]),
		[
			[newer, false],
			[older, true],
		],
	);
	t.is((await list([newer])).code, 0);
	const all = await list([]);
	t.true(JSON.parse(all.out).images.length >= 3, 'without names: all, and those that bring it');
});

async function layersOf(image: string): Promise<readonly string[]> {
	return JSON.parse((await fine(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', image])).stdout);
}

const FOREIGN =
	'FROM scratch\nCOPY application /application\nEXPOSE 3000\nUSER 65532\nENTRYPOINT ["/application"]\n';
const ARM = ['--platform', 'linux/arm64'];

/** `e_machine` of ELF, in its header's own place. */
function machineOf(path: string): number {
	return readFileSync(path).readUInt16LE(18);
}

const AARCH64 = 183;

test("an image for another processor gets that one's proxy, under a name of its own where a store has no more room", async t => {
	// Only said to be for arm64: what counts here is which one is taken, and that it need not run.
	const proxy = 'sallyport-test/foreign-proxy:1';
	await build(
		`${proxy}-arm64`,
		ARM,
		await folderOf({
			Dockerfile: `FROM --platform=$BUILDPLATFORM ${PROXY} AS own\nFROM scratch\nCOPY --from=own / /\nCOPY mark /opt/sallyport/mark\n`,
			mark: 'x',
		}),
	);
	await build(proxy, [], await folderOf({Dockerfile: `FROM ${PROXY}\n`}));
	const frontend = await frontendWith(proxy, 'foreign-frontend');
	const image = 'sallyport-test/provenance-foreign:1';
	const folder = await folderOf({Dockerfile: `# syntax=${frontend}\n${FOREIGN}`, application: 'x'});

	await build(image, ARM, folder);

	const tree = await treeOf(image);
	t.is(readFileSync(join(tree, 'mark'), 'utf8'), 'x');
	t.is(
		JSON.parse(readFileSync(join(tree, 'conf/checked.json'), 'utf8')).result,
		'valid',
		'checked all the same',
	);
	t.is((await fine(['image', 'inspect', '--format', '{{.Architecture}}', image])).stdout, 'arm64');
	const {stdout: id} = await fine(['create', image, 'none']);
	const out = await folderOf({});
	await fine(['cp', '--quiet', `${id}:${paths.buildRecord}`, out]);
	await fine(['rm', '-f', id]);
	const {proxy: recorded} = JSON.parse(readFileSync(join(out, 'build.json'), 'utf8'));
	t.is(recorded.trees[0].image, `${proxy}-arm64`);
});

test('where there is no proxy for the platform the build says so in one sentence, with the command that makes one', async t => {
	const frontend = await frontendWith('sallyport-test/nowhere:1', 'nowhere-frontend');
	const folder = await folderOf({Dockerfile: `# syntax=${frontend}\n${FOREIGN}`, application: 'x'});
	const {code, stderr} = await docker(['build', ...ARM, folder]);
	t.not(code, 0);
	t.regex(
		stderr,
		/The builder has no sallyport-test\/nowhere:1 for linux\/arm64, .* "docker build --platform linux\/arm64 --target proxy-nginx -t sallyport-test\/nowhere:1-arm64 \."/,
	);
	t.notRegex(stderr, /please report this/);
	const without = await docker(['build', ...ARM, '--build-arg', 'SALLYPORT_PROXY=none', folder]);
	t.is(without.code, 0, without.stderr);
});

(isAll ? test : test.skip)("the layer for arm64 is Debian's own, and all of it is for arm64", async t => {
	const image = 'sallyport-test/proxy-arm64:1';
	await build(image, [...ARM, '--target', 'proxy-nginx'], join(import.meta.dirname, '..'));
	await isDebians(t, image, 'arm64');
	const tree = await treeOf(image);
	for (const path of [
		'bin/sallyport-init',
		'nginx/bin/nginx',
		'nginx/bin/openssl',
		'nginx/lib/loader',
		'nginx/lib/libc.so.6',
	]) {
		t.is(machineOf(join(tree, path)), AARCH64, path);
	}
});

test('what is left out is said', t => {
	t.log(isAll ? 'nothing is left out' : 'left out, run with SALLYPORT_ALL_IMAGES=1: the layer for arm64');
	t.pass();
});
