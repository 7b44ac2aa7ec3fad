// The parser works on "binary" strings: one character per byte. Byte offsets and string offsets are then the same,
// no byte is lost to decoding, and slices cost nothing. Text for the AST is decoded at the very end.

/** Bytes → a string with one character (U+0000 to U+00FF) for each. */
export function toBinary(bytes: Uint8Array): string {
	const parts: string[] = [];
	for (let at = 0; at < bytes.length; at += 8192) {
		const characters: string = Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + 8192));
		parts.push(characters);
	}
	return parts.join('');
}

// Go gives one U+FFFD for each byte that is no UTF-8; the platform's decoder gives one for a character that is cut off.
const CHARACTER_OR_BYTE =
	/([\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[\x80-\xff]/g;

/** A binary string's bytes read as UTF-8; every byte that is not UTF-8 becomes U+FFFD, as in BuildKit. */
export function decode(binary: string): string {
	if (!/[\x80-\xff]/.test(binary)) {
		return binary;
	}
	const valid = binary.replaceAll(CHARACTER_OR_BYTE, (_, character?: string) => character ?? '\xef\xbf\xbd');
	const bytes = Uint8Array.from(valid, character => character.charCodeAt(0));
	return new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes);
}

/** The binary string of a text's UTF-8 bytes. */
export function encode(text: string): string {
	if (!/[^\x20-\x7e]/.test(text)) {
		return text;
	}
	return toBinary(new TextEncoder().encode(text));
}

/**
 * Width in bytes of the white space at `at`, 0 when there is none. This is Go's `unicode.IsSpace`, U+0085, U+00A0 and
 * the wide spaces included: an enemy could otherwise hide a word from us that BuildKit sees.
 */
export function spaceAt(binary: string, at: number): number {
	const code = binary.charCodeAt(at);
	if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) {
		return 1;
	}
	if (code === 0xc2) {
		return isWide(binary.slice(at, at + 2)) ? 2 : 0;
	}
	return code >= 0xe1 && code <= 0xe3 && isWide(binary.slice(at, at + 3)) ? 3 : 0;
}

function isWide(bytes: string): boolean {
	return /^(?:\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)$/.test(
		bytes,
	);
}

/** The first offset in [start, end) that is not white space, or `end`. */
export function skipSpace(binary: string, start: number, end = binary.length): number {
	let at = start;
	while (at < end) {
		const width = spaceAt(binary, at);
		if (width === 0) {
			return at;
		}
		at += width;
	}
	return end;
}

/** The offset behind the last byte in [start, end) that is not white space, or `start`. */
export function trimEnd(binary: string, start: number, end: number): number {
	let at = end;
	for (;;) {
		const width = [1, 2, 3].find(size => at - size >= start && spaceAt(binary, at - size) === size);
		if (width === undefined) {
			return at;
		}
		at -= width;
	}
}

/** What BuildKit splits words at: `[\t\v\f\r ]`. */
export function isBlank(character: string | undefined): boolean {
	return character !== undefined && /^[\t\v\f\r ]$/.test(character);
}

/** Lower case as Go does it: U+0130 becomes a plain `i`. */
export function toLower(text: string): string {
	return text.replaceAll('\u0130', 'i').toLowerCase();
}
