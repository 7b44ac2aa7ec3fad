import {randomBytes} from 'node:crypto';

// Crockford's base 32: no I, L, O, U.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const RANDOM_BYTES = 10;
const AT_ONCE = 64;

/**
 * Makes ULIDs: 48 bits of milliseconds, then 80 random bits. Ids of one millisecond are in no order; positions are.
 * Random bytes are fetched for many ids at once: each fetch is a call into OpenSSL.
 */
export function ulids(): (now: Date) => string {
	let random = Buffer.alloc(0);
	return now => {
		random = random.length < RANDOM_BYTES ? randomBytes(RANDOM_BYTES * AT_ONCE) : random;
		const id = timeText(now.getTime()) + randomText(random.subarray(0, RANDOM_BYTES));
		random = random.subarray(RANDOM_BYTES);
		return id;
	};
}

// Ten digits of five bits.
function timeText(ms: number): string {
	return digits(Math.floor(ms / 2 ** 25), 5) + digits(ms % 2 ** 25, 5);
}

// Sixteen digits: each five bytes are eight of them.
function randomText(bytes: Buffer): string {
	return fiveBytes(bytes.readUIntBE(0, 5)) + fiveBytes(bytes.readUIntBE(5, 5));
}

function fiveBytes(value: number): string {
	return digits(Math.floor(value / 2 ** 20), 4) + digits(value % 2 ** 20, 4);
}

function digits(value: number, count: number): string {
	let text = '';
	for (let shift = 5 * (count - 1); shift >= 0; shift -= 5) {
		text += ALPHABET[(value >>> shift) & 31];
	}

	return text;
}

export function isUlid(text: string): boolean {
	return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}
