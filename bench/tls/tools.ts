import {HOST} from '../../test/helpers/tls/certificates.ts';
import {groupFact} from '../../test/helpers/tls/facts.ts';
import {sslscan, type Tool} from '../../test/helpers/tls/sslscan.ts';

const SLOW = ['timeout', '-k', '5'];

type Json = Readonly<Record<string, unknown>>;

const SSLYZE_VERSIONS = {
	ssl_2_0_cipher_suites: 'SSLv2',
	ssl_3_0_cipher_suites: 'SSLv3',
	tls_1_0_cipher_suites: 'TLSv1.0',
	tls_1_1_cipher_suites: 'TLSv1.1',
	tls_1_2_cipher_suites: 'TLSv1.2',
	tls_1_3_cipher_suites: 'TLSv1.3',
} as const;

const sslyze: Tool = {
	name: 'sslyze',
	ask: async (stage, port) => {
		const asked = [
			'certinfo',
			'sslv2',
			'sslv3',
			'tlsv1',
			'tlsv1_1',
			'tlsv1_2',
			'tlsv1_3',
			'elliptic_curves',
			'reneg',
			'resum',
			'compression',
			'fallback',
			'early_data',
			'ems',
		];
		const out = `/tmp/sslyze-${port}.json`;
		await stage.tool([
			...[
				...SLOW,
				'120',
				'/opt/sslyze/bin/sslyze',
				`--json_out=${out}`,
				'--quiet',
				'--certinfo_ca_file=/certs/ca.pem',
			],
			...asked.map(each => `--${each}`),
			`${HOST}:${port}{127.0.0.1}`,
		]);
		const text = await stage.tool(['cat', out]);
		const told = resultsIn(text).flatMap(([name, value]) => sslyzeFacts(name, value));
		return {
			kinds: new Set(told.map(({kind}) => kind)),
			found: new Set(told.flatMap(({facts}) => facts)),
		};
	},
};

/** What it came to the end of. */
function resultsIn(text: string): readonly (readonly [string, Json])[] {
	const {server_scan_results: [server] = []} = (text === '' ? {} : JSON.parse(text)) as {
		readonly server_scan_results?: readonly Json[];
	};
	const results = (server?.['scan_result'] ?? {}) as Readonly<Record<string, Json | undefined>>;
	return Object.entries(results).flatMap(([name, result]) =>
		result?.['status'] === 'COMPLETED' ? [[name, result['result'] as Json] as const] : [],
	);
}

interface Told {
	readonly kind: string;
	readonly facts: readonly string[];
}

function habit(name: string, isSo: unknown): Told {
	return {kind: `habit ${name}`, facts: isSo === true ? [`habit ${name}`] : []};
}

function sslyzeFacts(name: string, value: Json): readonly Told[] {
	if (name in SSLYZE_VERSIONS) {
		const version = SSLYZE_VERSIONS[name as keyof typeof SSLYZE_VERSIONS];
		const accepted = value['accepted_cipher_suites'] as readonly {
			readonly cipher_suite: {readonly name: string};
		}[];
		return [
			{
				kind: `version ${version}`,
				facts: value['is_tls_version_supported'] === true ? [`version ${version}`] : [],
			},
			{kind: 'suite', facts: accepted.map(each => `suite ${version} ${each.cipher_suite.name}`)},
		];
	}

	switch (name) {
		case 'tls_compression':
			return [habit('compression', value['supports_compression'])];
		case 'tls_1_3_early_data':
			return [habit('early data', value['supports_early_data'])];
		case 'tls_fallback_scsv':
			return [habit('fallback', value['supports_fallback_scsv'])];
		case 'tls_extended_master_secret':
			return [habit('extended master secret', value['supports_ems_extension'])];
		case 'session_renegotiation':
			return [
				habit('secure renegotiation', value['supports_secure_renegotiation']),
				habit('client renegotiation', value['is_vulnerable_to_client_renegotiation_dos']),
			];
		case 'session_resumption':
			return [
				habit(
					'resumption',
					['session_id_resumption_result', 'tls_ticket_resumption_result'].some(
						key => value[key] === 'FULLY_SUPPORTED',
					),
				),
			];
		case 'elliptic_curves': {
			const curves = (value['supported_curves'] ?? []) as readonly {readonly name: string}[];
			return [{kind: 'group', facts: curves.map(curve => groupFact(curve.name))}];
		}

		case 'certificate_info':
			return certificateFacts(value);
		default:
			return [];
	}
}

function certificateFacts(value: Json): readonly Told[] {
	// A server with two keys shows both; the one that others see as well is the last.
	const deployments = value['certificate_deployments'] as readonly Json[];
	const deployment = deployments.at(-1) ?? {};
	const [leaf] = deployment['received_certificate_chain'] as readonly Json[];
	const paths = deployment['path_validation_results'] as readonly Json[];
	const own = paths.find(path => (path['trust_store'] as Json)['path'] === '/certs/ca.pem');
	const error = String(own?.['validation_error'] ?? '');
	const key = (leaf?.['public_key'] ?? {}) as Json;
	const hash = (leaf?.['signature_hash_algorithm'] ?? {}) as Json;
	const isName = /no matching subject|does not match|subjectAltName|\bSAN\b|name mismatch/i.test(error);
	const told = (fault: string, isSo: boolean): Told => ({
		kind: `certificate ${fault}`,
		facts: isSo ? [`certificate ${fault}`] : [],
	});
	return [
		told('expired', new Date(String(leaf?.['not_valid_after'])) < new Date()),
		told('not valid yet', new Date(String(leaf?.['not_valid_before'])) > new Date()),
		told('SHA-1', hash['name'] === 'sha1'),
		told('small key', String(key['algorithm']).includes('RSA') && Number(key['key_size']) < 2048),
		told('order', deployment['received_chain_has_valid_order'] === false),
		told('name', isName),
		told(
			'untrusted',
			own?.['was_validation_successful'] === false &&
				!isName &&
				!/valid at|time|EKU|extendedKeyUsage/i.test(error),
		),
	];
}

const TESTSSL_VERSIONS = {
	SSLv2: 'SSLv2',
	SSLv3: 'SSLv3',
	TLS1: 'TLSv1.0',
	TLS1_1: 'TLSv1.1',
	TLS1_2: 'TLSv1.2',
	TLS1_3: 'TLSv1.3',
} as const;

/** One of two sections, by what the server is about: all of them would take an hour for as many servers. */
const testssl: Tool = {
	name: 'testssl.sh',
	ask: async (stage, port, about) => {
		const out = `/tmp/testssl-${port}.json`;
		await stage.tool([
			...[...SLOW, '180', 'testssl', '--quiet', '--color', '0', '--warnings', 'off', '--jsonfile', out],
			...[
				'--add-ca',
				'/certs/ca.pem',
				'--ip',
				'127.0.0.1',
				about === 'certificate' ? '-S' : '-p',
				`${HOST}:${port}`,
			],
		]);
		const text = await stage.tool(['cat', out]);
		const lines = parsed(text);
		// A server with two certificates has their ids numbered.
		const say = (id: string): string | undefined =>
			lines.find(line => line.id.replace(/ <.*/, '') === id)?.finding;
		const kinds = new Set<string>();
		const found = new Set<string>();
		const tell = (fact: string, id: string, isSo: (finding: string) => boolean): void => {
			const finding = say(id);
			if (finding !== undefined) {
				kinds.add(fact);
				if (isSo(finding)) {
					found.add(fact);
				}
			}
		};
		for (const [id, version] of Object.entries(TESTSSL_VERSIONS)) {
			tell(
				`version ${version}`,
				id,
				finding => /^offered|^supported|vulnerable|offered with/.test(finding) && !/^not/.test(finding),
			);
		}

		tell('certificate expired', 'cert_expirationStatus', finding => /^expired/.test(finding));
		tell('certificate SHA-1', 'cert_signatureAlgorithm', finding => /SHA1/.test(finding));
		tell('certificate small key', 'cert_keySize', finding => /RSA (?:512|768|1024) /.test(finding));
		tell(
			'certificate self-signed',
			'cert_chain_of_trust',
			finding => finding.includes('self signed') && !finding.includes('self signed CA in chain'),
		);
		tell(
			'certificate untrusted',
			'cert_chain_of_trust',
			finding => /failed/.test(finding) && !/expired|not yet/.test(finding),
		);
		tell('certificate name', 'cert_trust', finding => /does not match|CN only match/.test(finding));
		tell('certificate order', 'certs_list_ordering_problem', finding => finding === 'yes');
		tell('habit h2', 'ALPN', finding => finding.includes('h2'));
		return {kinds, found};
	},
};

function parsed(text: string): readonly {readonly id: string; readonly finding: string}[] {
	try {
		return JSON.parse(text) as readonly {readonly id: string; readonly finding: string}[];
	} catch {
		return []; // It broke off.
	}
}

export const tools: readonly Tool[] = [sslscan, sslyze, testssl];
