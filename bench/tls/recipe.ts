import type {Recipe} from '../../test/helpers/tls/stage.ts';

/** Everything that looks at TLS, and servers to be looked at. */
export const recipe: Recipe = {
	image: 'sallyport-bench/tls-tools',
	packages: [
		...[
			'sslscan',
			'testssl.sh',
			'bsdextrautils',
			'procps',
			'dnsutils',
			'python3-venv',
			'nginx-light',
			'openssl',
		],
		...['gnutls-bin', 'prometheus-blackbox-exporter', 'ca-certificates'],
	],
	lines: ['RUN python3 -m venv /opt/sslyze && /opt/sslyze/bin/pip install -q sslyze==6.2.0'],
};
