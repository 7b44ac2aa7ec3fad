import {createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign} from 'node:crypto';
import {mkdir, open} from 'node:fs/promises';
import {dirname} from 'node:path';
import {promisify} from 'node:util';
import {type LogSigner, logIdOf} from '../../proto/checkpoint.ts';
import {LogError} from './error.ts';

/** Largest key file that is read, in bytes: a P-256 key in PEM is a twentieth of it. */
const MAX_KEY_BYTES = 4096;

/**
 * The ECDSA P-256 private key in a PKCS#8 PEM file, made there at the first use with mode 0600. The attestation key and
 * the log's key are two files: who may sign what was seen must not be who keeps the order of it.
 * @throws {LogError} LOG_BAD_KEY when the file is no such key, or others than its owner may read it
 */
export async function loadOrCreateKey(path: string): Promise<KeyObject> {
	return (await createKey(path)) ?? (await loadKey(path));
}

/** Signs with a key in memory: ECDSA over SHA-256, DER. Serves as the log's signer and as one for envelopes. */
export function signerOf(privateKey: KeyObject): LogSigner {
	const signLater = promisify<string, Uint8Array, KeyObject, Buffer>(sign);
	const publicKey = createPublicKey(privateKey);
	return {
		publicKey,
		logId: logIdOf(publicKey),
		sign: bytes => sign('sha256', bytes, privateKey),
		signInPool: bytes => signLater('sha256', bytes, privateKey),
	};
}

async function createKey(path: string): Promise<KeyObject | undefined> {
	const {privateKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
	try {
		await mkdir(dirname(path), {recursive: true, mode: 0o700});
		// "wx" fails when the file exists, so two starts at once can't write two keys.
		await using file = await open(path, 'wx', 0o600);
		await file.writeFile(privateKey.export({type: 'pkcs8', format: 'pem'}));
		await file.sync();
	} catch (cause) {
		if (hasCode(cause, 'EEXIST')) {
			return undefined;
		}

		throw badKey(path, 'could not be written; the daemon needs a folder it may write to', cause);
	}

	return privateKey;
}

async function loadKey(path: string): Promise<KeyObject> {
	const pem = await readPrivately(path);
	let key: KeyObject;
	try {
		key = createPrivateKey(pem);
	} catch (cause) {
		throw badKey(path, 'is not a private key in PKCS#8 PEM; restore it from its copy', cause);
	}

	if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
		throw badKey(path, 'is not an ECDSA P-256 key, the only kind that cosign takes from a log');
	}

	return key;
}

async function readPrivately(path: string): Promise<Buffer> {
	try {
		await using file = await open(path, 'r');
		const {mode, size} = await file.stat();
		if ((mode & 0o077) !== 0) {
			throw badKey(path, 'may be read by others than its owner; make a new key, or chmod 600 it');
		}

		if (size > MAX_KEY_BYTES) {
			throw badKey(path, `is larger than ${MAX_KEY_BYTES} bytes, so it is no key`);
		}

		return await file.readFile();
	} catch (cause) {
		throw cause instanceof LogError ? cause : badKey(path, 'can not be read', cause);
	}
}

function badKey(path: string, what: string, cause?: unknown): LogError {
	return new LogError('LOG_BAD_KEY', `The key file ${path} ${what}`, {cause});
}

function hasCode(error: unknown, code: string): boolean {
	return error instanceof Error && 'code' in error && error.code === code;
}
