import type {Endpoint} from '../probe.ts';
import {type Presented, presentedBy} from './certificate.ts';
import {hearFlight} from './exchange.ts';
import type {Flight} from './flight.ts';
import {type Resumption, resumptionOf} from './library.ts';
import {type Posture, postureOf, type Versions, versionsOf} from './posture.ts';

/** The TLS of one endpoint, each question put once for all probes of a look. */
export interface TlsScan {
	/** One handshake by a library, which judges the chain. @throws {Error} when none comes about */
	readonly presented: () => Promise<Presented>;
	/** One handshake by hand, in which the certificates are as they were sent; undefined when none was readable. */
	readonly sent: () => Promise<Pick<Flight, 'certificates' | 'stapled'> | undefined>;
	/** Six hellos. */
	readonly versions: () => Promise<Versions>;
	/** Dozens of hellos: versions, suites, groups, signatures, habits. */
	readonly posture: () => Promise<Posture>;
	readonly resumption: () => Promise<Resumption>;
}

export interface Scans {
	readonly scan: (endpoint: Endpoint) => TlsScan;
	/** What still runs is given up. */
	readonly close: () => void;
}

/** A server that is slow at each of a hundred hellos must end at some time. */
const PATIENCE_MS = 30_000;
const HANDSHAKE_MS = 5000;

export function openScans(trust: readonly string[], outer: AbortSignal): Scans {
	const known = new Map<string, TlsScan>();
	const closed = new AbortController();
	const within = (ms: number): AbortSignal =>
		AbortSignal.any([outer, closed.signal, AbortSignal.timeout(ms)]);
	return {
		scan: endpoint => {
			const key = JSON.stringify([endpoint.address, endpoint.name]);
			const scan = known.get(key) ?? scanOf(endpoint, trust, within);
			known.set(key, scan);
			return scan;
		},
		close: () => closed.abort(),
	};
}

function scanOf(endpoint: Endpoint, trust: readonly string[], within: (ms: number) => AbortSignal): TlsScan {
	const versions = once(() => versionsOf(endpoint, within(PATIENCE_MS)));
	return {
		presented: once(() => presentedBy(endpoint, trust, within(HANDSHAKE_MS))),
		sent: once(() => sentBy(endpoint, within(HANDSHAKE_MS))),
		versions,
		posture: once(async () => postureOf(endpoint, await versions(), within(PATIENCE_MS))),
		resumption: once(() => resumptionOf(endpoint, within(PATIENCE_MS))),
	};
}

/** TLS 1.3 first, because whoever speaks it is asked once. */
async function sentBy(
	endpoint: Endpoint,
	signal: AbortSignal,
): Promise<Pick<Flight, 'certificates' | 'stapled'> | undefined> {
	for (const version of ['TLSv1.3', 'TLSv1.2', 'TLSv1.0'] as const) {
		const heard = await hearFlight(endpoint, {version, serverName: endpoint.name}, signal);
		if (heard.heard === 'accepted' && heard.flight.certificates !== undefined) {
			return heard.flight;
		}
	}

	return undefined;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
	let result: Promise<T> | undefined;
	return () => {
		result ??= work();
		return result;
	};
}
