import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Docker, folderOf, openDocker, type Ran} from './helpers/docker.ts';

// Secrets in a build on a real engine: they arrive where they are needed, and are found nowhere afterwards.

const docker: Promise<Docker> = openDocker();
const FRONTEND = process.env['SALLYPORT_TEST_FRONTEND'] ?? 'sallyport/frontend:1';

/** Made up, of no issuer's form, and nowhere else. */
const SECRET = 'zQ7-not-a-real-one-8f41c2d09b';
const sum = createHash('sha256').update(SECRET).digest('hex');

const DOCKERFILE = `# syntax=${FRONTEND}
FROM debian:trixie-slim
ARG REGISTRY_TOKEN
RUN printf %s "$REGISTRY_TOKEN" | sha256sum > /sum
USER 1000:1000
CMD ["cat", "/sum"]
`;
const PROJECT = 'proxy: none\nrules: {no-secret-names: {fix: auto}}\n';

async function built(t: ExecutionContext, folder: string, ...args: readonly string[]): Promise<Ran> {
	const run = await docker;
	const answer = await run(['build', '--progress', 'plain', '-t', imageOf(t), ...args, folder], {
		env: {REGISTRY_TOKEN: SECRET},
	});
	if (answer.code !== 0) {
		throw new Error(answer.stderr);
	}

	return answer;
}

function imageOf({title}: ExecutionContext): string {
	return `sallyport-test/secrets-${createHash('sha256').update(title).digest('hex').slice(0, 12)}`;
}

/** Everything that the image holds and says: configuration, history, layers, labels, our own records. */
async function everything(t: ExecutionContext): Promise<string> {
	const run = await docker;
	const image = imageOf(t);
	const file = join(tmpdir(), `${image.replace('/', '-')}.tar`);
	const said = await Promise.all([
		run(['image', 'inspect', image]),
		run(['history', '--no-trunc', image]),
		run(['image', 'save', '-o', file, image]),
	]);
	return said.map(({stdout}) => stdout).join('\n') + (await readFile(file, 'latin1'));
}

test('an argument that became a secret arrives in its step, and is nowhere in the image or in what the build says', async t => {
	const run = await docker;
	const folder = await folderOf({Dockerfile: DOCKERFILE, '.sallyport.yaml': PROJECT});

	const {stderr} = await built(t, folder, '--no-cache', '--secret', 'id=REGISTRY_TOKEN,env=REGISTRY_TOKEN');

	t.true((await run(['run', '--rm', imageOf(t)])).stdout.startsWith(sum));
	t.false((await everything(t)).includes(SECRET));
	t.false(stderr.includes(SECRET));
	// Whoever builds is told how to, also where all went well.
	t.true(stderr.includes('docker build --secret id=REGISTRY_TOKEN,env=REGISTRY_TOKEN'), stderr);
	await run(['image', 'rm', '-f', imageOf(t)]);
});

test('a build that leaves an argument alone says how it would be passed as a secret', async t => {
	const run = await docker;
	const folder = await folderOf({Dockerfile: DOCKERFILE, '.sallyport.yaml': 'proxy: none\n'});

	const {stderr} = await run(['build', '--build-arg', 'SALLYPORT_SHOW=findings', folder]);

	t.regex(stderr.replaceAll(/\s+/g, ' '), /docker build --secret id=REGISTRY_TOKEN,env=REGISTRY_TOKEN/);
});

test('files of the context are judged by what they hold, and none of it is told', async t => {
	const run = await docker;
	const token = `npm_${'b3K9'.repeat(9)}`;
	const certificate = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(20)}\n-----END CERTIFICATE-----\n`;
	const folder = await folderOf({
		Dockerfile: `# syntax=${FRONTEND}\nFROM debian:trixie-slim\nCOPY . /app/\nUSER 1000:1000\n`,
		'.dockerignore': '.git\n',
		'ca.pem': certificate,
		'.npmrc': 'registry=https://npm.example.com/\n',
		'web/config.json': JSON.stringify({registry: {token}}),
		'big.key': 'x'.repeat(5_000_000),
		'binary.pem': new Uint8Array([0x30, 0x82, 0, 1, 2, 3]),
	});

	const {stderr} = await run(['build', '--build-arg', 'SALLYPORT_SHOW=findings', folder]);
	const said = stderr.replaceAll(/\s+/g, ' ');

	t.regex(said, /web\/config\.json holds an npm token and ends in a layer of the image/);
	t.regex(said, /write the line web\/config\.json into \.dockerignore/);
	t.regex(said, /big\.key is named like a key file/);
	t.regex(said, /binary\.pem is named like a key file/);
	t.notRegex(said, /ca\.pem|\.npmrc (?:is|holds)/);
	t.false(stderr.includes(token));
});

test('a context of thousands of candidates is judged in little time', async t => {
	const run = await docker;
	const many = Array.from({length: 3000}, (_, at) => [
		`certs/${at}.pem`,
		`-----BEGIN X-----\n${'ab'.repeat(2000)}`,
	]);
	const folder = await folderOf({
		Dockerfile: `# syntax=${FRONTEND}\nFROM debian:trixie-slim\nCOPY . /app/\nUSER 1000:1000\n`,
		...(Object.fromEntries(many) as Record<string, string>),
	});
	const started = performance.now();

	const {stderr} = await run(['build', '--build-arg', 'SALLYPORT_SHOW=findings', folder]);

	t.regex(stderr, /nothing was built/);
	t.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
	t.true(performance.now() - started < 60_000);
});

test('credentials on the command line are found before they are in the history', async t => {
	const run = await docker;
	const token = `npm_${'c4L8'.repeat(9)}`;
	const folder = await folderOf({
		Dockerfile: `# syntax=${FRONTEND}\nFROM debian:trixie-slim\nARG SOMETHING\nRUN true\nUSER 1000:1000\n`,
	});

	const {code, stderr} = await run([
		...['build', '--build-arg', `SOMETHING=${token}`, '--label', `deploy=${token}`, '-t', imageOf(t), folder],
	]);

	t.not(code, 0);
	t.regex(stderr, /--build-arg SOMETHING holds an npm token/);
	t.regex(stderr, /--label deploy holds an npm token/);
	t.false(stderr.includes(token));
});
