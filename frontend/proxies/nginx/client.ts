import type {Plan} from '../plan.ts';
import {block, networkText} from './quote.ts';

/**
 * Who asks, and under which request id and scheme. Only what a trusted proxy says is believed, and by its own address: nginx replaces
 * the client's address by the last one in X-Forwarded-For that isn't a trusted proxy's. For `http`.
 */
export function clientMaps({trustedProxies}: Plan): readonly string[] {
	if (trustedProxies.length === 0) {
		return [
			...block('map "" $rid', ['default $request_id;']),
			...block('map "" $forwarded_proto', ['default $scheme;']),
		];
	}

	return [
		...trustedProxies.map(network => `set_real_ip_from ${networkText(network)};`),
		'real_ip_header X-Forwarded-For;',
		// Through all trusted hops, or a client could put an address in front of its own.
		'real_ip_recursive on;',
		...block('geo $realip_remote_addr $from_trusted', [
			'default 0;',
			...trustedProxies.map(network => `${networkText(network)} 1;`),
		]),
		...block('map "$from_trusted:$http_x_request_id" $rid', [
			'"~^1:(?<trusted_id>[A-Za-z0-9._-]{8,64})$" $trusted_id;',
			'default $request_id;',
		]),
		...block('map "$from_trusted:$http_x_forwarded_proto" $forwarded_proto', [
			'"1:https" https;',
			'"1:http" http;',
			'default $scheme;',
		]),
	];
}
