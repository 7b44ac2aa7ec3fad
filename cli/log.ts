import {createPublicKey, type KeyObject} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {isLogged, readBundle, readSigned, type SignedBundle} from '../proto/bundle.ts';
import {ProtoError} from '../proto/error.ts';
import {predicateTypes} from '../proto/statement.ts';
import {readTrustedRoot} from '../proto/trusted-root.ts';
import {CliError} from './error.ts';
import {type Io, lookOf, readRequiredFile} from './io.ts';
import {formatEntry, formatList, formatVerification} from './log-format.ts';
import {replayEntry} from './log-replay.ts';
import {DEFAULT_SERVER, type Fields, type RecordClient, recordClient} from './record-client.ts';
import {type Verification, verifyBundle, verifySigned} from './verify-bundle.ts';

const help = `Usage: sallyport log COMMAND [options]

  list                 entries, newest first
      --container C    id, its first 12 digits or more, or name
      --image I        sha256:… of an image, or its name
      --control C      entries that judged this control; with --outcome O, that ended it so
      --verdict V      pass, fail or incomplete
      --type T         runtime-verification, coverage, build-gate, verification-summary, or a URI
      --since T, --until T   times such as 2026-11-22T05:19:18Z
      --limit N        how many (50, at most 1000)
  get ENTRY            one entry: what was seen, control by control
  bundle ENTRY         its Sigstore bundle, for cosign and for an auditor
  checkpoint           the log's signed checkpoint
  keys --dir DIR       write attestation.pub, log.pub and trusted-root.json there
  verify FILE|ENTRY    check a bundle without a network: signature, log entry, proof, checkpoint
      --key FILE           attestation public key (PEM)
      --trusted-root FILE  the log to trust; not for what "policy attest" signed, which is in no log
      --blob FILE          also: this file is what the statement is about
      --type T             also: the statement is of this type
  replay ENTRY         judge what was seen once more, and say where it comes to something else
      --policy FILE        the bundle as it stood then (baseline)

  --server S           unix:/path or http://host:port [SALLYPORT_SERVER], default ${DEFAULT_SERVER}
  --json               for programs

Exit code: 0 fine, 1 not authentic or the log is broken, 2 wrong usage or bad input.
`;

const options = {
	server: {type: 'string'},
	json: {type: 'boolean', default: false},
	help: {type: 'boolean', default: false},
	container: {type: 'string'},
	image: {type: 'string'},
	control: {type: 'string'},
	outcome: {type: 'string'},
	verdict: {type: 'string'},
	type: {type: 'string'},
	since: {type: 'string'},
	until: {type: 'string'},
	limit: {type: 'string'},
	dir: {type: 'string'},
	key: {type: 'string'},
	'trusted-root': {type: 'string'},
	blob: {type: 'string'},
	policy: {type: 'string'},
} as const;

type Values = ReturnType<typeof parseArgs<{options: typeof options}>>['values'];

interface Request {
	readonly operand: string | undefined;
	readonly values: Values;
	readonly ask: RecordClient;
	readonly io: Io;
}

interface Command {
	readonly takes: readonly (keyof typeof options)[];
	readonly run: (request: Request) => Promise<number>;
}

const commands: Readonly<Record<string, Command>> = {
	list: {
		takes: ['container', 'image', 'control', 'outcome', 'verdict', 'type', 'since', 'until', 'limit'],
		run: list,
	},
	get: {takes: [], run: get},
	bundle: {takes: [], run: bundle},
	checkpoint: {takes: [], run: checkpoint},
	keys: {takes: ['dir'], run: keys},
	verify: {takes: ['key', 'trusted-root', 'blob', 'type'], run: verify},
	replay: {takes: ['policy'], run: again},
};

/**
 * `sallyport log …`: asks the daemon for its record, and checks what it hands out.
 * @throws {CliError} for wrong usage, a daemon that does not answer, and files that can't be read
 */
export async function runLog(argv: readonly string[], io: Io): Promise<number> {
	const {values, positionals} = parseArgs({args: [...argv], options, allowPositionals: true, strict: true});
	const [name, operand, ...more] = positionals;
	if (values.help || name === undefined) {
		(values.help ? io.stdout : io.stderr).write(help);
		return values.help ? 0 : 2;
	}

	const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
	if (command === undefined || more.length > 0) {
		throw usage(`log has ${Object.keys(commands).join(', ')}; see "sallyport log --help"`);
	}

	const general = ['server', 'json', 'help'];
	const stray = Object.keys(values).find(
		key => !general.includes(key) && !command.takes.some(taken => taken === key),
	);
	if (stray !== undefined) {
		throw usage(`log ${name} has no option --${stray}; see "sallyport log --help"`);
	}

	const server = values.server ?? (io.env['SALLYPORT_SERVER'] || DEFAULT_SERVER);
	return command.run({operand, values, ask: recordClient(server), io});
}

async function list({values, ask, io}: Request): Promise<number> {
	const {container, image, control, outcome, verdict, type, since, until, limit} = values;
	const asked = {
		container,
		image,
		control,
		outcome,
		verdict,
		since,
		until,
		predicate_type: type,
		page_size: limit,
	};
	const given = Object.entries(asked).filter(pair => pair[1] !== undefined) as [string, string][];
	const answer = await ask(`/v1/entries?${new URLSearchParams(given)}`);
	io.stdout.write(values.json ? jsonOf(answer) : formatList(answer, lookOf(io)));
	return exitOf(answer);
}

async function get({operand, values, ask, io}: Request): Promise<number> {
	const answer = await ask(`/v1/entries/${entryIn(operand, 'get')}`);
	io.stdout.write(values.json ? jsonOf(answer) : formatEntry(answer, lookOf(io)));
	return exitOf(answer);
}

async function again({operand, values: {policy, json}, ask, io}: Request): Promise<number> {
	return replayEntry(await ask(`/v1/entries/${entryIn(operand, 'replay')}`), {policy, json}, io);
}

async function bundle({operand, ask, io}: Request): Promise<number> {
	io.stdout.write(jsonOf(await ask(`/v1/entries/${entryIn(operand, 'bundle')}/bundle`)));
	return 0;
}

async function checkpoint({values, ask, io}: Request): Promise<number> {
	const answer = await ask('/v1/log/checkpoint');
	io.stdout.write(values.json ? jsonOf(answer) : String(answer['note']));
	return exitOf(answer);
}

async function keys({values, ask, io}: Request): Promise<number> {
	const {dir} = values;
	if (dir === undefined) {
		throw usage('log keys writes files: name their folder with --dir');
	}

	const {keys: found} = await ask('/v1/keys');
	const pems = new Map<string, string>();
	for (const {use, pem} of Array.isArray(found) ? found : []) {
		pems.set(String(use), (pems.get(String(use)) ?? '') + String(pem));
	}

	const files = {
		'attestation.pub': pems.get('attestation') ?? '',
		'log.pub': pems.get('log') ?? '',
		'trusted-root.json': jsonOf(await ask('/v1/trusted-root')),
	};
	try {
		await mkdir(dir, {recursive: true});
		for (const [name, text] of Object.entries(files)) {
			await writeFile(join(dir, name), text);
		}
	} catch (cause) {
		throw new CliError('CLI_CANNOT_WRITE', `${dir} can't be written to; name another folder`, {cause});
	}

	io.stdout.write(`${Object.keys(files).join(', ')} written to ${dir}\n`);
	return 0;
}

async function verify({operand, values, ask, io}: Request): Promise<number> {
	const {key, 'trusted-root': root, blob, type} = values;
	const own = {
		...(blob === undefined ? {} : {blob: await readRequiredFile(blob, MAX_FILE)}),
		...(type === undefined ? {} : {predicateType: fullType(type)}),
	};
	const isAlone = operand !== undefined && key !== undefined && root === undefined;
	const unlogged = isAlone ? await unloggedIn(operand) : undefined;
	if (key !== undefined && unlogged !== undefined) {
		return told(verifySigned(unlogged, {...own, publicKey: keyIn(await fileText(key), key)}), values, io);
	}

	if (operand === undefined || key === undefined || root === undefined) {
		throw usage('log verify needs a bundle and whom to trust: FILE --key FILE --trusted-root FILE');
	}

	const publicKey = keyIn(await fileText(key), key);
	const verified = await asBadInput(async () => {
		const logs = readTrustedRoot(parsed(await fileText(root), root));
		const content = readBundle(
			isEntry(operand) ? await ask(`/v1/entries/${operand}/bundle`) : await bundleIn(operand),
		);
		return verifyBundle(content, {publicKey, logs, ...own});
	});
	return told(verified, values, io);
}

function told(verified: Verification, {json}: Values, io: Io): number {
	io.stdout.write(json ? jsonOf(verified) : formatVerification(verified, lookOf(io)));
	return verified.passed ? 0 : 1;
}

/** What `policy attest` writes is in no log, so there is none to be trusted for it. */
async function unloggedIn(operand: string): Promise<SignedBundle | undefined> {
	return isEntry(operand)
		? undefined
		: asBadInput(async () => {
				const value = await bundleIn(operand);
				return isLogged(value) ? undefined : readSigned(value);
			});
}

async function bundleIn(file: string): Promise<unknown> {
	return parsed(await fileText(file), file);
}

/** What isn't a bundle or a trusted root is a mistake of who named it, not a record that was forged. */
async function asBadInput<T>(work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (cause) {
		throw cause instanceof ProtoError ? new CliError('CLI_BAD_INPUT', cause.message, {cause}) : cause;
	}
}

function keyIn(pem: string, file: string): KeyObject {
	try {
		// A private key would do as well, and should not be lying where it is used like this.
		if (pem.includes('PRIVATE KEY')) {
			throw new TypeError('It is a private key');
		}

		return createPublicKey(pem);
	} catch (cause) {
		throw new CliError('CLI_BAD_INPUT', `${file} is not a public key in PEM (BEGIN PUBLIC KEY)`, {cause});
	}
}

const MAX_FILE = 64 * 1024 * 1024;

async function fileText(path: string): Promise<string> {
	return Buffer.from(await readRequiredFile(path, MAX_FILE)).toString();
}

function parsed(text: string, file: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new CliError('CLI_BAD_INPUT', `${file} is not JSON`, {cause});
	}
}

function fullType(type: string): string {
	const ours = Object.values<string>(predicateTypes).find(uri => uri.includes(`/attestation/${type}/`));
	return type === 'verification-summary' ? predicateTypes.verificationSummary : (ours ?? type);
}

function isEntry(text: string): boolean {
	return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}

function entryIn(operand: string | undefined, command: string): string {
	if (operand === undefined || !isEntry(operand)) {
		throw usage(`log ${command} takes the id of an entry, such as "sallyport log list" shows it`);
	}

	return operand;
}

function exitOf(answer: Fields): number {
	const {integrity} = answer as {readonly integrity?: Fields};
	return integrity?.['state'] === 'broken' ? 1 : 0;
}

function jsonOf(value: unknown): string {
	return `${JSON.stringify(value, undefined, 2)}\n`;
}

function usage(message: string): CliError {
	return new CliError('CLI_USAGE', message);
}
