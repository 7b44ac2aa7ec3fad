import {randomBytes} from 'node:crypto';

// Crockford's base 32: no I, L, O, U.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID: 48 bits of milliseconds, then 80 random bits. Ids of one millisecond are in no order; positions are. */
export function ulid(now: Date): string {
	const time = BigInt(now.getTime());
	const value = (time << 80n) | BigInt(`0x${randomBytes(10).toString('hex')}`);
	return Array.from({length: 26}, (_, i) => ALPHABET[Number((value >> BigInt(5 * (25 - i))) & 31n)]).join('');
}

export function isUlid(text: string): boolean {
	return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}
