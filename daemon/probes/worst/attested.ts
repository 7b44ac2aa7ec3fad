import {digestOf} from '../../../proto/digest.ts';
import type {Worst} from '../probe.ts';
import {worstContainer} from './container.ts';

/** The worst container, with a contract that can be believed and that it does not keep. */
export const worstAttested: Worst = async signal => {
	const {subject, close} = await worstContainer(signal);
	return {
		subject: {
			...subject,
			promised: {
				state: 'kept',
				digest: digestOf('contract'),
				contract: {
					version: 1,
					frontend: {version: '0.1.0'},
					policy: {name: 'bad', digest: digestOf('policy')},
					dockerfile: {digest: digestOf('dockerfile')},
					application: {port: 3000},
					proxy: {
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
					},
					checks: {},
				},
			},
		},
		close,
	};
};
