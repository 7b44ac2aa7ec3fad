import {headerProbes} from '../../daemon/probes/header/index.ts';
import {privacyProbes} from '../../daemon/probes/privacy/index.ts';
import type {Probe} from '../../daemon/probes/probe.ts';
import {proxyHsts} from '../../daemon/probes/tls/proxy-hsts.ts';
import {worstFirst} from '../../policies/decide.ts';
import {subjectWith} from './subject.ts';

const probes: Readonly<Record<string, Probe>> = {
	...Object.fromEntries(
		Object.entries({...headerProbes, ...privacyProbes}).map(([id, {probe}]) => [id, probe]),
	),
	'proxy-hsts': proxyHsts,
};

/** What our probes make of a site on loopback that nobody promised anything about. */
export async function verdictsOf(
	port: number,
	controls: readonly string[],
): Promise<Readonly<Record<string, string>>> {
	const subject = subjectWith({
		promised: {state: 'none', reason: 'the image carries no contract'},
		endpoints: [{protocol: 'https', port, address: {host: '127.0.0.1', port}, name: 'localhost'}],
	});
	const signal = AbortSignal.timeout(10_000);
	try {
		const judged = await Promise.all(
			controls.map(async (control): Promise<readonly [string, string]> => {
				const findings = (await probes[control]?.(subject, signal)) ?? [];
				const worst = worstFirst.find(result => findings.some(finding => finding.result === result));
				return [control, worst ?? 'nothing'];
			}),
		);
		return Object.fromEntries(judged);
	} finally {
		subject.close();
	}
}
