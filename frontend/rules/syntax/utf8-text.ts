import {toBinary} from '../../dockerfile/bytes.ts';
import type {Rule} from '../rule.ts';

// A character of UTF-8 in a binary string.
const TEXT =
	/(?:[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|\xed[\x80-\x9f][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})/y;

export const utf8Text: Rule = function* ({dockerfile: {bytes}, file}) {
	const at = firstBad(bytes);
	if (at === undefined) {
		return;
	}

	const before = bytes.subarray(0, at);
	const line = before.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 1);
	const column = at - before.lastIndexOf(0x0a);
	const what = bytes[at] === 0 ? 'a NUL byte' : 'a byte that is no UTF-8';
	const message = `Here is ${what}, which every tool reads differently, or not at all: save the file as UTF-8.`;
	yield {result: 'fail', message, place: {file, line, column}};
};

function firstBad(bytes: Uint8Array): number | undefined {
	if (!bytes.includes(0) && isUtf8(bytes)) {
		return undefined;
	}

	const binary = toBinary(bytes);
	TEXT.lastIndex = 0;
	let at = 0;
	while (TEXT.test(binary)) {
		at = TEXT.lastIndex;
	}

	const zero = bytes.indexOf(0);
	return zero === -1 ? at : Math.min(zero, at);
}

function isUtf8(bytes: Uint8Array): boolean {
	try {
		new TextDecoder('utf-8', {fatal: true}).decode(bytes);
		return true;
	} catch {
		return false;
	}
}
