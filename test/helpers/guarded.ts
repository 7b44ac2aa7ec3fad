import {readFileSync} from 'node:fs';
import type {Plan} from '../../frontend/proxies/plan.ts';
import {plan, route} from './plan.ts';

/** The application that stands behind `GUARDED`: it echoes, and says whether somebody may pass. */
export const guardedApp: string = readFileSync(
	new URL('../fixtures/proxy/guarded.mjs', import.meta.url),
	'utf8',
);

export const ISSUER = 'https://issuer.example/"quoted"$';
export const AUDIENCE = 'api';
export const KEYS = '/etc/sallyport/keys/jwks.json';
/** The password of alice; bob's is `battery`, with the usual number of rounds. */
export const PASSWORD = 'correct horse';

/** A plan that wants proofs of who asks: tokens and certificates. */
export const PROVEN: Plan = {
	...plan,
	routes: [
		route('/token', {
			access: {jwt: {issuer: ISSUER, audience: AUDIENCE, keys: KEYS, leewaySeconds: 5}},
		}),
		route('/certificate', {access: {certificate: 'required'}}),
		route('/'),
	],
};

/** A plan that asks for everything else that can be asked for, and in which the clients of the tests stand behind a trusted proxy. */
export const GUARDED: Plan = {
	...plan,
	trustedProxies: ['127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '10.9.0.0/16', 'fd00::/8'],
	routes: [
		route('/exact', {match: 'exact', access: {addresses: {deny: [], allow: ['203.0.113.0/24']}}}),
		route('/admin/open'),
		route('/admin', {
			access: {addresses: {deny: ['203.0.113.66/32'], allow: ['203.0.113.0/24', '2001:db8::/32']}},
		}),
		route('/denied', {access: {addresses: {deny: ['198.51.100.0/24'], allow: []}}}),
		route('/basic', {
			access: {
				basic: {
					realm: 'the $realm; of {it}',
					users: [
						{
							name: 'alice',
							hash: '$6$rounds=5000$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0',
						},
						{
							name: 'bob',
							hash: '$6$othersalt$PLmWgArEZkPBfb.rjtSQqezz8z2m8BHJ25fBIP2VNRJje3zT1RaIdqU5ZNEDvMdnv/Up1KmTJFXZ5IrGUp6bL0',
						},
					],
				},
				addresses: {deny: ['198.51.100.0/24'], allow: []},
			},
		}),
		route('/forward', {
			access: {forward: {path: '/permit?from=proxy', headers: ['X-User', 'X-Forwarded-Email']}},
		}),
		route('/limited', {limits: {requestsPerSecond: 1, burst: 2, bodyBytes: 100}}),
		route('/headers', {
			headers: [
				{name: 'content-security-policy', value: "default-src 'self' $here", mode: 'override'},
				{name: 'X-Frame-Options', value: 'DENY', mode: 'if-absent'},
				{name: 'X-Only-Here', value: 'the plan', mode: 'override'},
				{name: 'Vary', value: 'Accept-Language', mode: 'append'},
				{name: 'Content-Security-Policy-Report-Only', value: "script-src 'none'", mode: 'if-absent'},
			],
		}),
		{...route('/gone'), to: {kind: 'refuse', status: 410}},
		route('/'),
	],
	headers: [
		...plan.headers,
		{name: 'Cross-Origin-Opener-Policy', value: 'same-origin', mode: 'override'},
		{name: 'Cross-Origin-Embedder-Policy', value: 'require-corp', mode: 'override'},
		{name: 'Cross-Origin-Resource-Policy', value: 'same-origin', mode: 'if-absent'},
	],
};
