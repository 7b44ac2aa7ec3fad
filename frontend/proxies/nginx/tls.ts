import type {Plan} from '../plan.ts';

/** Mozilla's guideline 6.0, profile intermediate (TLS 1.2 and 1.3) or modern (1.3 alone). For `http`. */
export function tls(plan: Plan): readonly string[] {
	const {minVersion} = plan.tls;
	return [
		'ssl_certificate /run/sallyport/tls/tls.crt;',
		'ssl_certificate_key /run/sallyport/tls/tls.key;',
		// What may be mounted beside it: an RSA pair for old clients, the authority of client certificates. See `tlsFiles`.
		'include /run/sallyport/proxy/tls/*.con[f];',
		`ssl_protocols ${minVersion === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2 TLSv1.3'};`,
		`ssl_ciphers ${CIPHERS.join(':')};`,
		// The first is the post-quantum hybrid; the tree's OpenSSL is 3.5, which knows it.
		'ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;',
		'ssl_prefer_server_ciphers off;',
		'ssl_session_timeout 1d;',
		// A resumed session is not asked for its certificate again: a revoked one, or one of an authority that is gone, would live on.
		`ssl_session_cache ${wantsCertificates(plan) ? 'off' : 'shared:tls:10m'};`,
		// Their keys would live as long as the process, against forward secrecy.
		'ssl_session_tickets off;',
		// RFC 8446 §8: early data can be replayed.
		'ssl_early_data off;',
	];
}

/** Lines by the name of a file in `conf/tls`; the supervisor links in those whose files are mounted. */
export function tlsFiles(plan: Plan): Readonly<Record<string, readonly string[]>> {
	const verified = {
		'client-ca.conf': [
			'ssl_client_certificate /run/sallyport/tls/client-ca.crt;',
			// Asked of everyone and needed on some routes only: one connection serves all of them.
			'ssl_verify_client optional;',
			'ssl_verify_depth 2;',
		],
		'client-crl.conf': ['ssl_crl /run/sallyport/tls/client-ca.crl;'],
	};
	return {
		'rsa.conf': [
			'ssl_certificate /run/sallyport/tls/tls.rsa.crt;',
			'ssl_certificate_key /run/sallyport/tls/tls.rsa.key;',
		],
		...(wantsCertificates(plan) ? verified : {}),
	};
}

function wantsCertificates({routes}: Plan): boolean {
	return routes.some(({access}) => access.certificate !== undefined);
}

const CIPHERS = [
	'ECDHE-ECDSA-AES128-GCM-SHA256',
	'ECDHE-RSA-AES128-GCM-SHA256',
	'ECDHE-ECDSA-AES256-GCM-SHA384',
	'ECDHE-RSA-AES256-GCM-SHA384',
	'ECDHE-ECDSA-CHACHA20-POLY1305',
	'ECDHE-RSA-CHACHA20-POLY1305',
];
