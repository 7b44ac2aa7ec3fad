import {
	createPrivateKey,
	createPublicKey,
	generateKeyPairSync,
	type KeyObject,
	randomUUID,
	sign,
} from 'node:crypto';
import {readFile, stat, writeFile} from 'node:fs/promises';
import type {Signer} from '../proto/envelope.ts';
import {DaemonError} from './error.ts';

/** ECDSA P-256 over SHA-256, DER: what cosign and every log accept. */
export function signerOf(key: KeyObject): Signer {
	return {publicKey: createPublicKey(key), sign: bytes => sign('sha256', bytes, key)};
}

/**
 * The private key in a PKCS#8 PEM file; made on first use, readable by its owner only.
 * @throws {DaemonError} CONFIG_INVALID for a file that others may read, or that holds no P-256 key
 */
export async function openKey(path: string): Promise<KeyObject> {
	const pem = await readOrCreate(path, () =>
		String(
			generateKeyPairSync('ec', {namedCurve: 'prime256v1'}).privateKey.export({type: 'pkcs8', format: 'pem'}),
		),
	);
	let key: KeyObject;
	try {
		key = createPrivateKey(pem);
	} catch (cause) {
		throw new DaemonError(
			'CONFIG_INVALID',
			`${path} is not a private key in PEM; move it away to have a new one made`,
			{cause},
		);
	}

	if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
		throw new DaemonError(
			'CONFIG_INVALID',
			`${path} is not an ECDSA P-256 key, which records are signed with`,
		);
	}

	return key;
}

/** Stays the same for the life of the state folder, so that records of one host can be told from another's. */
export async function openHostId(path: string): Promise<string> {
	const text = (await readOrCreate(path, () => `urn:uuid:${randomUUID()}\n`)).trim();
	if (!/^urn:uuid:[0-9a-f-]{36}$/.test(text)) {
		throw new DaemonError('CONFIG_INVALID', `${path} does not hold a host id (urn:uuid:…)`);
	}

	return text;
}

async function readOrCreate(path: string, make: () => string): Promise<string> {
	try {
		// `wx` never follows or replaces what is there already.
		await writeFile(path, make(), {mode: 0o600, flag: 'wx'});
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
			throw error;
		}
	}

	const {mode} = await stat(path);
	if ((mode & 0o077) !== 0) {
		throw new DaemonError(
			'CONFIG_INVALID',
			`${path} can be read by others; run chmod 600 on it, and ask who did`,
		);
	}

	return readFile(path, 'utf8');
}
