import {writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {setOf} from '../daemon/attest.ts';
import {buildStatementOf} from '../daemon/build-gate.ts';
import type {Bundle} from '../policies/bundle.ts';
import type {BuildGate} from '../proto/build-gate.ts';
import {signedBundleOf} from '../proto/bundle.ts';
import {canonicalJson} from '../proto/canonical-json.ts';
import {digestOf} from '../proto/digest.ts';
import {type Envelope, envelopeBytes, type Signer, seal} from '../proto/envelope.ts';
import type {Statement} from '../proto/statement.ts';
import {summaryOf} from '../proto/verification-summary.ts';
import {readFromArchive} from './archive-image.ts';
import {builtImageOf, type ImageFiles} from './built-image.ts';
import {readFromEngine} from './engine-image.ts';
import {CliError} from './error.ts';
import type {Io} from './io.ts';
import {readSigner} from './key-files.ts';
import {bundleAt, operandOf, requiredOption} from './policy-files.ts';

const help = `Usage: sallyport policy attest IMAGE --key KEY [options]

For a release job: reads what the build gate left in an image, judges it under the policy as the daemon does, and signs the outcome
as a build attestation (in-toto, in a Sigstore bundle that cosign takes). IMAGE is what an engine calls it, or the path of an OCI
layout or of what "docker save" wrote, which begins with / or ./ or ends in .tar. Attest after the push: then the digest in the
registry is named too.

  --key FILE           the private key, as "sallyport keys new" makes it
  --policy BUNDLE      by what it is judged: a bundle's name or file (baseline)
  --output FILE        where the bundle goes (standard output)
  --summary FILE       also: SLSA's verification summary of it, in a bundle of its own
  --name NAME          what the image is called in the statement (as it was asked for)
  --allow-fail         sign also what did not pass; the statement says so
  --docker-host HOST   the engine [DOCKER_HOST]

Exit 0: signed. 1: it did not pass, and nothing was signed. 2: wrong usage or bad input.
`;

const text = {type: 'string'} as const;
const options = {
	key: text,
	policy: {type: 'string', default: 'baseline'},
	output: text,
	summary: text,
	name: text,
	'allow-fail': {type: 'boolean', default: false},
	'docker-host': text,
	help: {type: 'boolean', short: 'h', default: false},
} as const;

/** `sallyport policy attest`. @throws for wrong usage, a bad key, and an image that cannot be attested */
export async function attestImage(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], allowPositionals: true, options});
	if (values.help) {
		io.stdout.write(help);
		return 0;
	}

	const operand = operandOf('attest', positionals, 'one image');
	const signer = await readSigner(requiredOption('key', values.key, 'the file of a private key'));
	const now = new Date();
	const bundle = await bundleAt(values.policy, now);
	const host = values['docker-host'] ?? (io.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock');
	const found = isPath(operand) ? await readFromArchive(operand) : await readFromEngine(operand, host);
	const image = values.name === undefined ? found : renamed(found, values.name);
	const statement = buildStatementOf(builtImageOf(image), bundle, {policy: referenceOf(bundle)}, now);
	const {verdict} = statement.predicate;
	if (verdict !== 'pass' && !values['allow-fail']) {
		io.stderr.write(
			`${image.name} did not pass the policy ${bundle.name} (${verdict}); nothing was signed\n`,
		);
		io.stderr.write(reasonsOf(statement));
		return 1;
	}

	const envelope = await seal(statement, signer);
	await put(bundleText(envelope, signer), values.output, io);
	if (values.summary !== undefined) {
		const parts = {envelope: digestOf(envelopeBytes(envelope)), image: image.name, at: now};
		await put(bundleText(await seal(summaryOf(statement, parts), signer), signer), values.summary, io);
	}

	io.stderr.write(`${image.name}: ${verdict} under ${bundle.name}, signed about ${subjectsIn(statement)}\n`);
	return 0;
}

function isPath(operand: string): boolean {
	return /^\.{0,2}\//.test(operand) || operand.endsWith('.tar');
}

/** The first subject bears the name by which the image is known; the others say what they are. */
function renamed(image: ImageFiles, name: string): ImageFiles {
	if (!/^[\x21-\x7e]{1,255}$/.test(name)) {
		throw new CliError('CLI_USAGE', '--name is the name of an image, such as registry.example/app:1.2');
	}

	return {
		...image,
		name,
		subjects: image.subjects.map((each, at) => ({...each, name: at === 0 ? name : each.name})),
	};
}

function referenceOf({name, version, document}: Bundle): BuildGate['policy'] {
	return {name, version, digest: setOf(digestOf(canonicalJson(document)))};
}

function reasonsOf({predicate: {checks, build}}: Statement<BuildGate>): string {
	const open = checks.filter(
		({result, level}) => level === 'error' && /^(?:fail|error|not-evaluated)$/.test(result),
	);
	const lines = open.map(({control, result, message = ''}) => `  ${result} ${control}: ${message}`);
	const ticket = build.bypass === undefined ? [] : [`  built by break-glass for ${build.bypass.ticket}`];
	return [...ticket, ...lines, ''].join('\n');
}

function subjectsIn({subject}: Statement<BuildGate>): string {
	return subject.map(({digest: {sha256}}) => `sha256:${sha256}`).join(', ');
}

function bundleText(envelope: Envelope, {publicKey}: Signer): string {
	return `${JSON.stringify(signedBundleOf(envelope, publicKey))}\n`;
}

async function put(content: string, path: string | undefined, io: Io): Promise<void> {
	if (path === undefined) {
		io.stdout.write(content);
		return;
	}

	try {
		await writeFile(path, content);
	} catch (cause) {
		throw new CliError('CLI_CANNOT_WRITE', `${path} cannot be written; name another file`, {cause});
	}
}
