import {type Reader, readerOf} from './bytes.ts';
import {extensions, type TlsVersion, tlsVersions, versionNames} from './hello.ts';
import {suiteNamed} from './suites.ts';

/** What a server said until it waited for the client: its hello, and what else is readable of the same flight. */
export interface Flight {
	readonly version: TlsVersion;
	readonly suite: number;
	readonly compression: number;
	/** TLS 1.3: it wants a key of another group. As good an acceptance as any. */
	readonly retry: boolean;
	readonly session: Buffer;
	readonly extensions: ReadonlyMap<number, Buffer>;
	/** DER, as they were sent. Undefined when none was readable. */
	readonly certificates?: readonly Buffer[];
	readonly stapled?: boolean;
	readonly keyExchange?: KeyExchange;
	readonly asksForCertificate?: boolean;
	/** Of TLS 1.3: with what the server signed. */
	readonly signature?: number;
	/** The server's last word of this flight was heard. */
	readonly done?: boolean;
}

/** ServerKeyExchange, which TLS 1.2 and older send in the clear. */
export interface KeyExchange {
	readonly group?: number;
	/** Finite field: bits of the prime. */
	readonly primeBits?: number;
	/** RSA export: bits of the temporary key. */
	readonly rsaBits?: number;
	readonly signature?: number;
}

const messages = {
	serverHello: 2,
	encryptedExtensions: 8,
	certificate: 11,
	serverKeyExchange: 12,
	certificateRequest: 13,
	serverHelloDone: 14,
	certificateVerify: 15,
	finished: 20,
	certificateStatus: 22,
} as const;

/** A handshake message on top of what is known already. @throws {RangeError} for one that is not well-formed */
export function withMessage(known: Flight | undefined, type: number, body: Buffer): Flight | undefined {
	if (known === undefined) {
		return type === messages.serverHello ? parseServerHello(body) : undefined;
	}

	const reader = readerOf(body);
	const is13 = known.version === 'TLSv1.3';
	switch (type) {
		case messages.encryptedExtensions:
			return is13 ? {...known, extensions: new Map([...known.extensions, ...extensionsIn(reader)])} : known;
		case messages.certificate:
			return {...known, ...(is13 ? certificatesOf13(reader) : {certificates: certificatesOf(reader)})};
		case messages.certificateStatus:
			return {...known, stapled: true};
		case messages.serverKeyExchange:
			return {...known, keyExchange: keyExchangeOf(reader, known)};
		case messages.certificateRequest:
			return {...known, asksForCertificate: true};
		case messages.certificateVerify:
			return {...known, signature: reader.number(2)};
		case messages.serverHelloDone:
		case messages.finished:
			return {...known, done: true};
		default:
			return known;
	}
}

/** SHA-256 of "HelloRetryRequest", which stands where the random would (RFC 8446 §4.1.3). */
const RETRY = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c';

function parseServerHello(body: Buffer): Flight | undefined {
	const reader = readerOf(body);
	const legacy = reader.number(2);
	const random = reader.take(32).toString('hex');
	const session = reader.vector(1);
	const suite = reader.number(2);
	const compression = reader.number(1);
	const found = extensionsIn(reader);
	const selected = found.get(extensions.versions);
	const number = selected?.length === 2 ? selected.readUInt16BE(0) : legacy;
	const version = versionNames.find(name => tlsVersions[name] === number);
	return version && {version, suite, compression, session, retry: random === RETRY, extensions: found};
}

/** Absent before TLS 1.0's extensions. */
function extensionsIn(outer: Reader): Map<number, Buffer> {
	const found = new Map<number, Buffer>();
	const reader = readerOf(outer.left() === 0 ? Buffer.alloc(0) : outer.vector(2));
	while (reader.left() > 0) {
		found.set(reader.number(2), reader.vector(2));
	}

	return found;
}

/** Nobody's chain is longer than this. */
const MAX_CERTIFICATES = 32;

function certificatesOf(outer: Reader): readonly Buffer[] {
	const reader = readerOf(outer.vector(3));
	const found: Buffer[] = [];
	while (reader.left() > 0 && found.length < MAX_CERTIFICATES) {
		found.push(reader.vector(3));
	}

	return found;
}

function certificatesOf13(outer: Reader): Pick<Flight, 'certificates' | 'stapled'> {
	outer.vector(1);
	const reader = readerOf(outer.vector(3));
	const found: Buffer[] = [];
	let stapled = false;
	while (reader.left() > 0 && found.length < MAX_CERTIFICATES) {
		found.push(reader.vector(3));
		stapled ||= extensionsIn(reader).has(extensions.statusRequest);
	}

	return {certificates: found, stapled};
}

/** The suite says how it is to be read; which group was taken is also in there for TLS 1.3's key share. */
function keyExchangeOf(reader: Reader, {suite, version}: Flight): KeyExchange {
	const {name} = suiteNamed(suite);
	if (/_PSK_|^TLS_PSK_/.test(name)) {
		reader.vector(2);
	}

	const told = secretOf(reader, name);
	// Anonymous suites sign nothing.
	return version === 'TLSv1.2' && reader.left() >= 4 ? {...told, signature: reader.number(2)} : told;
}

function secretOf(reader: Reader, name: string): KeyExchange {
	if (/^TLS_ECDH/.test(name)) {
		return curveOf(reader);
	}

	if (/^TLS_DHE?_/.test(name)) {
		const primeBits = bitsOf(reader.vector(2));
		reader.vector(2);
		reader.vector(2);
		return {primeBits};
	}

	if (/^TLS_RSA_EXPORT/.test(name)) {
		const rsaBits = bitsOf(reader.vector(2));
		reader.vector(2);
		return {rsaBits};
	}

	return {};
}

const NAMED_CURVE = 3;

function curveOf(reader: Reader): KeyExchange {
	if (reader.number(1) !== NAMED_CURVE) {
		return {};
	}

	const group = reader.number(2);
	reader.vector(1);
	return {group};
}

function bitsOf(number: Buffer): number {
	const first = number.findIndex(byte => byte !== 0);
	return first === -1 ? 0 : (number.length - first - 1) * 8 + (32 - Math.clz32(number[first] ?? 0));
}

/** The group of a TLS 1.3 answer: of the key that the server sent, or of the one that it asks for. */
export function groupOf({extensions: found, keyExchange}: Flight): number | undefined {
	const share = found.get(extensions.keyShare);
	return share !== undefined && share.length >= 2 ? share.readUInt16BE(0) : keyExchange?.group;
}
