import {
	createDecipheriv,
	createHash,
	createHmac,
	createPublicKey,
	diffieHellman,
	generateKeyPairSync,
	type KeyObject,
} from 'node:crypto';
import {readerOf, vector, words} from './bytes.ts';

/**
 * What TLS 1.3 hides in the server's first flight: certificate and extensions (RFC 8446 §7.1). Ours, because a library keeps the
 * order and the number of the certificates to itself. Nothing is ever encrypted with these keys.
 */
export interface Shares {
	readonly offered: readonly {readonly group: number; readonly key: Buffer}[];
	/** @throws {Error} when the server's key is none of its group */
	readonly opener: (answer: {
		readonly suite: number;
		readonly share: Buffer;
		readonly transcript: Buffer;
	}) => Open;
}

/** A record's content and its type; undefined for one that these keys do not open. */
export type Open = (
	header: Buffer,
	body: Buffer,
) => {readonly type: number; readonly content: Buffer} | undefined;

const groups = [
	{group: 29, name: 'x25519', prefix: Buffer.from('302a300506032b656e032100', 'hex')},
	{
		group: 23,
		name: 'prime256v1',
		prefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
	},
	{
		group: 24,
		name: 'secp384r1',
		prefix: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
	},
] as const;

/** Groups in which we can answer. */
export const ownGroups: readonly number[] = groups.map(({group}) => group);

const ciphers = {
	4865: {name: 'aes-128-gcm', keyBytes: 16, hash: 'sha256'},
	4866: {name: 'aes-256-gcm', keyBytes: 32, hash: 'sha384'},
	4867: {name: 'chacha20-poly1305', keyBytes: 32, hash: 'sha256'},
} as const;

export const ownSuites: readonly number[] = Object.keys(ciphers).map(Number);

export function ownShares(): Shares {
	shares ??= makeShares();
	return shares;
}

/** The same for every server: nothing is ever said under these keys, and making them costs more than a handshake. */
let shares: Shares | undefined;

function makeShares(): Shares {
	const pairs = groups.map(group => ({...group, ...pairOf(group.name)}));
	return {
		offered: pairs.map(({group, prefix, publicKey}) => ({
			group,
			key: publicKey.export({type: 'spki', format: 'der'}).subarray(prefix.length),
		})),
		opener: ({suite, share, transcript}) => {
			const reader = readerOf(share);
			const group = reader.number(2);
			const pair = pairs.find(each => each.group === group);
			if (pair === undefined || !isKnown(suite)) {
				throw new Error('The server chose a group or a suite that was not offered');
			}

			const spki = Buffer.concat([pair.prefix, reader.vector(2)]);
			const publicKey = createPublicKey({key: spki, format: 'der', type: 'spki'});
			return openerOf(suite, diffieHellman({privateKey: pair.privateKey, publicKey}), transcript);
		},
	};
}

function pairOf(name: (typeof groups)[number]['name']): {
	readonly publicKey: KeyObject;
	readonly privateKey: KeyObject;
} {
	return name === 'x25519' ? generateKeyPairSync('x25519') : generateKeyPairSync('ec', {namedCurve: name});
}

function isKnown(suite: number): suite is keyof typeof ciphers {
	return suite in ciphers;
}

function openerOf(suite: keyof typeof ciphers, shared: Buffer, transcript: Buffer): Open {
	const {name, keyBytes, hash} = ciphers[suite];
	const bytes = createHash(hash).digest().length;
	const zeros = Buffer.alloc(bytes);
	const early = createHmac(hash, zeros).update(zeros).digest();
	const derived = expand(hash, early, 'derived', createHash(hash).digest(), bytes);
	const handshake = createHmac(hash, derived).update(shared).digest();
	const traffic = expand(
		hash,
		handshake,
		's hs traffic',
		createHash(hash).update(transcript).digest(),
		bytes,
	);
	const key = expand(hash, traffic, 'key', Buffer.alloc(0), keyBytes);
	const iv = expand(hash, traffic, 'iv', Buffer.alloc(0), 12);
	let sequence = 0;
	return (header, body) => {
		const nonce = Buffer.from(iv);
		nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
		sequence += 1;
		try {
			const decipher = createDecipheriv(name as 'aes-128-gcm', key, nonce, {authTagLength: 16});
			decipher.setAAD(header, {plaintextLength: body.length - 16});
			decipher.setAuthTag(body.subarray(-16));
			const plain = Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]);
			// Padding of zeros, and in front of it the type.
			const end = plain.findLastIndex(byte => byte !== 0);
			return {type: plain[end] ?? 0, content: plain.subarray(0, Math.max(end, 0))};
		} catch {
			return undefined;
		}
	};
}

/** HKDF-Expand-Label; Node's HKDF does both steps, so the second is made of HMAC here. */
function expand(hash: string, secret: Buffer, label: string, context: Buffer, length: number): Buffer {
	const info = Buffer.concat([words([length]), vector(1, Buffer.from(`tls13 ${label}`)), vector(1, context)]);
	const blocks: Buffer[] = [];
	for (let counter = 1, size = 0; size < length; counter += 1) {
		const before = blocks.at(-1) ?? Buffer.alloc(0);
		const block = createHmac(hash, secret).update(before).update(info).update(Buffer.of(counter)).digest();
		blocks.push(block);
		size += block.length;
	}

	return Buffer.concat(blocks).subarray(0, length);
}
