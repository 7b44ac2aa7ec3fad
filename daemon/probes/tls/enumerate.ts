import type {Place} from '../ask.ts';
import {hearFlight, sayHello} from './exchange.ts';
import type {Flight} from './flight.ts';
import {type Offer, type TlsVersion, tlsVersions} from './hello.ts';
import type {Heard} from './listen.ts';
import {knownSuites} from './suites.ts';

/** What a server accepts of many things, in the order in which it chose them. */
export interface Enumerated {
	readonly accepted: readonly number[];
	/** Why there may be more; undefined when the server itself refused the rest. */
	readonly cut?: string;
}

/** Asks at most so often about one list: a server that accepts everything is bad enough with that much. */
const MAX_ASKED = 160;

/** illegal_parameter and missing_extension: how some refuse a list in which there is nothing for them. */
const ALSO_REFUSALS: readonly number[] = [47, 109];

/**
 * Lets the server choose, takes its choice away, and asks again until it refuses: what it accepts costs a handshake each, what
 * it does not costs one in all.
 */
export async function byRemoval(
	candidates: readonly number[],
	ask: (offered: readonly number[]) => Promise<Heard>,
	choiceOf: (flight: Flight) => number | undefined,
): Promise<Enumerated> {
	const accepted: number[] = [];
	let offered = candidates;
	while (offered.length > 0 && accepted.length < MAX_ASKED) {
		const heard = await once(ask, offered);
		if (heard.heard !== 'accepted') {
			return heard.heard === 'refused' ? {accepted} : {accepted, cut: heard.reason};
		}

		const choice = choiceOf(heard.flight);
		if (choice === undefined || !offered.includes(choice)) {
			return {accepted, cut: 'the server chose what was not offered'};
		}

		accepted.push(choice);
		offered = offered.filter(each => each !== choice);
	}

	return offered.length === 0 ? {accepted} : {accepted, cut: 'there was no end to what it accepts'};
}

/** An unclear answer may be the network's: it is asked for a second time. */
async function once(
	ask: (offered: readonly number[]) => Promise<Heard>,
	offered: readonly number[],
): Promise<Heard> {
	const heard = await ask(offered);
	const again = heard.heard === 'unclear' && heard.alert === undefined ? await ask(offered) : heard;
	return again.heard === 'unclear' && ALSO_REFUSALS.includes(again.alert ?? -1)
		? {heard: 'refused', alert: again.alert ?? 0}
		: again;
}

/** Some servers give up on longer lists. */
const MAX_OFFERED = 100;

/** Every suite that a server accepts in a version. */
export async function suitesIn(place: Place, version: TlsVersion, signal: AbortSignal): Promise<Enumerated> {
	const all = knownSuites()
		.filter(({since13}) => since13 === (version === 'TLSv1.3'))
		.map(({number}) => number);
	const parts: Enumerated[] = [];
	for (let at = 0; at < all.length; at += MAX_OFFERED) {
		parts.push(
			await byRemoval(
				all.slice(at, at + MAX_OFFERED),
				async suites =>
					inVersion(version, await sayHello(place, {version, serverName: place.name, suites}, signal)),
				({suite}) => suite,
			),
		);
	}

	return joined(parts);
}

function joined(parts: readonly Enumerated[]): Enumerated {
	const accepted = parts.flatMap(part => part.accepted);
	const cut = parts.find(part => part.cut !== undefined)?.cut;
	return {accepted, ...(cut !== undefined && {cut})};
}

/** Groups or signatures, of which the server's own message tells the choice. */
export function inFlights(
	place: Place,
	offer: Omit<Offer, 'serverName'>,
	{
		of,
		candidates,
		choiceOf,
	}: {
		readonly of: 'groups' | 'signatures';
		readonly candidates: readonly number[];
		readonly choiceOf: (flight: Flight) => number | undefined;
	},
	signal: AbortSignal,
): Promise<Enumerated> {
	// The group of TLS 1.3 stands in the hello already: without a key of ours the server asks for one of its choice.
	const say = of === 'groups' && offer.version === 'TLSv1.3' ? sayHello : hearFlight;
	return byRemoval(
		candidates,
		async offered =>
			inVersion(offer.version, await say(place, {...offer, serverName: place.name, [of]: offered}, signal)),
		choiceOf,
	);
}

/** A server that counters with an older version refuses this one, as clearly as by an alert. */
export function inVersion(version: TlsVersion, heard: Heard): Heard {
	if (heard.heard !== 'accepted' || heard.version === version) {
		return heard;
	}

	return tlsVersions[heard.version] < tlsVersions[version]
		? {heard: 'refused', alert: 70}
		: {heard: 'unclear', reason: `the server answered ${version} with ${heard.version}`};
}
