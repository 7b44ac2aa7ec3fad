import type {Place} from '../ask.ts';
import {type Enumerated, inFlights, inVersion, suitesIn} from './enumerate.ts';
import {hearFlight, sayHello, speaksSslv2} from './exchange.ts';
import {type Flight, groupOf} from './flight.ts';
import {curveNumbers, groupName, groupNumbers, signatureName, signatureNumbers} from './groups.ts';
import {extensions, FALLBACK_SCSV, type TlsVersion, versionNames} from './hello.ts';
import type {Heard} from './listen.ts';
import {suiteNamed} from './suites.ts';

/** What a server would do if asked, found out by asking. Names are IANA's; a list with `cut` may be too short. */
export interface Posture {
	readonly versions: Versions;
	readonly suites: Readonly<Partial<Record<TlsVersion, Named>>>;
	/** Of TLS 1.3, and of the newest version before it. */
	readonly groups: Readonly<Partial<Record<TlsVersion, Named>>>;
	readonly signatures: Readonly<Partial<Record<'TLSv1.2' | 'TLSv1.3', Named>>>;
	/** Of every version in which it agreed to a finite field without a name. */
	readonly primeBits: readonly number[];
	/** Who decides about the suite, by version. */
	readonly preference: Readonly<Partial<Record<TlsVersion, 'server' | 'client'>>>;
	readonly habits: Habits | undefined;
	/** The chain as it was sent to who names a host, and to who names none. Undefined when it could not be read. */
	readonly chain: readonly Buffer[] | undefined;
	readonly unnamedChain: readonly Buffer[] | undefined;
}

export interface Versions {
	readonly sslv2: boolean;
	readonly heard: Readonly<Record<TlsVersion, Heard>>;
	readonly accepted: readonly TlsVersion[];
}

interface Named {
	readonly names: readonly string[];
	readonly cut?: string;
}

/** Of the newest version before TLS 1.3, which has none of these questions. */
interface Habits {
	readonly version: TlsVersion;
	readonly secureRenegotiation: boolean;
	readonly compression: boolean;
	readonly extendedMasterSecret: boolean;
	readonly tickets: boolean;
	readonly sessionIds: boolean;
	readonly stapled: boolean;
	/** Undefined when there is no newer version to fall back from. */
	readonly refusesFallback: boolean | undefined;
}

/** Five hellos, one of each version, and one of SSLv2. */
export async function versionsOf(place: Place, signal: AbortSignal): Promise<Versions> {
	const [sslv2, ...answers] = await Promise.all([
		speaksSslv2(place, signal),
		...versionNames.map(async version =>
			inVersion(version, await sayHello(place, {version, serverName: place.name}, signal)),
		),
	]);
	const heard = Object.fromEntries(
		versionNames.map((version, index) => [version, answers[index]]),
	) as Versions['heard']; // One answer for each.
	return {sslv2, heard, accepted: versionNames.filter(version => heard[version].heard === 'accepted')};
}

/** Everything else: some forty handshakes with a careful server, one more for every suite of a careless one. */
export async function postureOf(place: Place, versions: Versions, signal: AbortSignal): Promise<Posture> {
	const {accepted} = versions;
	const suites = await each(accepted, version => suitesIn(place, version, signal));
	const modern = accepted.filter(version => version === 'TLSv1.2' || version === 'TLSv1.3');
	const newest = accepted.findLast(version => version !== 'TLSv1.3');
	const [groups, signatures, preference, primeBits, habits, chain, unnamedChain] = await Promise.all([
		each(
			accepted.filter(version => version === newest || version === 'TLSv1.3'),
			version => groupsIn(place, version, suites[version], signal),
		),
		each(modern, version => signaturesIn(place, version, suites[version], signal)),
		each(accepted, version => preferenceIn(place, version, suites[version], signal)),
		primesOf(place, suites, signal),
		newest === undefined ? undefined : habitsOf(place, newest, accepted.includes(newer(newest)), signal),
		chainOf(place, accepted, signal),
		chainOf({...place, name: ''}, accepted, signal),
	]);
	return {
		versions,
		suites: mapped(suites, number => suiteNamed(number).name),
		groups: mapped(groups, groupName),
		signatures: mapped(signatures, signatureName),
		primeBits,
		preference,
		habits,
		chain,
		unnamedChain,
	};
}

async function each<T>(
	versions: readonly TlsVersion[],
	ask: (version: TlsVersion) => Promise<T | undefined>,
): Promise<Partial<Record<TlsVersion, T>>> {
	const answers = await Promise.all(versions.map(async version => [version, await ask(version)] as const));
	return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined)) as Partial<
		Record<TlsVersion, T>
	>;
}

function mapped(
	lists: Partial<Record<TlsVersion, Enumerated>>,
	nameOf: (number: number) => string,
): Partial<Record<TlsVersion, Named>> {
	return Object.fromEntries(
		Object.entries(lists).map(([version, {accepted, ...rest}]) => [
			version,
			{names: accepted.map(nameOf), ...rest},
		]),
	);
}

function newer(version: TlsVersion): TlsVersion {
	return versionNames[versionNames.indexOf(version) + 1] ?? 'TLSv1.3';
}

function picked(list: Enumerated | undefined, pattern: RegExp): readonly number[] {
	return list?.accepted.filter(number => pattern.test(suiteNamed(number).name)) ?? [];
}

/**
 * In TLS 1.2 some servers with an ECDSA certificate insist that the client knows the certificate's own curve: what they prefer less
 * than that one stays out of sight there.
 */
async function groupsIn(
	place: Place,
	version: TlsVersion,
	list: Enumerated | undefined,
	signal: AbortSignal,
): Promise<Enumerated | undefined> {
	const is13 = version === 'TLSv1.3';
	const suites = is13 ? (list?.accepted ?? []) : picked(list, /^TLS_ECDHE_|^TLS_ECDH_anon/);
	return suites.length === 0
		? undefined
		: inFlights(
				place,
				{version, suites},
				{of: 'groups', candidates: is13 ? groupNumbers : curveNumbers, choiceOf: groupOf},
				signal,
			);
}

/** Suites whose server signs its key; the others prove the certificate's key by using it. */
async function signaturesIn(
	place: Place,
	version: TlsVersion,
	list: Enumerated | undefined,
	signal: AbortSignal,
): Promise<Enumerated | undefined> {
	const is13 = version === 'TLSv1.3';
	const suites = picked(
		list,
		is13 ? /AES_(?:128|256)_GCM_SHA(?:256|384)$|CHACHA20/ : /^TLS_(?:EC)?DHE_(?:RSA|ECDSA|DSS)/,
	);
	const choiceOf = (flight: Flight): number | undefined => flight.signature ?? flight.keyExchange?.signature;
	return suites.length === 0
		? undefined
		: inFlights(place, {version, suites}, {of: 'signatures', candidates: signatureNumbers, choiceOf}, signal);
}

/** With the list turned round, a server that has an order of its own chooses the same as before. */
async function preferenceIn(
	place: Place,
	version: TlsVersion,
	list: Enumerated | undefined,
	signal: AbortSignal,
): Promise<'server' | 'client' | undefined> {
	const [first, ...rest] = list?.accepted ?? [];
	if (first === undefined || rest.length === 0) {
		return;
	}

	const suites = [...rest, first];
	const heard = await sayHello(place, {version, serverName: place.name, suites}, signal);
	if (heard.heard !== 'accepted') {
		return;
	}

	return heard.flight.suite === suites[0] ? 'client' : 'server';
}

async function primesOf(
	place: Place,
	suites: Partial<Record<TlsVersion, Enumerated>>,
	signal: AbortSignal,
): Promise<readonly number[]> {
	const questions = versionNames.flatMap(version =>
		[/^TLS_DHE_(?!\w*EXPORT)|^TLS_DH_anon_WITH/, /^TLS_DHE?_\w*EXPORT/].map(async pattern => {
			const offered = picked(suites[version], pattern);
			const heard =
				offered.length === 0
					? undefined
					: await hearFlight(place, {version, serverName: place.name, suites: offered}, signal);
			return heard?.heard === 'accepted' ? heard.flight.keyExchange?.primeBits : undefined;
		}),
	);
	const found = await Promise.all(questions);
	return [...new Set(found.filter(bits => bits !== undefined))].toSorted((left, right) => left - right);
}

async function habitsOf(
	place: Place,
	version: TlsVersion,
	hasNewer: boolean,
	signal: AbortSignal,
): Promise<Habits | undefined> {
	const offer = {version, serverName: place.name};
	const fallback = [...modernSuites(), FALLBACK_SCSV];
	const [plain, compressed, fallen] = await Promise.all([
		hearFlight(place, offer, signal),
		sayHello(place, {...offer, compression: [1, 64]}, signal),
		hasNewer ? sayHello(place, {...offer, suites: fallback}, signal) : undefined,
	]);
	if (plain.heard !== 'accepted') {
		return;
	}

	const {flight} = plain;
	return {
		version,
		secureRenegotiation: flight.extensions.has(extensions.renegotiation),
		compression: compressed.heard === 'accepted' && compressed.flight.compression !== 0,
		extendedMasterSecret: flight.extensions.has(extensions.extendedMasterSecret),
		tickets: flight.extensions.has(extensions.sessionTicket),
		sessionIds: flight.session.length > 0,
		stapled: flight.stapled === true,
		refusesFallback:
			fallen === undefined || fallen.heard === 'unclear' ? undefined : fallen.heard === 'refused',
	};
}

/** Every version before TLS 1.3 has some of these, and every certificate one of them. */
function modernSuites(): readonly number[] {
	return [
		0xc02b, 0xc02f, 0xc02c, 0xc030, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009e, 0x009c, 0x0033, 0x0039, 0x002f,
		0x0035, 0x000a,
	];
}

async function chainOf(
	place: Place,
	accepted: readonly TlsVersion[],
	signal: AbortSignal,
): Promise<readonly Buffer[] | undefined> {
	const version = accepted.includes('TLSv1.3') ? 'TLSv1.3' : accepted.at(-1);
	const heard = version && (await hearFlight(place, {version, serverName: place.name}, signal));
	return heard?.heard === 'accepted' ? heard.flight.certificates : undefined;
}
