import type {Description} from '../docker/describe.ts';
import type {Listening, Seen} from '../docker/processes.ts';
import type {Target} from '../docker/target.ts';
import {addressesOf, firstOpen} from './endpoints.ts';
import {type Spoken, spokenAt} from './polite-look.ts';
import type {Endpoint} from './probe.ts';

/** Finds what a container without a contract serves. What a port speaks is asked once for each start of the container. */
export interface Finder {
	readonly find: (
		target: Found,
		listening: () => Promise<Seen<Listening>>,
		description: Description | undefined,
		reach: AbortSignal,
	) => Promise<readonly Endpoint[]>;
}

type Found = Pick<Target, 'id' | 'startedAt' | 'addresses' | 'published' | 'exposed' | 'networkMode'>;

/** Ports of one container that are looked at; whoever opens more wants to be a burden. */
const MAX_PORTS = 16;
const MAX_KNOWN = 8192;
/** Younger than this, a container may still be about to listen: what it does not serve yet is not known. */
const YOUNG_MS = 30_000;
const TRY_MS = 600;

export function openFinder(now = () => Date.now()): Finder {
	const known = new Map<string, Spoken>();

	function isYoung({startedAt}: Found): boolean {
		return now() - startedAt.getTime() < YOUNG_MS;
	}

	async function spoken(
		target: Found,
		{port, isSaid, name}: Candidate,
		reach: AbortSignal,
	): Promise<{readonly speaks: Spoken; readonly address: Endpoint['address']}> {
		const patience =
			isSaid && isYoung(target) ? reach : AbortSignal.any([reach, AbortSignal.timeout(TRY_MS)]);
		const address = await firstOpen(addressesOf(target, port), patience);
		if (address === undefined) {
			return {speaks: 'closed', address};
		}

		const key = `${target.id} ${target.startedAt.getTime()} ${port}`;
		const speaks = known.get(key) ?? (await spokenAt(address, name, reach));
		// What was cut short is asked again.
		if (speaks !== 'closed' && !reach.aborted) {
			remember(key, speaks);
		}

		return {speaks, address};
	}

	function remember(key: string, speaks: Spoken): void {
		known.set(key, speaks);
		if (known.size > MAX_KNOWN) {
			for (const oldest of known.keys()) {
				known.delete(oldest);
				break;
			}
		}
	}

	return {
		find: async (target, listening, description, reach) => {
			if (target.networkMode === 'none') {
				return [];
			}

			const name = description?.hosts[0] ?? '';
			const seen = await listening();
			const candidates = candidatesOf(target, seen, description, name);
			const found = await Promise.all(
				candidates.map(async candidate =>
					endpointOf(candidate, await spoken(target, candidate, reach), description, isYoung(target)),
				),
			);
			const endpoints = found.filter(endpoint => endpoint !== undefined);
			const isKnown = seen.seen && target.networkMode !== 'host' && !isYoung(target);
			return candidates.length === 0 && !isKnown ? [unknown] : endpoints;
		},
	};
}

/** Stands for whatever may listen where nothing can be seen: what is not known must not look like nothing. */
export const unknown: Endpoint = {protocol: 'http', port: 0, address: undefined, name: ''};

interface Candidate {
	readonly port: number;
	/** Somebody says that it listens; it is waited for. */
	readonly isSaid: boolean;
	/** The kernel says that it listens. */
	readonly isListening: boolean;
	readonly name: string;
}

/**
 * Described ports first, then published, exposed, and what is seen to listen. With the host's network everything that
 * listens on the host would seem to be the container's, so that only what is said counts.
 */
function candidatesOf(
	{published, exposed, networkMode}: Found,
	seen: Seen<Listening>,
	description: Description | undefined,
	name: string,
): readonly Candidate[] {
	const said = [
		...(description?.listeners ?? []).map(({port}) => port),
		...published.filter(({protocol}) => protocol === 'tcp').map(({port}) => port),
		...exposed,
	];
	const listens =
		seen.seen && networkMode !== 'host' && !networkMode.startsWith('container:')
			? seen.items.filter(({loopback}) => !loopback).map(({port}) => port)
			: [];
	return [...new Set([...said, ...listens])]
		.slice(0, MAX_PORTS)
		.map(port => ({port, isSaid: said.includes(port), isListening: listens.includes(port), name}));
}

/** A description adds promises: what it calls HTTPS must be, and what it calls HTTP is called by what it speaks. */
function endpointOf(
	{port, name, isSaid, isListening}: Candidate,
	{speaks, address}: {readonly speaks: Spoken; readonly address: Endpoint['address']},
	description: Description | undefined,
	isYoung: boolean,
): Endpoint | undefined {
	const promised = description?.listeners.find(each => each.port === port)?.protocol;
	if (promised === 'https' || promised === 'redirect') {
		return {protocol: promised, port, address, name};
	}

	if (speaks === 'tls' || speaks === 'http') {
		return {protocol: speaks === 'tls' ? 'https' : 'http', port, address, name};
	}

	// A port of which it was said that it speaks HTTP, and which does not, was not seen; nor was one that may yet open, or
	// that does listen and was too busy to accept.
	const isShut = speaks === 'closed' && (isListening || (isSaid && isYoung));
	const isUnseen = promised !== undefined || isShut;
	return isUnseen ? {protocol: 'http', port, address: undefined, name} : undefined;
}
