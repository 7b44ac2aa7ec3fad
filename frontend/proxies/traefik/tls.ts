import type {Plan} from '../plan.ts';
import {type Value, verbatim} from './yaml.ts';

const TLS = '/run/sallyport/tls';

/** Mozilla's guideline 6.0, profile intermediate (TLS 1.2 and 1.3) or modern (1.3 alone), and what is shown. */
export function tls({tls: {minVersion}, routes}: Plan): Value {
	const pair = {certFile: `${TLS}/tls.crt`, keyFile: `${TLS}/tls.key`};
	return {
		options: {
			default: {
				minVersion: minVersion === 'TLSv1.3' ? 'VersionTLS13' : 'VersionTLS12',
				cipherSuites: CIPHERS,
				// The first is the post-quantum hybrid.
				curvePreferences: ['X25519MLKEM768', 'X25519', 'CurveP256', 'CurveP384'],
				// Their keys would live as long as the process, against forward secrecy.
				disableSessionTickets: true,
				alpnProtocols: ['h2', 'http/1.1'],
				// A name that is none of ours is refused by 421, where its client can read why.
				sniStrict: false,
				clientAuth: routes.some(({access}) => access.certificate !== undefined)
					? whereMounted(
							`{caFiles: ["${TLS}/client-ca.crt"], clientAuthType: "VerifyClientCertIfGiven"}`,
							'{clientAuthType: "NoClientCert"}',
						)
					: undefined,
			},
		},
		// Shown to whoever names no host, or one that the certificate doesn't have; else Traefik would make one of its own.
		stores: {default: {defaultCertificate: pair}},
		certificates: [pair],
	};
}

/** Files that are mounted are not there while the image is built, and Traefik takes a file that is not there for an error. */
export function whereMounted(text: string, otherwise: string): Value {
	return verbatim(`{{ if env "SALLYPORT_CHECK" }}${otherwise}{{ else }}${text}{{ end }}`);
}

const CIPHERS = [
	'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
	'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
	'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
	'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
	'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
	'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
