import {randomBytes} from 'node:crypto';
import {connect} from 'node:net';
import type {Place} from '../ask.ts';

/** Protocol versions by their wire numbers (RFC 6101, 2246, 4346, 5246, 8446). */
export const tlsVersions = {
	SSLv3: 0x0300,
	'TLSv1.0': 0x0301,
	'TLSv1.1': 0x0302,
	'TLSv1.2': 0x0303,
	'TLSv1.3': 0x0304,
} as const;

export type TlsVersion = keyof typeof tlsVersions;

/**
 * What came back on a ClientHello of one version. Only `refused` is a refusal by the server: an alert of its own.
 * A closed or silent connection is `unclear`, because a broken path looks the same.
 */
export type Heard =
	| {readonly heard: 'accepted'; readonly version: TlsVersion}
	| {readonly heard: 'refused'; readonly alert: number}
	| {readonly heard: 'unclear'; readonly reason: string};

/** handshake_failure, protocol_version, insufficient_security, inappropriate_fallback (RFC 8446 §6, RFC 7507). */
const REFUSALS: readonly number[] = [40, 70, 71, 86];

const ALERT = 21;
const HANDSHAKE = 22;
const SERVER_HELLO = 2;

/**
 * Sends a hand-made ClientHello that offers exactly one version, and reads the first record of the answer. Not with a
 * TLS library: today's refuse the old versions themselves, and a server that speaks them would look as if it did not.
 */
export function sayHello(place: Place, version: TlsVersion, signal: AbortSignal): Promise<Heard> {
	const {promise, resolve} = Promise.withResolvers<Heard>();
	const socket = connect({host: place.address?.host ?? '', port: place.address?.port ?? 0, signal});
	let answer: Buffer = Buffer.alloc(0);
	socket.on('connect', () => socket.write(clientHello(version, place.name)));
	socket.on('data', chunk => {
		// A server that sends anything but a short first record never gets past the 4 KiB that we keep.
		answer = Buffer.concat([answer, chunk]).subarray(0, 4096);
		const heard = parseAnswer(answer);
		if (heard !== undefined) {
			resolve(heard);
			socket.destroy();
		}
	});
	socket.on('error', error => resolve({heard: 'unclear', reason: error.message}));
	socket.on('close', () =>
		resolve({heard: 'unclear', reason: 'the connection was closed without an answer'}),
	);
	return promise.finally(() => socket.destroy());
}

/** The first record of a server's answer; undefined while more bytes are needed. */
export function parseAnswer(bytes: Buffer): Heard | undefined {
	const type = bytes[0];
	if (type === undefined || bytes.length < 7) {
		return type === undefined || type === ALERT || type === HANDSHAKE ? undefined : strange;
	}

	if (type === ALERT) {
		const alert = bytes[6] ?? 0;
		return REFUSALS.includes(alert)
			? {heard: 'refused', alert}
			: {heard: 'unclear', reason: `the server sent alert ${alert}, which is about something else`};
	}

	return type === HANDSHAKE && bytes[5] === SERVER_HELLO ? parseServerHello(bytes) : strange;
}

const strange: Heard = {heard: 'unclear', reason: 'the answer is not TLS'};

/** RFC 8446 §4.1.3; a HelloRetryRequest is a ServerHello too, and as good an acceptance. */
function parseServerHello(bytes: Buffer): Heard | undefined {
	const end = 5 + bytes.readUInt16BE(3);
	if (bytes.length < Math.min(end, 4096)) {
		return;
	}

	const sessionBytes = bytes[43] ?? 0;
	// version 2, random 32, session 1 + n, cipher 2, compression 1; then extensions, absent before TLS 1.2's day.
	let at = 44 + sessionBytes + 3 + 2;
	let number = bytes.length >= 11 ? bytes.readUInt16BE(9) : 0;
	while (at + 4 <= Math.min(end, bytes.length)) {
		const length = bytes.readUInt16BE(at + 2);
		if (bytes.readUInt16BE(at) === SUPPORTED_VERSIONS && length === 2 && at + 6 <= bytes.length) {
			number = bytes.readUInt16BE(at + 4);
		}

		at += 4 + length;
	}

	const version = versions.find(name => tlsVersions[name] === number);
	return version === undefined
		? {heard: 'unclear', reason: `the server answered with the unknown version 0x${number.toString(16)}`}
		: {heard: 'accepted', version};
}

const versions = Object.keys(tlsVersions) as TlsVersion[]; // The table's own keys.

const SUPPORTED_VERSIONS = 43;
// Wide on purpose: a server must be able to say yes if it would to anyone. IANA numbers, ECDHE, RSA, DHE, 3DES, RC4.
const OLD_SUITES = [
	0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0xc023, 0xc027, 0xc024,
	0xc028, 0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035, 0x009e, 0x009f, 0x0067, 0x006b, 0x0033, 0x0039,
	0xc012, 0xc008, 0x0016, 0x000a, 0xc011, 0xc007, 0x0005, 0x0004, 0x0041, 0x0084,
];
const SUITES_1_3 = [0x1301, 0x1302, 0x1303];
const GROUPS = [29, 23, 24, 25];
const SIGNATURES = [
	0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
];

/** RFC 8446 §4.1.2, with the extensions that servers insist on. SSLv3 knows no extensions, but must skip them. */
export function clientHello(version: TlsVersion, serverName: string): Buffer {
	const number = tlsVersions[version];
	const is13 = version === 'TLSv1.3';
	const extensions = [
		...(serverName === ''
			? []
			: [extension(0, vector(2, Buffer.concat([Buffer.of(0), vector(2, Buffer.from(serverName))])))]),
		extension(10, vector(2, words(GROUPS))),
		extension(11, vector(1, Buffer.of(0))),
		...(number >= tlsVersions['TLSv1.2'] ? [extension(13, vector(2, words(SIGNATURES)))] : []),
		...(is13 ? [extension(SUPPORTED_VERSIONS, vector(1, words([number])))] : []),
		// An empty key share: whoever speaks 1.3 answers with a HelloRetryRequest, and we need no key.
		...(is13 ? [extension(51, vector(2, Buffer.alloc(0)))] : []),
	];
	const body = Buffer.concat([
		words([Math.min(number, tlsVersions['TLSv1.2'])]),
		randomBytes(32),
		vector(1, is13 ? randomBytes(32) : Buffer.alloc(0)),
		vector(2, words(is13 ? SUITES_1_3 : OLD_SUITES)),
		vector(1, Buffer.of(0)),
		...(version === 'SSLv3' ? [] : [vector(2, Buffer.concat(extensions))]),
	]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(body.length);
	length[0] = 1; // client_hello, in front of a length of three bytes
	const record = words([version === 'SSLv3' ? number : tlsVersions['TLSv1.0']]);
	return Buffer.concat([Buffer.of(HANDSHAKE), record, vector(2, Buffer.concat([length, body]))]);
}

function extension(type: number, body: Buffer): Buffer {
	return Buffer.concat([words([type]), vector(2, body)]);
}

function vector(lengthBytes: 1 | 2, body: Buffer): Buffer {
	return Buffer.concat([lengthBytes === 1 ? Buffer.of(body.length) : words([body.length]), body]);
}

function words(numbers: readonly number[]): Buffer {
	return Buffer.from(numbers.flatMap(number => [number >> 8, number & 0xff]));
}
