/** What stands in a certificate and Node does not tell: read from DER (X.690), of which a certificate is made. */
interface Element {
	readonly tag: number;
	readonly content: Buffer;
}

/** @throws {RangeError} for bytes that are no DER */
function* elementsOf(bytes: Buffer): Generator<Element, void, undefined> {
	let at = 0;
	while (at < bytes.length) {
		const tag = bytes.readUInt8(at);
		const first = bytes.readUInt8(at + 1);
		const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
		const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, Math.min(lengthBytes, 6));
		const begin = at + 2 + lengthBytes;
		if (begin + length > bytes.length) {
			throw new RangeError('The element ends after its container');
		}

		yield {tag, content: bytes.subarray(begin, begin + length)};
		at = begin + length;
	}
}

function childrenOf(bytes: Buffer | undefined): readonly Element[] {
	return bytes === undefined ? [] : [...elementsOf(bytes)];
}

const EXTENSIONS = 0xa3;
const KEY_USAGE = '551d0f';
const TLS_FEATURE = '2b06010505070118';

export interface Extended {
	/** Undefined when the certificate does not limit its key. Bit 0 is digitalSignature (RFC 5280 §4.2.1.3). */
	readonly keyUsage: readonly number[] | undefined;
	/** It says that clients must refuse it without a stapled status (RFC 7633). */
	readonly mustStaple: boolean;
}

/** Never throws: what is not well-formed has no extension that anybody could read. */
export function extendedOf(certificate: Buffer): Extended {
	try {
		const [whole] = childrenOf(certificate);
		const [signed] = childrenOf(whole?.content);
		const found = childrenOf(signed?.content).find(({tag}) => tag === EXTENSIONS);
		const [list] = childrenOf(found?.content);
		const values = new Map(childrenOf(list?.content).map(({content}) => pairOf(content)));
		return {keyUsage: bitsOf(values.get(KEY_USAGE)), mustStaple: values.has(TLS_FEATURE)};
	} catch {
		return {keyUsage: undefined, mustStaple: false};
	}
}

/** An extension's object identifier and value; between them may stand whether it is critical. */
function pairOf(extension: Buffer): readonly [string, Buffer] {
	const parts = childrenOf(extension);
	return [parts[0]?.content.toString('hex') ?? '', parts.at(-1)?.content ?? Buffer.alloc(0)];
}

function bitsOf(value: Buffer | undefined): readonly number[] | undefined {
	const [string] = childrenOf(value);
	const bytes = string?.content.subarray(1);
	return (
		bytes &&
		Array.from({length: bytes.length * 8}, (_, bit) => bit).filter(
			bit => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0,
		)
	);
}

/** `max_early_data` of a session as OpenSSL writes it down (tag 15): what a server that takes 0-RTT gives for the next time. */
export function earlyDataOf(session: Buffer): number {
	try {
		const [whole] = childrenOf(session.subarray(beginOf(session)));
		const found = childrenOf(whole?.content).find(({tag}) => tag === EARLY_DATA);
		const [number] = childrenOf(found?.content);
		return number === undefined ? 0 : Number.parseInt(number.content.toString('hex'), 16);
	} catch {
		return 0;
	}
}

/** Node writes in front of it whom it belongs to: it begins where a sequence reaches exactly to the end. */
function beginOf(session: Buffer): number {
	return session.findIndex(
		(byte, at) =>
			byte === SEQUENCE &&
			session[at + 1] === LONG &&
			at + 4 + session.readUInt16BE(at + 2) === session.length,
	);
}

const SEQUENCE = 0x30;
const LONG = 0x82;
const EARLY_DATA = 0xaf;
