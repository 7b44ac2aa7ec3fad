import type {Setting} from '../../../policies/setting.ts';
import type {ProbeFinding} from '../probe.ts';
import {isPostQuantum, isWeakGroup} from './groups.ts';
import {ofTls} from './of-tls.ts';
import type {Posture} from './posture.ts';
import {faultsOf} from './suites.ts';

export const proxyTlsCiphers = ofTls(async (endpoint, {scan, paramsOf}) => {
	const looking = scan(endpoint);
	const [posture, resumption] = await Promise.all([looking.posture(), looking.resumption()]);
	const {port} = endpoint;
	const observed = {...describe(posture), resumption, unnamed: unnamed(posture)};
	if (posture.versions.accepted.length === 0) {
		return [
			{
				result: 'not-evaluated',
				message: `Port ${port} accepted no version of TLS, so nothing is known`,
				observed,
			},
		];
	}

	const wrong = [
		...suitesWrong(posture, profileOf(paramsOf('proxy-tls-ciphers'))),
		...exchangeWrong(posture),
	];
	if (wrong.length > 0) {
		return wrong.map(
			(message): ProbeFinding => ({result: 'fail', message: `Port ${port} ${message}`, observed}),
		);
	}

	const cut = cutOf(posture);
	return cut === undefined
		? [
				{
					result: 'pass',
					message: `Port ${port} accepts only suites with forward secrecy and authenticated encryption`,
					observed,
				},
			]
		: [
				{
					result: 'not-evaluated',
					message: `What port ${port} accepts was not seen to the end: ${cut}`,
					observed,
				},
			];
});

type Profile = 'forward-secret' | 'intermediate' | 'modern';

/** Mozilla's guideline 6.0 by name, where the policy asks for it; by default whatever is forward-secret and authenticated. */
function profileOf({profile}: Setting['params']): Profile {
	return profile === 'intermediate' || profile === 'modern' ? profile : 'forward-secret';
}

/** Mozilla 6.0, "intermediate": no finite fields, no CCM. */
const INTERMEDIATE =
	/^TLS_ECDHE_(?:ECDSA|RSA)_WITH_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$/;
const MODERN = /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$/;

function suitesWrong({suites}: Posture, profile: Profile): readonly string[] {
	const names = [...new Set(Object.values(suites).flatMap(list => list.names))];
	const faulty = new Map<string, string[]>();
	for (const name of names) {
		const fault = faultsOf({name})[0] ?? outside(name, profile);
		if (fault !== undefined) {
			faulty.set(fault, [...(faulty.get(fault) ?? []), name]);
		}
	}

	return [...faulty].map(
		([fault, found]) => `accepts suites with ${fault}: ${someOf(found)}; set an explicit cipher list`,
	);
}

function outside(name: string, profile: Profile): string | undefined {
	const isInside =
		profile === 'forward-secret' ||
		MODERN.test(name) ||
		(profile === 'intermediate' && INTERMEDIATE.test(name));
	return isInside ? undefined : `no place in the profile "${profile}"`;
}

const MIN_PRIME_BITS = 2048;

/** Everything about the handshake but its suite. */
function exchangeWrong({groups, signatures, primeBits, habits}: Posture): readonly string[] {
	const weakGroups = unique(groups).filter(isWeakGroup);
	const smallPrimes = primeBits.filter(bits => bits < MIN_PRIME_BITS);
	const weakSignatures = unique(signatures).filter(name => /sha1$|md5$/.test(name));
	return [
		...(weakGroups.length > 0 ? [`agrees to keys in weak groups: ${someOf(weakGroups)}`] : []),
		...smallPrimes.map(
			bits => `agrees to keys in a finite field of ${bits} bits; make it ${MIN_PRIME_BITS} or leave DHE out`,
		),
		...(weakSignatures.length > 0 ? [`signs its keys with ${someOf(weakSignatures)}`] : []),
		...(habits?.compression === true
			? ['compresses before it encrypts, which gives secrets away (CRIME)']
			: []),
		...(habits?.secureRenegotiation === false
			? ['does not bind renegotiation to the connection (RFC 5746), so that others can put words before it']
			: []),
	];
}

function cutOf({suites, groups, versions, primeBits}: Posture): string | undefined {
	const lists = [...Object.values(suites), ...Object.values(groups)];
	const hasFinite = Object.values(suites).some(({names}) => names.some(name => /^TLS_DHE?_/.test(name)));
	const unclear = Object.values(versions.heard).find(heard => heard.heard === 'unclear');
	return (
		lists.find(({cut}) => cut !== undefined)?.cut ??
		(hasFinite && primeBits.length === 0 ? 'the size of its finite field was not to be read' : undefined) ??
		unclear?.reason
	);
}

function unique(
	lists: Readonly<Partial<Record<string, {readonly names: readonly string[]}>>>,
): readonly string[] {
	return [...new Set(Object.values(lists).flatMap(list => list?.names ?? []))];
}

function someOf(names: readonly string[]): string {
	const shown = names.slice(0, 4).join(', ');
	return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** What who names no host is shown: the certificate of whom the server takes for its default. */
function unnamed({chain, unnamedChain}: Posture): string {
	const [named] = chain ?? [];
	const [other] = unnamedChain ?? [];
	return other === undefined
		? 'no certificate'
		: named?.equals(other) === true
			? 'the same certificate'
			: 'another certificate';
}

function describe({
	suites,
	groups,
	signatures,
	primeBits,
	preference,
	habits,
}: Posture): Record<string, unknown> {
	const named = (lists: Posture['suites']): unknown =>
		Object.fromEntries(Object.entries(lists).map(([version, {names}]) => [version, names]));
	const found = unique(groups);
	return {
		method: 'raw ClientHello',
		suites: named(suites),
		groups: named(groups),
		postQuantum: found.filter(isPostQuantum),
		signatures: named(signatures),
		...(primeBits.length > 0 && {primeBits}),
		preference,
		...(habits !== undefined && {habits}),
	};
}
