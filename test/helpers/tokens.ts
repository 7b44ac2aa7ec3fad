import {createHmac, generateKeyPairSync, type KeyObject, sign} from 'node:crypto';

/** Keys of a test's own issuer, and tokens that are signed with them, rightly or not. */

export interface Pair {
	readonly publicKey: KeyObject;
	readonly privateKey: KeyObject;
}

export const rsa = (modulusLength: number): Pair => generateKeyPairSync('rsa', {modulusLength});
export const ec = (namedCurve: string): Pair => generateKeyPairSync('ec', {namedCurve});
export const ed25519 = (): Pair => generateKeyPairSync('ed25519');

export function jwk({publicKey}: Pair, more: Readonly<Record<string, unknown>>): object {
	return {...publicKey.export({format: 'jwk'}), ...more};
}

export type Signer = (signed: Buffer) => Buffer;

export const withRsa =
	({privateKey}: Pair): Signer =>
	signed =>
		sign('sha256', signed, privateKey);
export const withEc =
	({privateKey}: Pair, dsaEncoding: 'ieee-p1363' | 'der' = 'ieee-p1363'): Signer =>
	signed =>
		sign('sha256', signed, {key: privateKey, dsaEncoding});
export const withEd25519 =
	({privateKey}: Pair): Signer =>
	signed =>
		sign(null, signed, privateKey);
export const withSecret =
	(secret: string): Signer =>
	signed =>
		createHmac('sha256', secret).update(signed).digest();
export const unsigned: Signer = () => Buffer.alloc(0);

/** Header and claims are taken as they are, text too, so that they may be no JSON. */
export function token(header: unknown, claims: unknown, signer: Signer): string {
	const [first, second] = [header, claims].map(part =>
		Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url'),
	);
	const signed = `${first}.${second}`;
	return `${signed}.${signer(Buffer.from(signed)).toString('base64url')}`;
}
