import {knownSuites} from '../../../daemon/probes/tls/suites.ts';
import {HOST} from './certificates.ts';
import {type Facts, groupFact} from './facts.ts';
import type {Stage} from './stage.ts';

/** Another program that looks at the TLS of a server. */
export interface Tool {
	readonly name: string;
	readonly ask: (stage: Stage, port: number, about: 'handshake' | 'certificate') => Promise<Facts>;
}

/** Only what the tool's own library knows; XML by lines, because that is how it writes it. */
export const sslscan: Tool = {
	name: 'sslscan',
	ask: async (stage, port) => {
		const words = [
			'sslscan',
			'--xml=-',
			'--no-colour',
			'--no-heartbleed',
			`--sni-name=${HOST}`,
			`127.0.0.1:${port}`,
		];
		const text = await stage.tool(['timeout', '-k', '5', '120', ...words]);
		const found = new Set<string>();
		for (const line of text.split('\n')) {
			for (const fact of sslscanLine(line.trim())) {
				found.add(fact);
			}
		}

		return {
			kinds: new Set(text.includes('</ssltest>') ? SSLSCAN : []),
			found,
		};
	},
};

const SSLSCAN = [
	...['version', 'suite', 'group', 'habit compression', 'habit fallback', 'habit secure renegotiation'],
	...['certificate expired', 'certificate self-signed', 'certificate SHA-1', 'certificate small key'],
];

function sslscanLine(line: string): readonly string[] {
	const attribute = (name: string): string => new RegExp(` ${name}="([^"]*)"`).exec(line)?.[1] ?? '';
	const kind = /^<([a-z-]+)/.exec(line)?.[1];
	const readers: Readonly<Record<string, () => readonly string[]>> = {
		protocol: () =>
			attribute('enabled') === '1' ? [`version ${versionOf(attribute('type'), attribute('version'))}`] : [],
		cipher: () => [
			`suite ${attribute('sslversion').replace(/^TLSv1$/, 'TLSv1.0')} ${suiteOf(attribute('id'))}`,
		],
		group: () => [groupFact(attribute('name'))],
		fallback: () => (attribute('supported') === '1' ? ['habit fallback'] : []),
		compression: () => (attribute('supported') === '1' ? ['habit compression'] : []),
		renegotiation: () => (attribute('secure') === '1' ? ['habit secure renegotiation'] : []),
		expired: () => (line.includes('>true<') ? ['certificate expired'] : []),
		'self-signed': () => (line.includes('>true<') ? ['certificate self-signed'] : []),
		'signature-algorithm': () => (/sha1/i.test(line) ? ['certificate SHA-1'] : []),
		pk: () =>
			attribute('type') === 'RSA' && Number(attribute('bits')) < 2048 ? ['certificate small key'] : [],
	};
	return readers[kind ?? '']?.() ?? [];
}

function versionOf(type: string, version: string): string {
	return type === 'ssl' ? `SSLv${version}` : `TLSv${version}`;
}

function suiteOf(id: string): string {
	const number = Number.parseInt(id, 16);
	return knownSuites().find(suite => suite.number === number)?.name ?? id;
}
