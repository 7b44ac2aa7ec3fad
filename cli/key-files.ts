import {createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign} from 'node:crypto';
import {mkdir, open, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Signer} from '../proto/envelope.ts';
import {fingerprintOf} from '../proto/signed-document.ts';
import {CliError} from './error.ts';
import {readRequiredFile} from './io.ts';

/** Largest key file that is read: a P-256 key in PEM is a twentieth of it. */
const MAX_KEY_BYTES = 4096;

export interface KeyPair {
	readonly privatePath: string;
	readonly publicPath: string;
	readonly fingerprint: string;
}

/** Makes a key pair and never overwrites one: a lost key is a lost signature. @throws {CliError} CLI_CANNOT_WRITE */
export async function createKeyPair(folder: string, name: string): Promise<KeyPair> {
	const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	const pem = publicKey.export({type: 'spki', format: 'pem'}).toString();
	const privatePath = join(folder, `${name}.key`);
	const publicPath = join(folder, `${name}.pub`);
	await mkdir(folder, {recursive: true});
	await writeNew(privatePath, privateKey.export({type: 'pkcs8', format: 'pem'}).toString(), 0o600);
	try {
		await writeNew(publicPath, pem, 0o644);
	} catch (error) {
		// Half a pair is of no use, and would be in the way of the next one.
		await rm(privatePath, {force: true});
		throw error;
	}

	return {privatePath, publicPath, fingerprint: fingerprintOf(pem) ?? ''};
}

/**
 * The signer of a private key in PKCS#8 PEM.
 * @throws {CliError} CLI_BAD_INPUT for what is no such key, and for one that others may read
 */
export async function readSigner(path: string): Promise<Signer> {
	const bytes = await readRequiredFile(path, MAX_KEY_BYTES);
	// First what it is: nobody should be told to hide a public key.
	const key = privateKeyOf(path, bytes);
	const {mode} = await stat(path);
	if ((mode & 0o077) !== 0) {
		throw new CliError(
			'CLI_BAD_INPUT',
			`${path} may be read by others than its owner; make a new key, or "chmod 600" it if nobody has`,
		);
	}

	return {publicKey: createPublicKey(key), sign: content => sign('sha256', content, key)};
}

function privateKeyOf(path: string, bytes: Uint8Array): KeyObject {
	try {
		const key = createPrivateKey(Buffer.from(bytes));
		if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
			return key;
		}
	} catch {
		// What OpenSSL says about it helps nobody, and might quote it.
	}

	throw new CliError(
		'CLI_BAD_INPUT',
		`${path} is not an ECDSA P-256 private key as "sallyport keys new" makes it`,
	);
}

/** Writes a file that is not there yet. @throws {CliError} CLI_CANNOT_WRITE when it is */
export async function writeNew(path: string, content: string, mode = 0o644): Promise<void> {
	try {
		await using file = await open(path, 'wx', mode);
		await file.writeFile(content);
	} catch (cause) {
		const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
		const why =
			code === 'EEXIST'
				? 'is there already; remove it, or choose another name'
				: `cannot be written (${code})`;
		throw new CliError('CLI_CANNOT_WRITE', `${path} ${why}`, {cause});
	}
}
