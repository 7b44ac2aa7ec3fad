import {createReadStream} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {request} from 'node:http';
import {buffer, text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {pack} from 'tar-stream';
import {predicateTypes} from '../proto/statement.ts';
import {ensureImages} from './engine/images.ts';
import {
	exported,
	FRONTEND,
	judging,
	type Manifest,
	makeOff,
	OFF,
	openStore,
	passing,
	plain,
} from './helpers/around.ts';
import {type Docker, done, folderOf, openDocker} from './helpers/docker.ts';
import {type Builder, filesOf} from './helpers/fidelity/observe.ts';
import {freePort} from './helpers/fidelity/servers.ts';
import {hand} from './helpers/hand.ts';

// What lies around a Dockerfile: where its parts come from, where what is built goes, and who builds it. Each is built
// by BuildKit alone, through us with the policy `off`, and through us with the policy of whoever names none.

const ALPINE = 'alpine:3.22';
const graph = ready();
const containerd = readyElsewhere();
const store = graph.then(openStore);

async function ready(): Promise<Docker> {
	const docker = await openDocker();
	await ensureImages(docker.engine, [ALPINE]);
	await makeOff(docker);
	return docker;
}

async function readyElsewhere(): Promise<Docker> {
	await graph;
	const docker = await openDocker({store: 'containerd'});
	await ensureImages(docker.engine, [ALPINE]);
	await hand(docker.engine, FRONTEND, OFF, 'sallyport/proxy-nginx:1');
	return docker;
}

test.after.always(async () => {
	await (await store).close();
	const docker = await containerd;
	await docker(['image', 'rm', '-f', OFF]);
	await docker.engine.stop();
	await (await graph)(['image', 'rm', '-f', OFF]);
});

/** Takes minutes, or needs a machine that runs programs of another: for a release. */
const forRelease = process.env['SALLYPORT_FIDELITY'] === 'all' ? test : test.skip;

/** The same manifests with `off`; and with a judging policy the same, a layer with the record on them, and our labels. */
async function isSame(
	t: ExecutionContext,
	args: readonly string[],
	on = containerd,
): Promise<readonly Manifest[]> {
	const docker = await on;
	const expected = await exported(docker, plain, args);
	const found = await exported(docker, passing, args);
	const more = await exported(docker, judging, args);

	t.true(expected.length > 0);
	t.deepEqual(found, expected);
	isMore(t, more, expected);
	return expected;
}

function isMore(t: ExecutionContext, found: readonly Manifest[], expected: readonly Manifest[]): void {
	const [ours, theirs] = [found.filter(isImage), expected.filter(isImage)];
	t.is(ours.length, theirs.length);
	for (const [at, one] of theirs.entries()) {
		const our = ours[at] ?? t.fail();
		t.is(our.platform, one.platform);
		t.deepEqual({...our.labels, ...one.labels}, our.labels);
		t.deepEqual(our.layers.slice(0, one.layers.length), one.layers);
		t.is(our.layers.length, one.layers.length + 1);
		t.deepEqual(our.annotations, one.annotations);
		t.deepEqual(our.settings, one.settings);
	}

	// Whatever else is attached is ours: a build attestation for each of the images, if the index is there.
	const [more, less] = [found, expected].map(all => all.flatMap(({predicates}) => predicates).toSorted());
	const missing = less?.filter(type => !more?.includes(type));
	t.deepEqual(missing, []);
	const added = more?.filter(type => !less?.includes(type)) ?? [];
	t.true(
		added.every(type => type === predicateTypes.buildGate),
		added.join(),
	);
}

function isImage({platform}: Manifest): boolean {
	return !platform.startsWith('unknown/');
}

test('an image for several platforms has the same one for each', async t => {
	const folder = await folderOf({
		Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /here\nENV FOR=$TARGETARCH\n',
		amd64: 'x\n',
		arm64: 'y\n',
	});

	const images = await isSame(t, ['--provenance=false', '--platform=linux/amd64,linux/arm64', folder]);

	t.deepEqual(
		images.map(({platform}) => platform),
		['linux/amd64', 'linux/arm64'],
	);
});

test('contexts by name may be OCI layouts, images and folders, also in the place of a base', async t => {
	const docker = await containerd;
	const layout = await folderOf({});
	const base = await folderOf({Dockerfile: 'FROM scratch\nCOPY Dockerfile /from-layout\nENV LAYOUT=1\n'});
	await done(docker, ['build', '-o', `type=oci,tar=false,name=base:1,dest=${layout}`, base]);
	const folder = await folderOf({
		Dockerfile: 'FROM base\nCOPY --from=image /bin/busybox /b\nCOPY --from=more more /more\n',
		'more/more': 'm\n',
	});

	const [image] = await isSame(t, [
		'--provenance=false',
		'--build-context',
		`base=oci-layout://${layout}:1`,
		'--build-context',
		`image=docker-image://${ALPINE}`,
		'--build-context',
		`more=${folder}/more`,
		folder,
	]);

	t.deepEqual(image?.settings['Env'], [
		'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
		'LAYOUT=1',
	]);
});

forRelease('steps of another platform run under emulation', async t => {
	const docker = await containerd;
	const platforms = await done(docker, ['buildx', 'inspect', 'default']);
	t.regex(platforms, /linux\/arm64/, 'this machine has no emulator: install qemu-user-static');
	const base = 'sallyport-test/around-foreign';
	t.teardown(() => docker(['image', 'rm', '-f', base]));
	await done(docker, ['build', '--platform=linux/amd64,linux/arm64', '-t', base, '-'], {input: SHELLS});
	const folder = await folderOf({
		Dockerfile: `FROM ${base}\nRUN busybox uname -m > /machine\nUSER 1000:1000\nCMD ["busybox", "cat", "/machine"]\n`,
	});

	const images = await isSame(t, ['--provenance=false', '--platform=linux/amd64,linux/arm64', folder]);
	await done(docker, ['build', '-t', base, '--platform=linux/arm64', ...judging.args, folder]);

	t.is(images.length, 2);
	t.is(await done(docker, ['run', '--rm', '--platform=linux/arm64', base]), 'aarch64');
});

/** A shell for two platforms, without a step that runs on the foreign one. */
const SHELLS = `FROM --platform=$BUILDPLATFORM debian:trixie-slim AS packages
ARG TARGETARCH
WORKDIR /tmp
RUN dpkg --add-architecture arm64 && apt-get update && apt-get download busybox-static:$TARGETARCH && dpkg -x busybox-static*.deb /made
FROM scratch
COPY --from=packages /made/usr/bin/busybox /bin/busybox
COPY --from=packages /made/usr/bin/busybox /bin/sh
`;

forRelease('a builder in a container of its own builds the same', async t => {
	const {address} = await store;
	const docker = await graph;
	await ensureImages(docker.engine, ['moby/buildkit:buildx-stable-1']);
	// Such a builder has no images: what would come from Docker Hub comes from the registry here.
	for (const [from, to] of [
		[ALPINE, `library/${ALPINE}`],
		['debian:bookworm-slim', 'library/debian:bookworm-slim'],
		[FRONTEND, FRONTEND],
		[OFF, OFF],
		['sallyport/proxy-nginx:1', 'sallyport/proxy-nginx:1'],
	] as const) {
		await done(docker, ['tag', from, `${address}/${to}`]);
		await done(docker, ['push', '-q', `${address}/${to}`]);
		await done(docker, ['image', 'rm', `${address}/${to}`]);
	}

	const builder = `sallyport-test-${process.pid}`;
	const folder = await folderOf({
		'buildkitd.toml': `[registry."docker.io"]\nmirrors = ["${address}"]\n[registry."${address}"]\nhttp = true\n`,
		Dockerfile: `FROM ${ALPINE} AS one\nRUN --mount=type=cache,target=/c echo x > /x\nFROM ${ALPINE}\nCOPY --from=one /x /x\n`,
		'behind/Dockerfile': 'FROM debian:bookworm-slim\nUSER 1000:1000\nEXPOSE 3000\nCMD ["true"]\n',
	});
	t.teardown(() => docker(['buildx', 'rm', builder, `${builder}-remote`]));
	const door = `tcp://127.0.0.1:${await freePort()}`;
	const create = [
		'buildx',
		'create',
		'--name',
		builder,
		'--driver=docker-container',
		'--driver-opt=network=host',
	];
	await done(docker, [
		...create,
		`--buildkitd-config=${folder}/buildkitd.toml`,
		`--buildkitd-flags=--addr=unix:///run/buildkit/buildkitd.sock --addr=${door}`,
	]);
	const here = ['--builder', builder];

	await isSame(t, [...here, '--provenance=false', folder], graph);
	await isSame(t, [...here, '--provenance=mode=max', folder], graph);

	// The same BuildKit by its address alone.
	await done(docker, ['buildx', 'create', '--name', `${builder}-remote`, '--driver=remote', door]);
	await isSame(t, ['--builder', `${builder}-remote`, '--no-cache-filter=one', folder], graph);

	// The layer that is put before an application is found, too, by the image's name in a registry.
	const name = `${address}/behind:1`;
	t.teardown(() => docker(['image', 'rm', '-f', name]));
	await done(docker, ['build', ...here, '-t', name, '--push', ...judging.args, `${folder}/behind`]);
	await done(docker, ['pull', '-q', name]);
	t.regex(
		await done(docker, ['image', 'inspect', '-f', '{{json .Config.Entrypoint}}', name]),
		/sallyport-init/,
	);
	await done(docker, ['build', ...here, '-t', name, '--load', ...judging.args, `${folder}/behind`]);
});

test('annotations, labels and a time of the sources are as they were given', async t => {
	const folder = await folderOf({Dockerfile: `FROM ${ALPINE}\nRUN echo x > /x\n`});

	const [image] = await isSame(t, [
		'--provenance=false',
		'--annotation=manifest:a=b',
		'--annotation=manifest-descriptor:c=d',
		'--label=e=f',
		'--build-arg=SOURCE_DATE_EPOCH=1700000000',
		folder,
	]);

	t.is(image?.annotations['a'], 'b');
	t.is(image?.labels['e'], 'f');
});

test('provenance, and what a scanner of the client finds, are attached as they are without us', async t => {
	const docker = await containerd;
	const scanner = 'sallyport-test/around-scanner:1';
	t.teardown(() => docker(['image', 'rm', '-f', scanner]));
	// A scanner is an image that writes statements about the folder in BUILDKIT_SCAN_SOURCE.
	const statement =
		'{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"SPDXID":"SPDXRef-DOCUMENT"}}';
	await done(docker, ['build', '-t', scanner, '-'], {
		input: `FROM ${ALPINE}\nENTRYPOINT ["sh", "-c", "test -e $BUILDKIT_SCAN_SOURCE/x && echo '${statement.replaceAll('"', '\\"')}' > $BUILDKIT_SCAN_DESTINATION/x.spdx.json"]\n`,
	});
	const folder = await folderOf({Dockerfile: `FROM ${ALPINE}\nRUN echo x > /x\n`});

	const [, said] = await isSame(t, ['--provenance=mode=max', `--sbom=generator=${scanner}`, folder]);

	t.deepEqual(said?.predicates, ['https://slsa.dev/provenance/v0.2', 'https://spdx.dev/Document']);
});

test('every exporter is given the same', async t => {
	const docker = await containerd;
	const folder = await folderOf({Dockerfile: `FROM ${ALPINE}\nRUN echo x > /x\nCOPY Dockerfile /d\n`});
	const by = async (builder: Builder, type: string): Promise<readonly string[]> => {
		const out = await folderOf({});
		const to = `type=${type},dest=${out}/out.tar`;
		await done(docker, ['build', '--provenance=false', '-o', to, ...builder.args, folder]);
		const files = await filesOf(createReadStream(`${out}/out.tar`));
		await rm(out, {recursive: true, force: true});
		// Names the moment it was made.
		return files.filter(file => !file.startsWith('index.json '));
	};

	for (const type of ['oci', 'docker', 'tar', 'oci,compression=zstd']) {
		const expected = await by(plain, type);
		t.true(expected.length > 3, type);
		t.deepEqual(await by(passing, type), expected, type);
		if (type === 'tar') {
			const more = (await by(judging, type)).filter(file => !/^(?:etc|opt)\/sallyport\//.test(file));
			t.deepEqual(more, expected);
		}
	}
});

test('what the client is told of a build in files is the same', async t => {
	const docker = await containerd;
	const folder = await folderOf({Dockerfile: 'FROM scratch\nCOPY Dockerfile /d\n'});
	const tag = 'sallyport-test/around-told';
	t.teardown(() => docker(['image', 'rm', '-f', tag]));
	const by = async ({
		args,
	}: Builder): Promise<{readonly id: string; readonly metadata: Record<string, unknown>}> => {
		const files = ['--iidfile', `${folder}/id`, '--metadata-file', `${folder}/metadata`];
		await done(docker, ['build', '-t', tag, '--provenance=false', ...files, ...args, folder]);
		const metadata = JSON.parse(await readFile(`${folder}/metadata`, 'utf8')) as Record<string, unknown>;
		return {id: await readFile(`${folder}/id`, 'utf8'), metadata};
	};

	const expected = await by(plain);
	const found = await by(passing);
	// An image in a store with indexes becomes one for our attestation, unless that is not wanted.
	const judged = await by({name: 'judged', args: [...judging.args, '--build-arg', 'SALLYPORT_ATTEST=none']});

	t.is(found.id, expected.id);
	t.is(found.metadata['containerimage.digest'], expected.metadata['containerimage.digest']);
	t.deepEqual(Object.keys(found.metadata).toSorted(), Object.keys(expected.metadata).toSorted());
	t.deepEqual(Object.keys(judged.metadata).toSorted(), Object.keys(expected.metadata).toSorted());
	t.is(judged.metadata['containerimage.config.digest'], judged.id);
});

test('a cache that was written to a registry or a folder is read back on another engine', async t => {
	const [from, to, {address}] = await Promise.all([containerd, graph, store]);
	// An image has one name for its content in each of the stores, unless it comes from a registry.
	const base = `${address}/base:1`;
	t.teardown(() => Promise.all([from(['image', 'rm', '-f', base]), to(['image', 'rm', '-f', base])]));
	await done(from, ['tag', ALPINE, base]);
	await done(from, ['push', '-q', base]);
	await done(from, ['image', 'rm', base]);
	const folder = await folderOf({
		Dockerfile: `FROM ${base} AS one\nRUN head -c 16 /dev/urandom | md5sum > /one\nFROM ${base}\nCOPY --from=one /one /one\n`,
	});
	const out = await folderOf({});
	for (const [name, {args}] of Object.entries({passing, judging})) {
		const salt = ['--build-arg', `SALT=${name}`, ...args];
		const caches = [
			`type=registry,ref=${address}/cache:${name},mode=max`,
			`type=local,dest=${out}/${name},mode=max`,
		];
		const writes = caches.flatMap(cache => ['--cache-to', cache]);
		await done(from, [
			'build',
			'--no-cache',
			'-o',
			`type=local,dest=${out}/${name}-1`,
			...writes,
			...salt,
			folder,
		]);
		const written = await readFile(`${out}/${name}-1/one`, 'utf8');

		for (const [way, cache] of [
			['registry', `type=registry,ref=${address}/cache:${name}`],
			['local', `type=local,src=${out}/${name}`],
		]) {
			const dest = `${out}/${name}-${way}`;
			// An own cache would be a hit as well, were it the same; that the bytes are the same shows whose it was.
			await done(to, ['build', '-o', `type=local,dest=${dest}`, '--cache-from', `${cache}`, ...salt, folder]);
			t.is(await readFile(`${dest}/one`, 'utf8'), written, `${name} ${way}`);
		}
	}
});

test('what is pushed can be pulled, runs, and can be built upon, with and without indexes', async t => {
	const [one, other, {address}] = await Promise.all([containerd, graph, store]);
	const folder = await folderOf({Dockerfile: `FROM ${ALPINE}\nRUN echo pushed > /x\nCMD ["cat", "/x"]\n`});
	for (const {name, args} of [plain, passing, judging]) {
		const direct = `${address}/direct:${name}`;
		const tagged = `${address}/tagged:${name}`;
		const onIt = `sallyport-test/around-on:${name}`;
		t.teardown(() => other(['image', 'rm', '-f', direct, tagged, onIt]));
		t.teardown(() => one(['image', 'rm', '-f', direct, tagged]));
		await done(one, ['build', '-o', `type=image,name=${direct},push=true`, ...args, folder]);
		await done(other, ['build', '-t', tagged, ...args, folder]);
		await done(other, ['push', '-q', tagged]);

		await done(other, ['pull', '-q', direct]);
		await done(one, ['pull', '-q', tagged]);
		t.is(await done(other, ['run', '--rm', direct]), 'pushed', name);
		t.is(await done(one, ['run', '--rm', tagged]), 'pushed', name);
		await done(other, ['image', 'rm', '-f', direct]);
		await done(other, ['build', '-t', onIt, ...args, '-'], {input: `FROM ${direct}\nRUN test -s /x\n`});
		t.is(await done(other, ['run', '--rm', onIt]), 'pushed', name);
	}
});

test('a target of bake is built upon another, with a matrix, secrets and groups', async t => {
	const docker = await graph;
	const folder = await folderOf({
		'docker-bake.hcl': `
variable "SYNTAX" { default = "" }
group "default" { targets = ["app"] }
target "base" {
  dockerfile-inline = "FROM ${ALPINE}\\nRUN --mount=type=secret,id=s cp /run/secrets/s /base\\nENV BASE=1"
  secret = ["id=s,src=secret"]
  args = SYNTAX == "" ? {} : { BUILDKIT_SYNTAX = SYNTAX }
}
target "app" {
  name = "app-\${each}"
  matrix = { each = ["one", "two"] }
  dockerfile = "app.Dockerfile"
  contexts = { base = "target:base", image = "docker-image://${ALPINE}" }
  args = SYNTAX == "" ? { EACH = each } : { EACH = each, BUILDKIT_SYNTAX = SYNTAX }
  tags = ["sallyport-test/around-bake:\${each}"]
  output = ["type=docker"]
}
`,
		'app.Dockerfile': 'FROM base\nARG EACH\nRUN echo $EACH > /each\nCOPY --from=image /bin/busybox /b\n',
		secret: 'no secret\n',
	});
	t.teardown(() =>
		docker(['image', 'rm', '-f', 'sallyport-test/around-bake:one', 'sallyport-test/around-bake:two']),
	);
	const by = async (syntax: string): Promise<readonly (readonly string[])[]> => {
		const {code, stderr} = await docker(['buildx', 'bake'], {cwd: folder, env: {SYNTAX: syntax}});
		t.is(code, 0, stderr);
		const shown = ['one', 'two'].map(async each => {
			const image = `sallyport-test/around-bake:${each}`;
			t.is(await done(docker, ['run', '--rm', image, 'cat', '/base', '/each']), `no secret\n${each}`);
			return JSON.parse(
				await done(docker, ['image', 'inspect', '-f', '{{json .RootFS.Layers}}', image]),
			) as readonly string[];
		});
		return Promise.all(shown);
	};

	const expected = await by('');
	const found = await by(OFF);
	const judged = await by(FRONTEND);

	t.deepEqual(found, expected);
	t.deepEqual(
		judged.map((layers, at) => layers.slice(0, 2).join() === expected[at]?.slice(0, 2).join()),
		[true, true],
	);
});

test('the API builds an archive without buildx', async t => {
	const {engine} = await graph;
	const docker = await graph;
	const tag = 'sallyport-test/around-api';
	const idOf = (): Promise<string> => done(docker, ['image', 'inspect', '-f', '{{.Id}}', tag]);
	t.teardown(() => docker(['image', 'rm', '-f', tag]));
	const by = async (syntax: string, more = ''): Promise<string> => {
		const tar = pack();
		tar.entry(
			{name: 'Dockerfile', mtime: new Date(0)},
			`FROM ${ALPINE}\nCOPY a /a\nRUN cat /a > /b\n${more}`,
		);
		tar.entry({name: 'a', mtime: new Date(0)}, 'a\n');
		tar.finalize();
		const buildargs = JSON.stringify(syntax === '' ? {} : {BUILDKIT_SYNTAX: syntax});
		return post(
			engine.host,
			`/build?${new URLSearchParams({version: '2', t: tag, buildargs})}`,
			await buffer(tar),
		);
	};

	t.regex(await by(''), /"moby\.image\.id"/);
	const expected = await idOf();
	t.regex(await by(OFF), /"moby\.image\.id"/);
	t.is(await idOf(), expected);
	t.regex(await by(FRONTEND), /"moby\.image\.id"/);
	t.not(await idOf(), expected);

	const error = /"error":"[^"]*COPPY/;
	t.regex(await by('', 'COPPY\n'), error);
	t.regex(await by(OFF, 'COPPY\n'), error);
	t.regex(await by(FRONTEND, 'COPPY\n'), error);
});

async function post(host: string, path: string, body: Buffer): Promise<string> {
	const headers = {'content-type': 'application/x-tar', 'content-length': body.length};
	const socketPath = host.replace(/^unix:\/\//, '');
	return new Promise((resolve, reject) => {
		const asked = request({socketPath, path, method: 'POST', headers}, response => resolve(text(response)));
		asked.on('error', reject);
		asked.end(body);
	});
}
