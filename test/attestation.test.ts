import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {run} from '../cli/main.ts';
import {readBuildGate} from '../proto/build-gate.ts';
import {digestOf} from '../proto/digest.ts';
import {labels, paths} from '../proto/labels.ts';
import {predicateTypes, type Statement} from '../proto/statement.ts';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {hand} from './helpers/hand.ts';

// What is said of an image besides what is in it, on both image stores of a real engine.

const SYNTAX = '# syntax=sallyport/frontend:1\n';
const APPLICATION = `${SYNTAX}FROM debian:bookworm-slim\nUSER 1000:1000\nEXPOSE 3000\nCMD ["true"]\n`;
/** A secret of a known format stops every build; this one is nobody's. */
const STOPPED = `${SYNTAX}FROM debian:bookworm-slim\nENV AWS_KEY=AKIAQ2W3E4R5T6Y7U2I3\nUSER 1000:1000\nCMD ["true"]\n`;
const SPDX = 'https://spdx.dev/Document';
const PROVENANCE = 'https://slsa.dev/provenance/v0.2';

const graphDriver = openDocker();
const containerd = ready();

async function ready(): Promise<Docker> {
	const docker = await openDocker({store: 'containerd'});
	await ensureImages(docker.engine, ['debian:bookworm-slim']);
	await hand(docker.engine, 'sallyport/frontend:1', 'sallyport/proxy-nginx:1');
	return docker;
}

test.after.always(async () => (await containerd).engine.stop());

interface Descriptor {
	readonly digest: string;
	readonly platform?: {readonly os: string; readonly architecture: string};
	readonly annotations?: Readonly<Record<string, string>>;
}

interface Said {
	/** Of the image that it is about. */
	readonly manifest: string;
	readonly statements: readonly Statement[];
}

/** What an OCI layout holds of attestations, by the manifest of the image that they are about. */
function attestationsIn(layout: string): readonly Said[] {
	const blob = (digest: string): Record<string, unknown> =>
		JSON.parse(readFileSync(join(layout, 'blobs', digest.replace(':', '/')), 'utf8')) as Record<
			string,
			unknown
		>;
	const under = (index: Record<string, unknown>): readonly Descriptor[] =>
		((index['manifests'] ?? []) as readonly Descriptor[]).flatMap(each => {
			const content = blob(each.digest);
			return 'manifests' in content ? under(content) : [each];
		});
	const top = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as Record<string, unknown>;
	return under(top).flatMap(({digest, annotations = {}}) => {
		const manifest = annotations['vnd.docker.reference.digest'];
		const {layers} = blob(digest) as {layers?: readonly Descriptor[]};
		return manifest === undefined
			? []
			: [{manifest, statements: (layers ?? []).map(layer => blob(layer.digest) as unknown as Statement)}];
	});
}

const typesOf = ({statements}: Said): readonly string[] =>
	statements.map(({predicateType}) => predicateType).toSorted();

/** Builds and unpacks what is exported. */
async function layoutOf(docker: Docker, context: string, ...args: readonly string[]): Promise<string> {
	const layout = await folderOf({});
	// Without a name BuildKit says of its statements that they are about nothing.
	const to = `type=oci,tar=false,name=sallyport-test/layout,dest=${layout}`;
	const {code, stderr} = await docker(['build', '-o', to, ...args, context]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return layout;
}

async function savedOf(docker: Docker, name: string): Promise<string> {
	const layout = await folderOf({});
	await docker(['image', 'save', '-o', join(layout, 'image.tar'), name]);
	const {spawnSync} = await import('node:child_process');
	spawnSync('tar', ['-xf', join(layout, 'image.tar'), '-C', layout]);
	return layout;
}

async function fileIn(docker: Docker, image: string, path: string): Promise<string> {
	const {stdout} = await docker(['run', '--rm', '--entrypoint', 'cat', image, path]);
	return stdout;
}

test('an image in a store with indexes has the build attestation and the list of what was put in beside it', async t => {
	const docker = await containerd;
	const name = 'sallyport-test/attested';
	t.teardown(() => docker(['image', 'rm', '-f', name]));

	const {code, stderr} = await docker(['build', '-t', name, await folderOf({Dockerfile: APPLICATION})]);

	t.is(code, 0, stderr);
	const [said, ...more] = attestationsIn(await savedOf(docker, name));
	t.deepEqual(more, []);
	// BuildKit's own provenance, which buildx asks for where it can be kept, is still there.
	t.deepEqual(
		said === undefined ? [] : typesOf(said),
		[predicateTypes.buildGate, PROVENANCE, SPDX].toSorted(),
	);
	const gate = said?.statements.find(({predicateType}) => predicateType === predicateTypes.buildGate);
	t.deepEqual(
		gate?.subject.map(({digest}) => `sha256:${digest['sha256']}`),
		[said?.manifest],
	);
	const read = gate === undefined ? t.fail() : readBuildGate(gate);
	t.is(read.record, digestOf(await fileIn(docker, name, paths.buildRecord)));
	t.is(read.contract, digestOf(await fileIn(docker, name, paths.contract)));
	t.is(read.verdict, 'pass');
	t.is(read.recorded?.proxy?.trees?.[0]?.platform, 'linux/amd64');
	t.is(read.recorded?.proxy?.trees?.[0]?.layers.length, 1);
	const sbom = said?.statements.find(({predicateType}) => predicateType === SPDX);
	t.regex(JSON.stringify(sbom?.predicate['packages']), /nginx/);
});

test('each platform of an image has its own', async t => {
	const docker = await containerd;
	const folder = await folderOf({Dockerfile: `${SYNTAX}FROM scratch\nCOPY x /x\nUSER 1000:1000\n`, x: ''});

	const layout = await layoutOf(
		docker,
		folder,
		'--platform=linux/amd64,linux/arm64',
		'--provenance=false',
		'--build-arg=SALLYPORT_ATTEST=index',
	);

	const all = attestationsIn(layout);
	t.is(all.length, 2);
	t.is(new Set(all.map(({manifest}) => manifest)).size, 2);
	for (const said of all) {
		t.deepEqual(typesOf(said), [predicateTypes.buildGate]);
		t.deepEqual(
			said.statements[0]?.subject.map(({digest}) => `sha256:${digest['sha256']}`),
			[said.manifest],
		);
	}
});

test('no archive becomes an index for its sake, unless that is asked for; and the same build says the same', async t => {
	const docker = await containerd;
	const folder = await folderOf({Dockerfile: APPLICATION});
	const plain = ['--provenance=false'];
	const asked = [...plain, '--build-arg=SALLYPORT_ATTEST=index'];

	const [usual, wanted, again] = await Promise.all([
		layoutOf(docker, folder, ...plain),
		layoutOf(docker, folder, ...asked),
		layoutOf(docker, folder, ...asked),
	]);

	t.deepEqual(attestationsIn(usual), []);
	t.deepEqual(attestationsIn(wanted).map(typesOf), [[predicateTypes.buildGate, SPDX].toSorted()]);
	t.deepEqual(attestationsIn(again), attestationsIn(wanted));
});

test('with SALLYPORT_ATTEST=none nothing is attached, and the record is in the image all the same', async t => {
	const docker = await containerd;
	const name = 'sallyport-test/unattested';
	t.teardown(() => docker(['image', 'rm', '-f', name]));
	const folder = await folderOf({Dockerfile: APPLICATION});

	await docker(['build', '-t', name, '--provenance=false', '--build-arg=SALLYPORT_ATTEST=none', folder]);

	t.deepEqual(attestationsIn(await savedOf(docker, name)), []);
	t.regex(await fileIn(docker, name, paths.buildRecord), /"verdict":"pass"/);
});

test('a store without indexes says that it keeps none, and a folder gets them as files', async t => {
	const docker = await graphDriver;
	const folder = await folderOf({Dockerfile: APPLICATION});
	const dest = await folderOf({});
	const name = 'sallyport-test/dropped';
	t.teardown(() => docker(['image', 'rm', '-f', name]));

	const stored = await docker(['build', '-t', name, '--build-arg=SALLYPORT_ATTEST=index', folder]);
	const exported = await docker(['build', '-o', dest, '--build-arg=SALLYPORT_ATTEST=index', folder]);
	const unknown = await docker(['build', '--build-arg=SALLYPORT_ATTEST=sometimes', folder]);
	const withScripts = await folderOf({});
	const counted = await folderOf({
		Dockerfile: APPLICATION,
		'.sallyport.yaml': 'listeners: {metrics: 9100}\n',
	});
	const scripted = await docker(['build', '-o', withScripts, '--build-arg=SALLYPORT_ATTEST=index', counted]);

	t.is(stored.code, 0, stored.stderr);
	t.regex(stored.stderr, /this engine's image store keeps no attestations/);
	t.is(exported.code, 0, exported.stderr);
	t.true(existsSync(join(dest, 'sallyport-build-gate.json')), readdirSync(dest).join(' '));
	t.true(existsSync(join(dest, 'sallyport-proxy.spdx.json')));
	t.false(
		existsSync(join(dest, 'sallyport-scripting.spdx.json')),
		'this plan has no script, and what runs them is left out',
	);
	t.is(scripted.code, 0, scripted.stderr);
	t.regex(readFileSync(join(withScripts, 'sallyport-scripting.spdx.json'), 'utf8'), /libnginx-mod-http-js/);
	t.true(existsSync(join(withScripts, 'sallyport-proxy.spdx.json')));
	t.regex(
		unknown.stderr,
		/SALLYPORT_ATTEST="sometimes" means nothing here; it is one of inline, index, none/,
	);
});

test('break-glass builds what findings stop, says so, marks the image, and passes nowhere', async t => {
	const docker = await graphDriver;
	const name = 'sallyport-test/bypassed';
	const child = 'sallyport-test/child-of-bypassed';
	t.teardown(() => docker(['image', 'rm', '-f', child, name]));
	const folder = await folderOf({Dockerfile: STOPPED});
	const ticket = '--build-arg=SALLYPORT_BYPASS=OPS-4711';
	const labelOf = async (image: string): Promise<string> =>
		(
			await docker(['image', 'inspect', '-f', `{{index .Config.Labels "${labels.bypass}"}}`, image])
		).stdout.trim();

	const denied = await docker(['build', folder]);
	const built = await docker(['build', '-t', name, ticket, folder]);

	t.not(denied.code, 0);
	t.notRegex(denied.stderr, /BYPASS/);
	t.is(built.code, 0, built.stderr);
	t.regex(built.stderr, /BREAK-GLASS OPS-4711: one finding that stops builds was passed over/);
	t.regex(built.stderr, /no-literal-credentials: ENV AWS_KEY holds an AWS access key id/);
	t.is(await labelOf(name), 'OPS-4711');
	const record = JSON.parse(await fileIn(docker, name, paths.buildRecord)) as Record<string, unknown>;
	t.deepEqual(record['bypass'], {ticket: 'OPS-4711'});
	t.is(record['verdict'], 'fail');

	const attested = await attest(docker, name, t.title);
	t.is(attested.code, 1, attested.err);
	t.regex(attested.err, /built by break-glass for OPS-4711/);

	// The label tells of one build: what is made of such an image in the ordinary way does not inherit it.
	const clean = await folderOf({Dockerfile: `${SYNTAX}FROM ${name}\nUSER 1000:1000\nCMD ["true"]\n`});
	await docker(['build', '-t', child, clean]);
	t.is(await labelOf(child), '');
	t.regex(await fileIn(docker, child, paths.buildRecord), /"bases":\[\{[^}]*"ticket":"OPS-4711"/);
});

test('no ticket helps where the policy forbids it or there is nothing to build, and a secret is not repeated', async t => {
	const docker = await graphDriver;
	const folder = await folderOf({Dockerfile: STOPPED});
	const broken = await folderOf({
		Dockerfile: `${SYNTAX}FROM debian:bookworm-slim\nEXPOSE 3000\nUSER 1000\nCMD ["true"]\n`,
		'.sallyport.yaml': 'facts: {port: 3000}\nlisteners: {https: 9000, redirect: 9000}\n',
	});
	const tokenLike = 'q7Rk2mZx9Lw4Tn8Vb3Yc';
	const by = (ticket: string): readonly string[] => ['build', `--build-arg=SALLYPORT_BYPASS=${ticket}`];

	const [forbidden, impossible, secret, unneeded] = await Promise.all([
		docker([...by('OPS-4711'), '--build-arg=SALLYPORT_POLICY=soc2-strict', folder]),
		docker([...by('OPS-4711'), broken]),
		docker([...by(tokenLike), folder]),
		docker([...by('OPS-4711'), await folderOf({Dockerfile: APPLICATION})]),
	]);

	t.regex(forbidden.stderr, /SALLYPORT_BYPASS does not help: the policy soc2-strict allows no break-glass/);
	t.not(impossible.code, 0);
	t.regex(impossible.stderr, /SALLYPORT_BYPASS does not help: no ticket makes up for this/);
	t.not(secret.code, 0);
	t.regex(secret.stderr, /SALLYPORT_BYPASS looks like a secret, and is not repeated here/);
	t.false(secret.stderr.includes(tokenLike));
	t.is(unneeded.code, 0, unneeded.stderr);
	t.regex(unneeded.stderr, /SALLYPORT_BYPASS=OPS-4711 was not needed/);
});

test('a release job signs an image that the engine has, in either store', async t => {
	for (const [at, docker] of [await graphDriver, await containerd].entries()) {
		const name = `sallyport-test/released-${at}`;
		t.teardown(() => docker(['image', 'rm', '-f', name]));
		await docker(['build', '-t', name, await folderOf({Dockerfile: APPLICATION})]);
		const {stdout: id} = await docker(['image', 'inspect', '-f', '{{.Id}}', name]);

		const {code, out, err} = await attest(docker, name, `${t.title} ${at}`);

		t.is(code, 0, err);
		const {dsseEnvelope} = JSON.parse(out) as {readonly dsseEnvelope: {readonly payload: string}};
		const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as Statement;
		t.is(`sha256:${statement.subject[0]?.digest['sha256']}`, id.trim());
		const {stdout: left} = await docker(['ps', '-aq', '--filter', `ancestor=${name}`]);
		t.is(left.trim(), '', 'what was made to read the image is gone');
	}
});

test('an image of another frontend, and one that there is not, are refused in one sentence', async t => {
	const docker = await graphDriver;

	const foreign = await attest(docker, 'debian:bookworm-slim', t.title);
	const absent = await attest(docker, 'sallyport-test/there-is-none:1', t.title);

	t.is(foreign.code, 2);
	t.regex(foreign.err, /debian:bookworm-slim has not the label dev\.sallyport\.contract/);
	t.is(absent.code, 2);
	t.regex(absent.err, /has no image sallyport-test\/there-is-none:1/);
});

/** `sallyport policy attest`, with a key of its own. */
async function attest(
	{engine}: Docker,
	image: string,
	title: string,
): Promise<{readonly code: number; readonly out: string; readonly err: string}> {
	let [out, err] = ['', ''];
	const io = {
		env: {DOCKER_HOST: engine.host},
		stdout: {write: (text: string) => (out += text)},
		stderr: {write: (text: string) => (err += text)},
	};
	const folder = await folderOf({[title.slice(0, 20)]: ''});
	await run(['keys', 'new', '--name', 'ci', '--out', folder], io);
	out = '';
	const code = await run(['policy', 'attest', image, '--key', join(folder, 'ci.key')], io);
	return {code, out, err};
}
