// RFC 9113 and 7541, the little that is needed to say over HTTP/2 what no client library would. Text is Latin-1.

type Field = readonly [name: string, value: string];

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

/** One request on a connection of its own, to its last byte: preface, settings, a field block and, if there is one, a body. */
export function requestOverHttp2(fields: readonly Field[], body?: string): string {
	const isEnd = body === undefined;
	return [
		PREFACE,
		frame(0x4, 0, 0, ''),
		frame(0x1, END_HEADERS + (isEnd ? END_STREAM : 0), 1, fields.map(literal).join('')),
		...(isEnd ? [] : [frame(0x0, END_STREAM, 1, body)]),
	].join('');
}

/** RFC 9113 §4.1: length, type, flags, stream. */
function frame(type: number, flags: number, stream: number, payload: string): string {
	const {length} = payload;
	const head = [length >> 16, length >> 8, length, type, flags, 0, 0, 0, stream];
	return bytes(head) + payload;
}

/** RFC 7541 §6.2.2, a field that nobody is to remember, with a name and a value that are not compressed. */
function literal([name, value]: Field): string {
	return bytes([0]) + lengthOf(name) + name + lengthOf(value) + value;
}

/** RFC 7541 §5.1 with a prefix of seven bits: no text here is longer than 254 bytes. */
function lengthOf({length}: string): string {
	return length < 127 ? bytes([length]) : bytes([127, length - 127]);
}

function bytes(values: readonly number[]): string {
	return String.fromCharCode(...values.map(value => value & 0xff));
}
