import type {Endpoint, ProbeFinding, Subject} from '../probe.ts';
import {type TlsVersion, tlsVersions, versionNames} from './hello.ts';
import {ofTls} from './of-tls.ts';
import type {Versions} from './posture.ts';

export const proxyTlsMinVersion = ofTls(async (endpoint, subject) => [
	judge(await subject.scan(endpoint).versions(), floorOf(subject), endpoint),
]);

/** The highest of what the contract promises, the policy asks for, and what is the least anywhere. */
function floorOf({promised, paramsOf}: Subject): TlsVersion {
	const promisedFloor = promised.state === 'kept' ? promised.contract.proxy?.tls.minVersion : undefined;
	const asked = paramsOf('proxy-tls-min-version')['minVersion'];
	return [promisedFloor, asked].includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2';
}

/** A pass takes both: a modern version accepted, and every older one refused by the server's own alert. */
function judge({heard, accepted, sslv2}: Versions, floor: TlsVersion, {port}: Endpoint): ProbeFinding {
	const isOld = (version: TlsVersion): boolean => tlsVersions[version] < tlsVersions[floor];
	const old = [...(sslv2 ? ['SSLv2'] : []), ...accepted.filter(isOld)];
	const unclear = versionNames.flatMap(version => {
		const {reason} = {reason: undefined, ...heard[version]};
		return reason === undefined ? [] : [{version, text: `${version}: ${reason.slice(0, 80)}`}];
	});
	const observed = {
		method: 'raw ClientHello',
		accepted,
		refused: versionNames.filter(version => heard[version].heard === 'refused'),
		unclear: unclear.map(({text}) => text),
	};
	const expected = `${floor} or newer is accepted, everything older refused by the server`;
	if (old.length > 0) {
		const wanted = floor === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2 TLSv1.3';
		return {
			result: 'fail',
			message: `Port ${port} accepts ${old.join(' and ')}; set ssl_protocols ${wanted}`,
			expected,
			observed,
		};
	}

	const blind = unclear.filter(({version}) => isOld(version)).map(({version}) => version);
	if (blind.length > 0 || accepted.length === 0) {
		const what =
			accepted.length === 0 ? 'accepted no version' : `gave no clear answer to ${blind.join(', ')}`;
		return {
			result: 'not-evaluated',
			message: `Port ${port} ${what}, so nothing is known`,
			expected,
			observed,
		};
	}

	return {result: 'pass', message: `Port ${port} accepts only ${accepted.join(' and ')}`, expected, observed};
}
