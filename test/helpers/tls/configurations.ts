/** A server to be asked by everybody, what is wrong with it, and what our probes have to say of it. */
export interface Configuration {
	readonly name: string;
	readonly server:
		| {readonly nginx: readonly string[]}
		| {readonly openssl: string}
		| {readonly gnutls: string};
	/** File of `certificates.ts`, without its ending; `leaf` unless said. */
	readonly certificate?: string;
	/** Our probes that have to fail; the others have to pass. */
	readonly bad: readonly Judged[];
}

export const judged = ['proxy-tls-min-version', 'proxy-tls-ciphers', 'proxy-tls-cert-valid'] as const;
export type Judged = (typeof judged)[number];

const [version, ciphers, certificate] = judged;
const six =
	'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';
const modern = ['ssl_protocols TLSv1.2 TLSv1.3', `ssl_ciphers ${six}`];
const twelve = ['ssl_protocols TLSv1.2'];
const only = (list: string): readonly string[] => [...twelve, `ssl_ciphers ${list}`];
const anything = 'ALL:eNULL:aNULL:@SECLEVEL=0';

export const configurations: readonly Configuration[] = [
	// Versions
	{name: 'Debian as it comes', server: {nginx: []}, bad: [ciphers]},
	{name: 'TLS 1.3 alone', server: {nginx: ['ssl_protocols TLSv1.3']}, bad: []},
	{name: 'intermediate', server: {nginx: modern}, bad: []},
	{
		name: 'everything nginx has',
		server: {nginx: ['ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3', `ssl_ciphers ${anything}`]},
		certificate: 'rsa',
		bad: [version, ciphers],
	},
	{
		name: 'TLS 1.0 alone',
		server: {nginx: ['ssl_protocols TLSv1', `ssl_ciphers DEFAULT:@SECLEVEL=0`]},
		certificate: 'rsa',
		bad: [version, ciphers],
	},
	{
		name: 'TLS 1.1 and 1.2',
		server: {nginx: ['ssl_protocols TLSv1.1 TLSv1.2', `ssl_ciphers DEFAULT:@SECLEVEL=0`]},
		certificate: 'rsa',
		bad: [version, ciphers],
	},
	{name: 'TLS 1.2 alone', server: {nginx: only(six)}, bad: []},
	// Suites
	{
		name: 'CBC alone',
		server: {nginx: only('ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA384')},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{
		name: 'static RSA alone',
		server: {nginx: only('AES128-GCM-SHA256:AES256-SHA')},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{
		name: 'no encryption',
		server: {nginx: only('ECDHE-RSA-NULL-SHA:NULL-SHA256:@SECLEVEL=0')},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{
		name: 'no authentication',
		server: {nginx: only(`ADH-AES128-GCM-SHA256:AECDH-AES256-SHA:${six}:@SECLEVEL=0`)},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{name: 'ChaCha20 alone', server: {nginx: only('ECDHE-ECDSA-CHACHA20-POLY1305')}, bad: []},
	{name: 'CCM', server: {nginx: only('ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM8')}, bad: []},
	{
		name: 'ARIA and Camellia',
		server: {nginx: only('ECDHE-RSA-ARIA128-GCM-SHA256:ECDHE-RSA-CAMELLIA128-SHA256')},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{
		name: 'DHE of 1024 bits',
		server: {nginx: [...only('DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0'), 'ssl_dhparam /certs/dh1024.pem']},
		certificate: 'rsa',
		bad: [ciphers],
	},
	{
		name: 'DHE of 2048 bits',
		server: {nginx: [...only('DHE-RSA-AES128-GCM-SHA256'), 'ssl_dhparam /certs/dh2048.pem']},
		certificate: 'rsa',
		bad: [],
	},
	{
		name: 'DHE of 4096 bits',
		server: {
			nginx: [
				...only('DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305'),
				'ssl_dhparam /certs/dh4096.pem',
			],
		},
		certificate: 'rsa',
		bad: [],
	},
	{name: 'the client chooses', server: {nginx: [...modern, 'ssl_prefer_server_ciphers off']}, bad: []},
	{name: 'the server chooses', server: {nginx: [...modern, 'ssl_prefer_server_ciphers on']}, bad: []},
	{
		name: 'RC4 and 3DES',
		server: {
			gnutls:
				'NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+ARCFOUR-128:+3DES-CBC:+MD5:%VERIFY_ALLOW_SIGN_WITH_SHA1',
		},
		certificate: 'rsa',
		bad: [version, ciphers],
	},
	{name: 'GnuTLS as it comes', server: {gnutls: 'NORMAL'}, certificate: 'rsa', bad: [version, ciphers]},
	{
		name: 'GnuTLS, secure',
		server: {gnutls: 'SECURE128:-RSA:-AES-128-CBC:-AES-256-CBC:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2'},
		certificate: 'rsa',
		bad: [],
	},
	{
		name: 'SSL 3.0 by GnuTLS',
		server: {gnutls: 'NORMAL:+VERS-SSL3.0:+VERS-TLS1.0:+VERS-TLS1.1'},
		certificate: 'rsa',
		bad: [version, ciphers],
	},
	// Groups
	{name: 'P-384 alone', server: {nginx: [...modern, 'ssl_ecdh_curve secp384r1']}, bad: []},
	{
		name: 'post-quantum alone',
		server: {nginx: ['ssl_protocols TLSv1.3', 'ssl_ecdh_curve X25519MLKEM768']},
		bad: [],
	},
	{
		name: 'post-quantum of P-256 and P-384',
		server: {nginx: ['ssl_protocols TLSv1.3', 'ssl_ecdh_curve SecP256r1MLKEM768:SecP384r1MLKEM1024:X25519']},
		bad: [],
	},
	{name: 'P-521 and X448', server: {nginx: [...modern, 'ssl_ecdh_curve secp521r1:X448']}, bad: []},
	{
		name: 'Brainpool and weak curves',
		server: {
			openssl: `-cipher ${six}:@SECLEVEL=0 -curves brainpoolP256r1:secp192r1:sect163k1:prime256v1 -tls1_2`,
		},
		certificate: 'rsa',
		bad: [ciphers],
	},
	// Habits
	{
		name: 'no resumption',
		server: {nginx: [...modern, 'ssl_session_tickets off', 'ssl_session_cache off']},
		bad: [],
	},
	{
		name: 'sessions without tickets',
		server: {nginx: [...modern, 'ssl_session_tickets off', 'ssl_session_cache shared:s:1m']},
		bad: [],
	},
	{name: 'early data', server: {nginx: [...modern, 'ssl_early_data on']}, bad: []},
	{name: 'HTTP/2', server: {nginx: [...modern, 'http2 on']}, bad: []},
	{
		name: 'renegotiation by the client',
		server: {openssl: `-cipher ${six} -client_renegotiation -tls1_2`},
		bad: [],
	},
	{
		name: 'a client certificate is demanded',
		server: {nginx: [...modern, 'ssl_verify_client on', 'ssl_client_certificate /certs/ca.pem']},
		bad: [],
	},
	// Certificates
	{name: 'expired', server: {nginx: modern}, certificate: 'expired', bad: [certificate]},
	{name: 'not valid yet', server: {nginx: modern}, certificate: 'future', bad: [certificate]},
	{name: 'another name', server: {nginx: modern}, certificate: 'other', bad: [certificate]},
	{name: 'a name in the subject alone', server: {nginx: modern}, certificate: 'subject', bad: [certificate]},
	{name: 'a wildcard', server: {nginx: modern}, certificate: 'wildcard', bad: []},
	{
		name: 'signed with SHA-1',
		server: {openssl: `-cipher ${six}:@SECLEVEL=0 -sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256`},
		certificate: 'sha1',
		bad: [certificate],
	},
	{
		name: 'RSA of 1024 bits',
		server: {openssl: `-cipher ${six}:@SECLEVEL=0 -sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256`},
		certificate: 'rsa1024',
		bad: [certificate],
	},
	{name: 'without its intermediate', server: {nginx: modern}, certificate: 'incomplete', bad: [certificate]},
	{name: 'with its intermediate', server: {nginx: modern}, certificate: 'complete', bad: []},
	{name: 'in the wrong order', server: {nginx: modern}, certificate: 'disorder', bad: [certificate]},
	{name: 'self-signed', server: {nginx: modern}, certificate: 'self', bad: [certificate]},
	{name: 'a foreign authority', server: {nginx: modern}, certificate: 'foreign', bad: [certificate]},
	{name: 'Ed25519', server: {nginx: modern}, certificate: 'ed25519', bad: []},
	{name: 'P-384', server: {nginx: modern}, certificate: 'p384', bad: []},
	{
		name: 'two keys',
		server: {nginx: [...modern, 'ssl_certificate /certs/rsa.crt', 'ssl_certificate_key /certs/rsa.key']},
		bad: [],
	},
	{name: 'a lifetime of two years', server: {nginx: modern}, certificate: 'long', bad: [certificate]},
	{name: 'for clients alone', server: {nginx: modern}, certificate: 'client', bad: [certificate]},
];
