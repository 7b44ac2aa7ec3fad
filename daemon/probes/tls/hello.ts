import {randomBytes} from 'node:crypto';
import {nameForSni} from '../ask.ts';
import {vector, words} from './bytes.ts';
import {curveNumbers, groupNumbers, signatureNumbers} from './groups.ts';
import {knownSuites} from './suites.ts';

/** Protocol versions by their wire numbers (RFC 6101, 2246, 4346, 5246, 8446). */
export const tlsVersions = {
	SSLv3: 0x0300,
	'TLSv1.0': 0x0301,
	'TLSv1.1': 0x0302,
	'TLSv1.2': 0x0303,
	'TLSv1.3': 0x0304,
} as const;

export type TlsVersion = keyof typeof tlsVersions;

export const versionNames = Object.keys(tlsVersions) as TlsVersion[]; // The table's own keys.

/** What a client says it can do. What is left out is everything that we know: a server must be able to say yes. */
export interface Offer {
	/** Exactly this one. */
	readonly version: TlsVersion;
	/** For SNI; empty for none. */
	readonly serverName: string;
	readonly suites?: readonly number[];
	readonly groups?: readonly number[];
	readonly signatures?: readonly number[];
	/** TLS 1.3: public keys, so that the server need not ask again. Without them it answers with a HelloRetryRequest. */
	readonly shares?: readonly {readonly group: number; readonly key: Buffer}[];
	/** Methods besides none. */
	readonly compression?: readonly number[];
	/** Names for ALPN. */
	readonly protocols?: readonly string[];
}

/** RFC 7507: says that the client comes back with an older version than it could. */
export const FALLBACK_SCSV = 0x5600;
/** RFC 5746: says that the client knows of secure renegotiation. */
const RENEGOTIATION_SCSV = 0x00ff;

export const extensions = {
	statusRequest: 5,
	groups: 10,
	protocols: 16,
	encryptThenMac: 22,
	extendedMasterSecret: 23,
	sessionTicket: 35,
	versions: 43,
	keyShare: 51,
	renegotiation: 0xff01,
} as const;

/** RFC 8446 §4.1.2, with the extensions that servers insist on. Not made by a library: those of today leave out what is old. */
export function clientHello(offer: Offer): Buffer {
	const {version, compression = []} = offer;
	const number = tlsVersions[version];
	const is13 = version === 'TLSv1.3';
	const body = Buffer.concat([
		words([Math.min(number, tlsVersions['TLSv1.2'])]),
		randomBytes(32),
		vector(1, is13 ? randomBytes(32) : Buffer.alloc(0)),
		vector(2, words(suitesOf(offer))),
		vector(1, Buffer.from([...compression, 0])),
		// SSLv3 knows no extensions, and not every server skips them as it must.
		...(version === 'SSLv3' ? [] : [vector(2, extensionsOf(offer))]),
	]);
	const record = words([version === 'SSLv3' ? number : tlsVersions['TLSv1.0']]);
	const message = Buffer.concat([Buffer.of(1), vector(3, body)]);
	return Buffer.concat([Buffer.of(22), record, vector(2, message)]);
}

function suitesOf({version, suites}: Offer): readonly number[] {
	const is13 = version === 'TLSv1.3';
	const offered =
		suites ??
		knownSuites()
			.filter(({since13}) => since13 === is13)
			.map(suite => suite.number);
	return is13 ? offered : [...offered, RENEGOTIATION_SCSV];
}

function extensionsOf(offer: Offer): Buffer {
	const {version, serverName, protocols = [], shares = [], signatures = signatureNumbers} = offer;
	const is13 = version === 'TLSv1.3';
	const groups = offer.groups ?? (is13 ? groupNumbers : curveNumbers);
	const has = tlsVersions[version] >= tlsVersions['TLSv1.2'];
	return Buffer.concat([
		...(nameForSni(serverName) === ''
			? []
			: [extension(0, vector(2, Buffer.concat([Buffer.of(0), vector(2, Buffer.from(serverName))])))]),
		extension(extensions.statusRequest, Buffer.from([1, 0, 0, 0, 0])),
		...(groups.length === 0 ? [] : [extension(extensions.groups, vector(2, words(groups)))]),
		extension(11, vector(1, Buffer.of(0))),
		...(has ? [extension(13, vector(2, words(signatures)))] : []),
		...(protocols.length === 0
			? []
			: [
					extension(
						extensions.protocols,
						vector(2, Buffer.concat(protocols.map(name => vector(1, Buffer.from(name))))),
					),
				]),
		...(is13 ? only13(shares) : before13),
	]);
}

/** Offered so that the server shows what it has. */
const before13: readonly Buffer[] = [
	extensions.encryptThenMac,
	extensions.extendedMasterSecret,
	extensions.sessionTicket,
].map(type => extension(type, Buffer.alloc(0)));

function only13(shares: NonNullable<Offer['shares']>): readonly Buffer[] {
	const keys = shares.map(({group, key}) => Buffer.concat([words([group]), vector(2, key)]));
	return [
		extension(extensions.versions, vector(1, words([tlsVersions['TLSv1.3']]))),
		extension(45, vector(1, Buffer.of(1))),
		extension(extensions.keyShare, vector(2, Buffer.concat(keys))),
	];
}

function extension(type: number, body: Buffer): Buffer {
	return Buffer.concat([words([type]), vector(2, body)]);
}

/** The hello of 1995: a record with its length in two bytes and suites of three. Who answers it with a hello speaks SSLv2. */
export function helloOfSslv2(): Buffer {
	const kinds = [0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700c0, 0x080080];
	const suites = Buffer.concat(kinds.map(kind => Buffer.from([kind >> 16, (kind >> 8) & 0xff, kind & 0xff])));
	const challenge = randomBytes(16);
	const body = Buffer.concat([
		Buffer.from([1, 0, 2]),
		words([suites.length, 0, challenge.length]),
		suites,
		challenge,
	]);
	return Buffer.concat([words([0x8000 | body.length]), body]);
}
