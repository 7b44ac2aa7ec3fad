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
type Rows = readonly {readonly first: number; readonly symbols: readonly number[]}[];

/** Made when the first text is read. */
let known: Rows | undefined;

function rowsOf(): Rows {
	const rows = Array.from({length: MAX_BITS + 1}, () => ({first: 0, symbols: [] as number[]}));
	for (const [symbol, length] of [...lengths].entries()) {
		rows[Number.parseInt(length, 36)]?.symbols.push(symbol);
	}

	let first = 0;
	for (const row of rows) {
		row.first = first;
		first = (first + row.symbols.length) * 2;
	}

	return rows;
}

/** @returns undefined for what is no such text (§5.2): a wrong end, or its sign in the middle */
export function fromHuffman(bytes: Uint8Array): Buffer | undefined {
	known ??= rowsOf();
	// No symbol has less than five bits.
	const text = Buffer.allocUnsafe(Math.floor((bytes.length * 8) / 5));
	let [size, code, bits] = [0, 0, 0];
	for (const byte of bytes) {
		for (let at = 7; at >= 0; at -= 1) {
			code = code * 2 + ((byte >> at) & 1);
			bits += 1;
			const row = known[bits];
			const symbol = row?.symbols[code - row.first];
			if (row === undefined || symbol === END) {
				return undefined;
			}

			if (symbol !== undefined) {
				text[size] = symbol;
				[size, code, bits] = [size + 1, 0, 0];
			}
		}
	}

	// What is left over is less than a byte of ones.
	return bits < 8 && code === 2 ** bits - 1 ? text.subarray(0, size) : undefined;
}
