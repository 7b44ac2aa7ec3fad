// RFC 7541 Appendix B. The code is canonical (shorter codes first, then by symbol), so the lengths say it all: one digit in
// base 36 for each of the 256 bytes and the end-of-string symbol.
const LENGTHS =
	'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6cad67777777777777777777777878djde6' +
	'f56565666577666567655677777fbedskmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn' +
	'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrqu';

const END = 256;
const MAX_BITS = 30;

/** For each code length: the first code of that length, and the symbols that have it, in order. */
type Codes = readonly {readonly first: number; readonly symbols: readonly number[]}[];

/** A decoder of Huffman-coded header strings. The table is made when the first one is asked for. */
export function huffmanDecoder(): (bytes: Uint8Array) => string {
	let codes: Codes | undefined;
	return bytes => {
		codes ??= codesOf(LENGTHS);
		return decode(bytes, codes);
	};
}

function codesOf(lengths: string): Codes {
	const codes: {first: number; symbols: number[]}[] = [];
	let next = 0;
	for (let bits = 0; bits <= MAX_BITS; bits += 1) {
		const digit = bits.toString(36);
		const symbols = [...lengths].flatMap((length, symbol) => (length === digit ? [symbol] : []));
		codes.push({first: next, symbols});
		next = (next + symbols.length) * 2;
	}

	return codes;
}

/** Bits that are left at the end are padding (§5.2); a string that ends inside a longer code ends there all the same. */
function decode(bytes: Uint8Array, codes: Codes): string {
	const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 8) / 5));
	let size = 0;
	let code = 0;
	let bits = 0;
	for (const byte of bytes) {
		for (let at = 7; at >= 0; at -= 1) {
			code = code * 2 + ((byte >> at) & 1);
			bits += 1;
			const symbol = codes[bits]?.symbols[code - (codes[bits]?.first ?? 0)];
			if (symbol === END || bits > MAX_BITS) {
				return out.toString('latin1', 0, size);
			}

			if (symbol !== undefined) {
				out[size] = symbol;
				size += 1;
				code = 0;
				bits = 0;
			}
		}
	}

	return out.toString('latin1', 0, size);
}
