import {generateKeyPairSync, type KeyObject, randomBytes, sign} from 'node:crypto';

/** A key and a certificate for it that nobody trusts, made for one question and forgotten: no key material lies anywhere. */
export interface Made {
	readonly key: string;
	readonly cert: string;
}

export interface Wanted {
	readonly name: string;
	readonly notBefore: Date;
	readonly notAfter: Date;
	/** A small key and SHA-1, for what is bad on purpose. */
	readonly isWeak?: boolean;
}

/** Self-signed (RFC 5280), because Node reads certificates and writes none. */
export function makeCertificate({name, notBefore, notAfter, isWeak = false}: Wanted): Made {
	const {publicKey, privateKey} = isWeak
		? generateKeyPairSync('rsa', {modulusLength: 1024})
		: generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
	const algorithm = isWeak ? sequence(oid(SHA1_RSA), Buffer.from([5, 0])) : sequence(oid(SHA256_ECDSA));
	const subject = sequence(element(SET, sequence(oid(COMMON_NAME), element(UTF8, Buffer.from(name)))));
	const signed = sequence(
		element(0xa0, element(INTEGER, Buffer.of(2))),
		element(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(8)])),
		algorithm,
		subject,
		sequence(time(notBefore), time(notAfter)),
		subject,
		publicKey.export({type: 'spki', format: 'der'}),
	);
	return {
		key: privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
		cert: pem(sequence(signed, algorithm, bitString(signatureOf(signed, privateKey, isWeak)))),
	};
}

const INTEGER = 2;
const BIT_STRING = 3;
const OID = 6;
const UTF8 = 12;
const GENERALIZED_TIME = 24;
const SEQUENCE = 0x30;
const SET = 0x31;
const COMMON_NAME = '550403';
const SHA1_RSA = '2a864886f70d010105';
const SHA256_ECDSA = '2a8648ce3d040302';

function signatureOf(bytes: Buffer, key: KeyObject, isWeak: boolean): Buffer {
	return sign(isWeak ? 'sha1' : 'sha256', bytes, key);
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
	const content = Buffer.concat(parts);
	const {length} = content;
	const size =
		length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
	return element(SEQUENCE, ...parts);
}

function oid(hex: string): Buffer {
	return element(OID, Buffer.from(hex, 'hex'));
}

function bitString(bytes: Buffer): Buffer {
	return element(BIT_STRING, Buffer.of(0), bytes);
}

function time(date: Date): Buffer {
	return element(
		GENERALIZED_TIME,
		Buffer.from(date.toISOString().replace(/\.\d+Z$|[-:T]/g, match => (match.startsWith('.') ? 'Z' : ''))),
	);
}

function pem(der: Buffer): string {
	const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
	return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
