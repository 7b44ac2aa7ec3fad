import type {ProbeFinding} from '../../../daemon/probes/probe.ts';
import {runProbes} from '../../../daemon/probes/run.ts';
import {type Presented, presentedBy} from '../../../daemon/probes/tls/certificate.ts';
import {tlsProbes} from '../../../daemon/probes/tls/index.ts';
import type {Resumption} from '../../../daemon/probes/tls/library.ts';
import type {Posture} from '../../../daemon/probes/tls/posture.ts';
import {openScans} from '../../../daemon/probes/tls/scan.ts';
import type {Finding} from '../../../policies/finding.ts';
import {subjectWith} from '../subject.ts';
import {HOST} from './certificates.ts';
import {type Judged, judged} from './configurations.ts';
import {type Facts, groupFact} from './facts.ts';

export interface Ours {
	readonly facts: Facts;
	readonly findings: Readonly<Record<Judged, readonly ProbeFinding[]>>;
}

/** What our probes find, and what they say of it. */
export async function askOurs(host: string, port: number, authority: string): Promise<Ours> {
	const signal = AbortSignal.timeout(60_000);
	const endpoint = {protocol: 'https', port, address: {host, port}, name: HOST} as const;
	const trust = [authority];
	const scans = openScans(trust, signal);
	const subject = subjectWith({
		endpoints: [endpoint],
		promised: {state: 'none', reason: 'it was made for this question'},
		scan: scans.scan,
		trust,
	});
	const findings = await runProbes(
		Object.fromEntries(judged.map(id => [id, tlsProbes[id].probe])),
		subject,
		{probeMs: 30_000, totalMs: 40_000},
		signal,
	);
	const scan = scans.scan(endpoint);
	const posture = await scan.posture();
	const resumption = await scan.resumption();
	const presented = await presentedBy(endpoint, trust, signal).catch(() => undefined);
	scans.close();
	subject.close();
	return {
		facts: factsOf(posture, resumption, presented, findings),
		findings: Object.fromEntries(
			judged.map(id => [id, findings.filter(({control}) => control === id)]),
		) as unknown as Ours['findings'], // One for each.
	};
}

function factsOf(
	{versions, suites, groups, habits}: Posture,
	{before13, earlyDataBytes = 0, clientRenegotiation}: Resumption,
	presented: Presented | undefined,
	findings: readonly Finding[],
): Facts {
	const wrong = findings
		.filter(({control}) => control === 'proxy-tls-cert-valid')
		.map(({message}) => message);
	// Undefined is unknown.
	const told: Readonly<Record<string, boolean | undefined>> = {
		'secure renegotiation': habits?.secureRenegotiation,
		compression: habits?.compression ?? false,
		fallback: habits?.refusesFallback,
		'extended master secret': habits?.extendedMasterSecret,
		'early data': earlyDataBytes > 0,
		'client renegotiation': clientRenegotiation,
		resumption: before13,
		h2: presented?.negotiated.protocol === 'h2',
	};
	const habitsThat = (isSo: boolean | undefined): readonly string[] =>
		Object.keys(told)
			.filter(name => told[name] === isSo)
			.map(name => `habit ${name}`);
	const faults = Object.keys(sentences).filter(fault =>
		wrong.some(message => sentences[fault]?.test(message) === true),
	);
	return {
		kinds: new Set(['version', 'suite', 'group', 'habit', 'certificate']),
		found: new Set([
			...versions.accepted.map(version => `version ${version}`),
			...(versions.sslv2 ? ['version SSLv2'] : []),
			...Object.entries(suites).flatMap(([version, {names}]) =>
				names.map(name => `suite ${version} ${name}`),
			),
			...Object.values(groups).flatMap(({names}) => names.map(groupFact)),
			...habitsThat(true),
			...faults.map(fault => `certificate ${fault}`),
		]),
		unknown: new Set(habitsThat(undefined)),
	};
}

const sentences: Readonly<Record<string, RegExp>> = {
	expired: /has expired/,
	'not valid yet': /not valid yet/,
	name: /does not name/,
	'self-signed': /self-signed/,
	'SHA-1': /can be forged/,
	'small key': /too weak/,
	untrusted: /leads to nobody|self-signed/,
	order: /wrong order/,
};
