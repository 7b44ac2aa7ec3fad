/**
 * RFC 7541, Appendix B: how many bits each byte takes, and the end of a text as the 257th, in base 36. The code is canonical, so
 * its bits follow from their number.
 */
const lengths = [
	'dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca',
	'd67777777777777777777777878djde6f56565666577666567655677777fbeds',
	'kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn',
	'qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq',
	'u',
].join('');

const END = 256;
const MAX_BITS = 30;

/** For each number of bits the first code of it, and its symbols in order. */
const rows = rowsOf();

interface Row {
	readonly first: number;
	readonly symbols: readonly number[];
}

function rowsOf(): readonly Row[] {
	const rows: Row[] = [];
	let first = 0;
	for (let bits = 0; bits <= MAX_BITS; bits += 1) {
		const symbols = Array.from(lengths, (length, symbol) =>
			Number.parseInt(length, 36) === bits ? symbol : -1,
		).filter(symbol => symbol >= 0);
		rows.push({first, symbols});
		first = (first + symbols.length) * 2;
	}

	return rows;
}

/** @returns undefined for what is no such text (§5.2): a wrong end, or its sign in the middle */
export function fromHuffman(bytes: Uint8Array): Buffer | undefined {
	const text: number[] = [];
	let [code, bits] = [0, 0];
	for (let at = 0; at < bytes.length * 8; at += 1) {
		code = code * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
		bits += 1;
		const row = rows[bits];
		const symbol = row?.symbols[code - row.first];
		if (row === undefined || symbol === END) {
			return undefined;
		}

		if (symbol !== undefined) {
			text.push(symbol);
			[code, bits] = [0, 0];
		}
	}

	// What is left over is less than a byte of ones.
	return bits < 8 && code === 2 ** bits - 1 ? Buffer.from(text) : undefined;
}
