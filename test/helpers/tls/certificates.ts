import {execFileSync} from 'node:child_process';
import {createDiffieHellmanGroup} from 'node:crypto';
import {mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Name that every server is asked for. */
export const HOST = 'www.app.example';

interface Wanted {
	readonly newKey?: readonly string[];
	readonly by?: string;
	/** Lines of openssl's extension file. */
	readonly extensions?: readonly string[];
	readonly digest?: string;
	readonly from?: string;
	readonly to?: string;
	readonly name?: string;
}

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
/** What authorities write into every certificate of a server. */
const usual = [
	'basicConstraints=critical,CA:FALSE',
	'subjectKeyIdentifier=hash',
	'authorityKeyIdentifier=keyid',
	'keyUsage=critical,digitalSignature,keyEncipherment',
];
const server = [...usual, 'extendedKeyUsage=serverAuth'];
const named = (name: string): readonly string[] => [...server, `subjectAltName=DNS:${name}`];
const day = (days: number): string =>
	new Date(Date.now() + days * 86_400_000).toISOString().replace(/[-:T]|\.\d+/g, '');

/** A folder of certificates with every fault there is: `NAME.crt` is what the server sends, `NAME.key` its key. */
export function makeCertificates(): Readonly<Record<string, string>> {
	const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
	const openssl = (...words: readonly string[]): void =>
		void execFileSync('openssl', words, {cwd: folder, stdio: 'pipe'});
	const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
	const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
	const root = (name: string): void =>
		openssl(
			'req',
			'-x509',
			...p256,
			'-nodes',
			'-subj',
			`/CN=${name}`,
			'-addext',
			'keyUsage=critical,keyCertSign,cRLSign',
			'-days',
			'90',
			'-keyout',
			`${name}.key`,
			'-out',
			`${name}.crt`,
		);
	const issue = (
		file: string,
		{
			newKey = p256,
			by = 'ca',
			extensions = named(HOST),
			digest = 'sha256',
			from = day(-1),
			to = day(80),
			name = HOST,
		}: Wanted = {},
	): void => {
		write('extensions', extensions.join('\n'));
		openssl('req', ...newKey, '-nodes', '-subj', `/CN=${name}`, '-keyout', `${file}.key`, '-out', 'csr');
		// The command that writes dates as they are said wants a database, and one for each certificate.
		write('index', '');
		write(
			'serial',
			Math.floor(Math.random() * 2 ** 40)
				.toString(16)
				.padStart(12, '1'),
		);
		write(
			'config',
			'[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n',
		);
		openssl(
			'ca',
			'-batch',
			'-notext',
			'-config',
			'config',
			'-cert',
			`${by}.crt`,
			'-keyfile',
			`${by}.key`,
			'-md',
			digest,
			'-startdate',
			from,
			'-enddate',
			to,
			'-extfile',
			'extensions',
			'-in',
			'csr',
			'-out',
			`${file}.crt`,
		);
	};

	root('ca');
	root('stranger');
	issue('leaf');
	issue('rsa', {newKey: ['-newkey', 'rsa:2048']});
	issue('rsa1024', {newKey: ['-newkey', 'rsa:1024']});
	issue('sha1', {digest: 'sha1'});
	issue('expired', {from: day(-90), to: day(-2)});
	issue('future', {from: day(20), to: day(100)});
	issue('other', {extensions: named('www.other.example'), name: 'www.other.example'});
	issue('subject', {extensions: server});
	issue('wildcard', {extensions: named('*.app.example')});
	issue('foreign', {by: 'stranger'});
	issue('ed25519', {newKey: ['-newkey', 'ed25519']});
	issue('p384', {newKey: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384']});
	issue('long', {to: day(730)});
	issue('client', {extensions: [...usual, `subjectAltName=DNS:${HOST}`, 'extendedKeyUsage=clientAuth']});
	issue('middle', {
		name: 'middle',
		extensions: [
			'basicConstraints=critical,CA:TRUE',
			'keyUsage=critical,keyCertSign,cRLSign',
			'subjectKeyIdentifier=hash',
			'authorityKeyIdentifier=keyid',
		],
	});
	issue('incomplete', {by: 'middle'});
	for (const [file, order] of [
		['complete', ['incomplete', 'middle']],
		['disorder', ['incomplete', 'ca', 'middle']],
	] as const) {
		write(`${file}.crt`, order.map(each => read(`${each}.crt`)).join(''));
		write(`${file}.key`, read('incomplete.key'));
	}

	openssl(
		'req',
		'-x509',
		...p256,
		'-nodes',
		'-subj',
		`/CN=${HOST}`,
		'-addext',
		`subjectAltName=DNS:${HOST}`,
		'-days',
		'80',
		'-keyout',
		'self.key',
		'-out',
		'self.crt',
	);
	const files = [
		'leaf',
		'rsa',
		'rsa1024',
		'sha1',
		'expired',
		'future',
		'other',
		'subject',
		'wildcard',
		'foreign',
		'ed25519',
		'p384',
		'long',
		'client',
		'incomplete',
		'complete',
		'disorder',
		'self',
	];
	return {
		...Object.fromEntries(
			files.flatMap(file => [`${file}.crt`, `${file}.key`].map(each => [each, read(each)])),
		),
		'ca.pem': read('ca.crt'),
		'dh1024.pem': field('modp2'),
		'dh2048.pem': field('modp14'),
		'dh4096.pem': field('modp16'),
	};
}

/** PKCS #3: the prime of a well-known group, and 2. */
function field(name: string): string {
	const prime = Buffer.concat([Buffer.of(0), createDiffieHellmanGroup(name).getPrime()]);
	const size = (bytes: number): Buffer =>
		bytes < 0x100 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
	const body = Buffer.concat([Buffer.of(2), size(prime.length), prime, Buffer.from([2, 1, 2])]);
	const der = Buffer.concat([Buffer.of(0x30), size(body.length), body]);
	return `-----BEGIN DH PARAMETERS-----\n${der.toString('base64')}\n-----END DH PARAMETERS-----\n`;
}
