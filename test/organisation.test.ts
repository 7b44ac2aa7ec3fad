import {randomBytes} from 'node:crypto';
import {writeFile} from 'node:fs/promises';
import test from 'ava';
import {labels} from '../proto/labels.ts';
import {documentDigest} from '../proto/signed-document.ts';
import {ensureImages} from './engine/images.ts';
import {builtIn, bundleFrom} from './helpers/bundle.ts';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';
import {hand} from './helpers/hand.ts';
import {approvalOf, handOf, signedFiles, trustFiles, waiverOf} from './helpers/policy-documents.ts';
import {typed} from './helpers/typed.ts';

// An organisation's own frontend image on a real engine, made as docs/policy.md says.

const docker: Promise<Docker> = openDocker();
const lee = handOf('lee@example.test');
const dana = handOf('dana@example.test');
const sam = handOf('sam@example.test');
const people = {author: lee.person, approver: dana.person};
const stamp = randomBytes(4).toString('hex');

const bundleText = `apiVersion: sallyport.dev/v1
kind: PolicyBundle
metadata: {name: acme, version: 1.0.0, owner: security@example.test}
spec:
  extends: [{name: baseline, digest: "${documentDigest(builtIn('baseline').document)}"}]
  approval: {required: true}
  rules:
    base-no-mutable-tag: {enforcement: error}
    gov-policy-approved: {enforcement: error}
    gov-waivers-valid: {enforcement: error, tiers: {requested: warn}}
  own:
    - id: x-no-netcat
      title: No netcat in images
      severity: high
      enforcement: error
      control: image-multi-stage-clean
      message: Nobody needs netcat in production, so leave it out.
      match: {instruction: RUN, word: "netcat*"}
`;

/** How long before and after now, as documents write it. */
function inDays(days: number): string {
	return `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
}

interface Policies {
	readonly bundle?: string;
	readonly isApproved?: boolean;
	readonly waivers?: Readonly<Record<string, string>>;
}

/** The files of an organisation, as they stand in its repository. */
async function policiesOf({bundle = bundleText, isApproved = true, waivers = {}}: Policies) {
	const dates = {approvedAt: inDays(-10), effectiveFrom: inDays(-9), reviewBy: inDays(300)};
	const approval = await signedFiles('acme', approvalOf(bundleFrom(bundleText), people, dates), dana);
	const keys = trustFiles(
		[
			[lee, ['policy-author']],
			[dana, ['policy-approver']],
			[sam, ['waiver-approver']],
		],
		['acme'],
	);
	const below = (folder: string, files: Readonly<Record<string, string>>) =>
		Object.entries(files).map(([name, text]) => [`policies/${folder}/${name}`, text] as const);
	return Object.fromEntries([
		...below('bundles', {'acme.yaml': bundle}),
		...below('keys', keys),
		...below('approvals', isApproved ? approval : {}),
		...below('waivers', waivers),
	]);
}

/** Builds the organisation's image. */
async function frontendOf(name: string, policies: Policies, on: Promise<Docker> = docker): Promise<string> {
	const run = await on;
	const image = `sallyport-test/${name}-${stamp}:1`;
	const folder = await folderOf({
		Dockerfile: 'FROM sallyport/frontend:1\nCOPY policies/ /sallyport/policies/\n',
		...(await policiesOf(policies)),
	});
	const {code, stderr} = await run(['build', '-q', '-t', image, folder]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	return image;
}

interface Building {
	readonly args?: readonly string[];
	readonly on?: Promise<Docker>;
	readonly env?: Readonly<Record<string, string>>;
}

async function buildWith(
	image: string,
	dockerfile: string,
	files: Readonly<Record<string, string>> = {},
	{args = [], on = docker, env = {}}: Building = {},
): Promise<Ran> {
	const run = await on;
	const folder = await folderOf({Dockerfile: `# syntax=${image}\n${dockerfile}`, ...files});
	return run(['build', '--progress=plain', '-t', `sallyport-test/made-${stamp}`, ...args, folder], {env});
}

const PLAIN = 'FROM debian:bookworm-slim\nUSER 1000:1000\nCMD ["true"]\n';
const LATEST = `FROM sallyport-test/moving-${stamp}:latest\nLABEL org.opencontainers.image.title=legacy-edge\nUSER 1000:1000\nCMD ["true"]\n`;

test.before(async () => {
	const run = await docker;
	const made = await run(['build', '-t', `sallyport-test/moving-${stamp}:latest`, '-'], {
		input: 'FROM debian:bookworm-slim\n',
	});
	if (made.code !== 0) {
		throw new Error(made.stderr);
	}
});

test.after.always(async () => {
	const run = await docker;
	const {stdout} = await run(['images', '-q', '--filter', `reference=sallyport-test/*-${stamp}`]);
	const ids = [...new Set(stdout.split('\n').filter(Boolean))];
	await run(['rmi', '-f', ...ids]);
});

test('the organisation’s approved bundle judges every build with its image, and its own rules do', async t => {
	const image = await frontendOf('approved', {});

	const fine = await buildWith(image, PLAIN);
	t.is(fine.code, 0, fine.stderr);
	const run = await docker;
	const {stdout} = await run(['image', 'inspect', `sallyport-test/made-${stamp}`]);
	const [made] = JSON.parse(stdout) as readonly {
		readonly Config: {readonly Labels: Record<string, string>};
	}[];
	const digest = documentDigest(bundleFrom(bundleText).document);
	t.is(made?.Config.Labels[labels.policy], `acme@${digest}`);

	const netcat = await buildWith(image, 'FROM debian:bookworm-slim\nRUN apt-get install -y netcat-openbsd\n');
	t.not(netcat.code, 0);
	t.regex(netcat.stderr, /policy acme: .*stops? this build/);
	t.regex(netcat.stderr, /Dockerfile:3 x-no-netcat: Nobody needs netcat/);

	const other = await buildWith(image, PLAIN, {}, {args: ['--build-arg', 'SALLYPORT_POLICY=baseline']});
	t.regex(
		other.stderr,
		/"baseline" is not a policy that this frontend's image lets a build choose; it has acme/,
	);
	const chosen = await buildWith(image, PLAIN, {'.sallyport.yaml': 'policy: baseline\n'});
	t.regex(chosen.stderr, /lets a build choose; it has acme/);
});

test('without its approval, or changed after it, the bundle stops every build', async t => {
	const unapproved = await buildWith(await frontendOf('unapproved', {isApproved: false}), PLAIN);
	t.not(unapproved.code, 0);
	t.regex(unapproved.stderr, /approved-policy: The policy acme has no approval beside it/);

	const bundle = bundleText.replace('base-no-mutable-tag: {enforcement: error}', 'base-no-mutable-tag: {}');
	t.not(bundle, bundleText);
	const tampered = await buildWith(await frontendOf('tampered', {bundle}), PLAIN);
	t.not(tampered.code, 0);
	t.regex(tampered.stderr, /approved-policy: The policy acme is not the one that was approved/);
});

test('soc2 as it comes judges nobody until somebody approves it', async t => {
	const run = await docker;
	const folder = await folderOf({Dockerfile: `# syntax=sallyport/frontend:1\n${PLAIN}`});

	const {code, stderr} = await run(['build', '--build-arg', 'SALLYPORT_POLICY=soc2', folder]);

	t.not(code, 0);
	t.regex(
		stderr,
		/approved-policy: The policy soc2 judges only when it is approved, and this frontend's image has no/,
	);
});

test('a waiver in the image waives, and one that ran out counts for nothing and is told', async t => {
	const scope = {services: ['legacy-edge']};
	const compensating = [{description: 'It runs as nobody in particular', rule: 'image-user-non-root'}];
	const holding = {scope, compensating, effectiveFrom: inDays(-2), expiresAt: inDays(30)};
	const past = {scope, compensating, effectiveFrom: inDays(-40), expiresAt: inDays(-1)};
	const valid = await frontendOf('waived', {waivers: await signedFiles('w', waiverOf(holding), sam)});
	const expired = await frontendOf('expired', {waivers: await signedFiles('w', waiverOf(past), sam)});
	const forged = await frontendOf('forged', {waivers: await signedFiles('w', waiverOf(holding), lee)});
	const none = await frontendOf('unwaived', {});

	t.regex((await buildWith(none, LATEST)).stderr, /Dockerfile:2 no-latest-tag: /);
	const waived = await buildWith(valid, LATEST);
	t.is(waived.code, 0, waived.stderr);
	const other = await buildWith(valid, LATEST.replace('legacy-edge', 'new-edge'));
	t.regex(other.stderr, /Dockerfile:2 no-latest-tag: /);
	const late = await buildWith(expired, LATEST);
	t.not(late.code, 0);
	t.regex(late.stderr, /no-latest-tag: /);
	t.regex(late.stderr, /valid-exceptions: The waiver W-2027-014 of base-no-mutable-tag ran out on /);
	const unsigned = await buildWith(forged, LATEST);
	t.regex(
		unsigned.stderr,
		/W-2027-014 .* does not count: the key key-0 .* does not have the role waiver-approver/,
	);
});

test('a waiver in the build context is ignored, and the build says why', async t => {
	const image = await frontendOf('context', {});
	const scope = {services: ['legacy-edge']};
	const signed = await signedFiles(
		'waiver',
		waiverOf({scope, effectiveFrom: inDays(-2), expiresAt: inDays(30)}),
		sam,
	);
	const files = Object.fromEntries(
		Object.entries(signed).map(([name, text]) => [`.sallyport/${name}`, text]),
	);

	const refused = await buildWith(image, `${LATEST}COPY . /src\n`, files);
	t.not(refused.code, 0);
	t.regex(refused.stderr, /no-latest-tag: /);
	const built = await buildWith(image, `${PLAIN}COPY . /src\n`, {...files, 'waivers.yaml': 'kind: Waiver\n'});
	t.is(built.code, 0, built.stderr);
	t.regex(built.stderr, /valid-exceptions: "waivers\.yaml" is ignored: .*not read from the build context/);
	t.regex(built.stderr, /valid-exceptions: "\.sallyport\/waiver\.yaml" is ignored/);
});

test('the exported list of approved images holds BuildKit to it, whatever frontend builds', async t => {
	const bundle = bundleText.replace(
		'    base-no-mutable-tag',
		'    base-approved-source: {params: {allow: ["docker.io/library/*"]}}\n    base-no-mutable-tag',
	);
	const folder = await folderOf({'acme.yaml': bundle});
	const {code, out, err} = await typed(['policy', 'export', `${folder}/acme.yaml`, '--source-policy']);
	t.is(code, 0, err);
	await writeFile(`${folder}/source-policy.json`, out);
	const env = {EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: `${folder}/source-policy.json`};
	const run = await docker;
	const build = async (dockerfile: string) => {
		const context = await folderOf({Dockerfile: dockerfile});
		return run(['buildx', 'build', '--progress=plain', '-t', `sallyport-test/made-${stamp}`, context], {env});
	};

	const plain = await build('FROM debian:bookworm-slim\n');
	const ours = await build(`# syntax=sallyport/frontend:1\n${PLAIN}`);
	const other = await build(`FROM sallyport-test/moving-${stamp}:latest\n`);

	t.is(plain.code, 0, plain.stderr);
	t.is(ours.code, 0, ours.stderr);
	t.not(other.code, 0);
	t.regex(other.stderr, /denied by policy/);
});

test('an image of the organisation that is pinned by its digest judges, and another digest does not', async t => {
	// The graph-driver store gives no digest to an image that was never pushed; the containerd store does.
	const on = openDocker({store: 'containerd'});
	const run = await on;
	t.teardown(() => run.engine.stop());
	await ensureImages(run.engine, ['debian:bookworm-slim']);
	await hand(run.engine, 'sallyport/frontend:1');
	const image = await frontendOf('pinned', {}, on);
	const {stdout} = await run(['image', 'inspect', '-f', '{{index .RepoDigests 0}}', image]);
	const [, digest = ''] = stdout.trim().split('@');
	t.regex(digest, /^sha256:[0-9a-f]{64}$/);

	const built = await buildWith(`${image}@${digest}`, PLAIN, {}, {on});
	const netcat = await buildWith(`${image}@${digest}`, `FROM debian:bookworm-slim\nRUN netcat x\n`, {}, {on});
	const wrong = await buildWith(`${image}@sha256:${'0'.repeat(64)}`, PLAIN, {}, {on});

	t.is(built.code, 0, built.stderr);
	t.regex(netcat.stderr, /x-no-netcat: Nobody needs netcat/);
	t.not(wrong.code, 0);
	await run(['rmi', '-f', image, `sallyport-test/made-${stamp}`]);
});
