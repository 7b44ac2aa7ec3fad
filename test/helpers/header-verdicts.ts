import {ask} from '../../daemon/probes/ask.ts';
import {headerProbes} from '../../daemon/probes/header/index.ts';
import {privacyProbes} from '../../daemon/probes/privacy/index.ts';
import type {Probe} from '../../daemon/probes/probe.ts';
import {proxyHsts} from '../../daemon/probes/tls/proxy-hsts.ts';
import {openWires} from '../../daemon/probes/wires.ts';
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
	const judged = await lookAt(port, controls, () => undefined);
	return Object.fromEntries(
		judged.map(([control, results]) => [
			control,
			worstFirst.find(each => results.includes(each)) ?? 'nothing',
		]),
	);
}

/** One look with connections of its own. */
export async function lookAt(
	port: number,
	controls: readonly string[],
	onExchange: () => void,
): Promise<readonly (readonly [control: string, results: readonly string[]])[]> {
	const wires = openWires();
	const subject = subjectWith({
		promised: {state: 'none', reason: 'the image carries no contract'},
		endpoints: [{protocol: 'https', port, address: {host: '127.0.0.1', port}, name: 'localhost'}],
		ask: (endpoint, asked, stop) => {
			onExchange();
			return ask(endpoint, asked, stop, wires);
		},
	});
	const signal = AbortSignal.timeout(10_000);
	try {
		return await Promise.all(
			controls.map(async control => {
				const findings = (await probes[control]?.(subject, signal)) ?? [];
				return [control, findings.map(({result}) => result)] as const;
			}),
		);
	} finally {
		wires.close();
	}
}
