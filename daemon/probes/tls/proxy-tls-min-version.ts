import {type Endpoint, eachEndpoint, ofProxy, type ProbeFinding} from '../probe.ts';
import {type Heard, sayHello, type TlsVersion, tlsVersions} from './hello.ts';

const all = Object.keys(tlsVersions) as TlsVersion[]; // The table's own keys.

export const proxyTlsMinVersion = ofProxy(async (proxy, subject, signal) =>
	eachEndpoint(subject, 'https', async endpoint => {
		const heard = await Promise.all(
			all.map(async version => ({version, heard: await sayHello(endpoint, version, signal)})),
		);
		return [judge(heard, proxy.tls.minVersion, endpoint)];
	}),
);

type Asked = {readonly version: TlsVersion; readonly heard: Heard};

/** A pass takes both: a modern version accepted, and every older one refused by the server's own alert. */
function judge(asked: readonly Asked[], minVersion: TlsVersion, {port}: Endpoint): ProbeFinding {
	const floor = tlsVersions[minVersion];
	const accepted = asked.flatMap(({heard}) => (heard.heard === 'accepted' ? [heard.version] : []));
	const old = accepted.filter(version => tlsVersions[version] < floor);
	const unclear = asked.filter(
		({version, heard}) => tlsVersions[version] < floor && heard.heard === 'unclear',
	);
	const observed = {
		method: 'raw ClientHello',
		accepted,
		refused: asked.filter(({heard}) => heard.heard === 'refused').map(({version}) => version),
		unclear: asked.flatMap(({version, heard}) =>
			heard.heard === 'unclear' ? [`${version}: ${heard.reason.slice(0, 80)}`] : [],
		),
	};
	const expected = `${minVersion} or newer is accepted, everything older refused by the server`;
	if (old.length > 0) {
		return {
			result: 'fail',
			message: `Port ${port} accepts ${old.join(' and ')}; set ssl_protocols TLSv1.2 TLSv1.3`,
			expected,
			observed,
		};
	}

	if (unclear.length > 0 || accepted.length === 0) {
		const what =
			accepted.length === 0
				? 'accepted no version'
				: `gave no clear answer to ${unclear.map(({version}) => version).join(', ')}`;
		return {
			result: 'not-evaluated',
			message: `Port ${port} ${what}, so nothing is known`,
			expected,
			observed,
		};
	}

	return {result: 'pass', message: `Port ${port} accepts only ${accepted.join(' and ')}`, expected, observed};
}
