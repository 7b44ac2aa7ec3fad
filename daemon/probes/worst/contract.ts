import type {Contract, ProxyContract} from '../../../proto/contract.ts';
import {digestOf} from '../../../proto/digest.ts';
import type {Subject} from '../probe.ts';

/** What every proxy that is bad on purpose has promised; each adds its own. */
export const badProxy: ProxyContract = {
	engine: 'nginx',
	image: 'example.invalid/proxy:1',
	configPath: '/opt/sallyport/conf/nginx.conf',
	configDigest: digestOf('as it was attested'),
	listeners: [{port: 8443, protocol: 'https'}],
	hosts: [],
	tls: {minVersion: 'TLSv1.2'},
	headers: [],
	healthPath: '/healthz',
	cache: 'off',
	limits: {bodyBytes: 1, requestsPerSecond: 1, burst: 1, connections: 1},
};

/** A contract that can be believed, about such a proxy. */
export function promisedBy(proxy: ProxyContract): Extract<Subject['promised'], {state: 'kept'}> {
	const contract: Contract = {
		version: 1,
		frontend: {version: '0.0.0'},
		policy: {name: 'bad', digest: digestOf('policy')},
		dockerfile: {digest: digestOf('dockerfile')},
		application: {port: 3000},
		proxy,
		checks: {},
	};
	return {state: 'kept', digest: digestOf('contract'), contract};
}
