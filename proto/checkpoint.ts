import {hash, type KeyObject, verify} from 'node:crypto';
import {isBase64} from './envelope.ts';
import {ProtoError} from './error.ts';

/** A log's tree at one moment (C2SP tlog-checkpoint). */
export interface TreeHead {
	readonly origin: string;
	readonly size: number;
	readonly rootHash: Uint8Array;
}

/** The log's key. ECDSA P-256: cosign 2.5 knows no log with another kind. `sign` answers DER over SHA-256. */
export interface LogSigner {
	readonly publicKey: KeyObject;
	/** `logIdOf(publicKey)`, computed once. */
	readonly logId: Uint8Array;
	sign(bytes: Uint8Array): Uint8Array;
	/** The same beside the event loop, for the many promises of a batch. */
	signInPool(bytes: Uint8Array): Promise<Uint8Array>;
}

/** Longest note that is read, in characters: 16 signature lines and their text need a fifth of it. */
const MAX_NOTE = 16 * 1024;

/** True for what C2SP allows as the name of a log: a URL without scheme, without spaces and plus signs. */
export function isOrigin(text: string): boolean {
	return /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[A-Za-z0-9._~/-]*)?$/.test(text) && text.length <= 255;
}

/** SHA-256 of the public key's SPKI DER: Rekor's log id. Its first four bytes are the key id on a note's ECDSA line. */
export function logIdOf(publicKey: KeyObject): Uint8Array {
	return hash('sha256', publicKey.export({type: 'spki', format: 'der'}), 'buffer');
}

/**
 * Signed note (C2SP signed-note) over the head, with the log's line alone: cosign refuses a bundle whose checkpoint has
 * a second line it does not know.
 */
export function signCheckpoint(head: TreeHead, signer: LogSigner): string {
	const text = textOf(head);
	const line = Buffer.concat([signer.logId.subarray(0, 4), signer.sign(Buffer.from(text))]).toString(
		'base64',
	);
	return `${text}\n— ${head.origin} ${line}\n`;
}

/**
 * Opens a note: the head, once a line by `publicKey` under the head's own origin verifies. Lines of other keys are
 * ignored, as C2SP wants; a line that names our key and fails is refused even beside a good one.
 * @throws {ProtoError} PROTO_BAD_CHECKPOINT
 */
export function openCheckpoint(note: string, publicKey: KeyObject): TreeHead {
	const end = note.indexOf('\n\n');
	if (note.length > MAX_NOTE || end < 0 || !note.endsWith('\n')) {
		throw refused('is not a signed note: text, an empty line, and signature lines');
	}

	const text = note.slice(0, end + 1);
	const head = headOf(text);
	const keyId = Buffer.from(logIdOf(publicKey).subarray(0, 4));
	const signatures = note
		.slice(end + 2, -1)
		.split('\n')
		.map(signatureOf)
		.filter(({name, bytes}) => name === head.origin && keyId.equals(bytes.subarray(0, 4)));
	if (signatures.length === 0) {
		throw refused(`has no signature by the key ${keyId.toString('hex')} under the name ${head.origin}`);
	}

	if (!signatures.every(({bytes}) => isSignedBy(publicKey, text, bytes.subarray(4)))) {
		throw refused('does not verify: its text or its signature was changed');
	}

	return head;
}

function isSignedBy(publicKey: KeyObject, text: string, signature: Uint8Array): boolean {
	try {
		return verify('sha256', Buffer.from(text), publicKey, signature);
	} catch {
		return false;
	}
}

function textOf({origin, size, rootHash}: TreeHead): string {
	return `${origin}\n${size}\n${Buffer.from(rootHash).toString('base64')}\n`;
}

function headOf(text: string): TreeHead {
	const [origin, size, root, ...rest] = text.slice(0, -1).split('\n');
	if (origin === undefined || !isOrigin(origin)) {
		throw refused('does not start with an origin');
	}

	if (size === undefined || !/^(?:0|[1-9][0-9]{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) {
		throw refused('has no decimal size on its second line');
	}

	if (!isBase64(root) || Buffer.from(root, 'base64').length !== 32 || rest.length > 0) {
		throw refused('has no base64 root hash on its third and last line');
	}

	return {origin, size: Number(size), rootHash: Buffer.from(root, 'base64')};
}

function signatureOf(line: string): {readonly name: string; readonly bytes: Buffer} {
	const [dash, name, base64, ...rest] = line.split(' ');
	if (dash !== '—' || name === undefined || !isBase64(base64) || rest.length > 0) {
		throw refused('has a line below the empty one that is not a signature');
	}

	return {name, bytes: Buffer.from(base64, 'base64')};
}

function refused(what: string): ProtoError {
	return new ProtoError('PROTO_BAD_CHECKPOINT', `The checkpoint ${what}`);
}
