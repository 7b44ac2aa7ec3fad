import {chmod, copyFile, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {connect} from 'node:tls';
import test from 'ava';
import {mountable} from './helpers/docker.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container} from './helpers/proxied.ts';
import {type Supervised, saidBy, several, supervised, until} from './helpers/supervised.ts';

// What is mounted as certificate and key: good pairs are shown, others are refused in one sentence that names the way out.

let around: Supervised;
/** Certificates and keys made once: two P-256 pairs, an RSA pair, a leaf with its authority. */
let made: string;

const OPENSSL =
	'/opt/sallyport/nginx/lib/loader --library-path /opt/sallyport/nginx/lib /opt/sallyport/nginx/bin/openssl';
const MAKE = `set -e; cd /made; o="${OPENSSL}"; export OPENSSL_CONF=/dev/null; P="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
$o req -x509 $P -days 9 -config /dev/null -subj /CN=one.example -keyout one.key -out one.crt
$o req -x509 $P -days 9 -config /dev/null -subj /CN=two.example -keyout two.key -out two.crt
$o req -x509 -newkey rsa:2048 -nodes -days 5 -config /dev/null -subj /CN=rsa.example -keyout rsa.key -out rsa.crt
$o req -x509 $P -not_before 20200101000000Z -not_after 20200201000000Z -config /dev/null -subj /CN=old.example -keyout old.key -out old.crt
$o req -x509 $P -days 9 -config /dev/null -subj /CN=authority -addext basicConstraints=critical,CA:TRUE -keyout ca.key -out ca.crt
$o req -x509 $P -days 9 -config /dev/null -subj /CN=leaf.example -CA ca.crt -CAkey ca.key -keyout leaf.key -out leaf.crt
cat leaf.crt ca.crt > chain.crt
$o pkey -in one.key -aes256 -passout pass:secret -out locked.key
echo nonsense > nonsense.key; chmod 644 *`;

test.before(async () => {
	around = await supervised();
	made = await mountable({});
	const shell = ['--user', '0', '--entrypoint', 'sh', '-v', `${made}:/made`];
	const {code, stderr} = await around.docker(['run', '--rm', ...shell, around.image, '-c', MAKE]);
	if (code !== 0) {
		throw new Error(stderr);
	}
});

test.after.always(() => around.close());

/** A folder to be mounted: file names there, and which of those made they are. */
async function tls(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await mountable({});
	for (const [name, from] of Object.entries(files)) {
		await copyFile(join(made, from), join(folder, name));
		await chmod(join(folder, name), 0o644);
	}

	return folder;
}

const mount = (folder: string) => ['-v', `${folder}:/etc/sallyport/tls:ro`];

/** The name on the certificate that a client with these abilities is shown. */
function shown({https}: Container, ciphers?: string): Promise<string> {
	return new Promise((resolve, reject) => {
		const only = ciphers === undefined ? {} : ({ciphers, maxVersion: 'TLSv1.2'} as const);
		const socket = connect({host: '127.0.0.1', port: https, rejectUnauthorized: false, ...only}, () => {
			resolve(String(socket.getPeerCertificate().subject['CN']));
			socket.destroy();
		});
		socket.on('error', reject);
	});
}

const REFUSED = [
	[{'tls.crt': 'one.crt', 'tls.key': 'two.key'}, 'tls.crt', /does not belong to the key/],
	[{'tls.crt': 'one.crt', 'tls.key': 'locked.key'}, 'tls.key', /encrypted.*openssl pkey -in/],
	[{'tls.crt': 'one.crt', 'tls.key': 'nonsense.key'}, 'tls.key', /no private key/],
	[{'tls.crt': 'nonsense.key', 'tls.key': 'one.key'}, 'tls.crt', /no certificate/],
	[{'tls.crt': 'one.crt'}, 'tls.key', /mount both, or neither/],
	[{'tls.rsa.crt': 'rsa.crt', 'tls.rsa.key': 'rsa.key'}, 'tls.crt', /mount both, or neither/],
] as const;

test('a pair that cannot be used stops the start, before the application, in one line that names file and way out', async t => {
	for (const [files, file, message] of REFUSED) {
		const {code, stdout, stderr} = await around.end(several(1), mount(await tls(files)), [
			'echo',
			'application runs',
		]);
		t.is(code, 78, String(message));
		t.is(stdout, '');
		const said = JSON.parse(stderr) as {readonly message: string; readonly file: string};
		t.regex(said.message, message);
		t.is(said.file, `/etc/sallyport/tls/${file}`);
	}
});

test('a certificate that has expired, or stands without its intermediate, is shown and warned of', async t => {
	const old = await around.run(several(1), mount(await tls({'tls.crt': 'old.crt', 'tls.key': 'old.key'})));
	t.is(await shown(old), 'old.example');
	t.true((await saidBy(around.docker, old)).some(line => line.startsWith('The certificate has expired')));
	const alone = await around.run(
		several(1),
		mount(await tls({'tls.crt': 'leaf.crt', 'tls.key': 'leaf.key'})),
	);
	t.true(
		(await saidBy(around.docker, alone)).some(line => line.includes("append the intermediate's certificate")),
	);
	const whole = await around.run(
		several(1),
		mount(await tls({'tls.crt': 'chain.crt', 'tls.key': 'leaf.key'})),
	);
	t.false((await saidBy(around.docker, whole)).some(line => line.includes('intermediate')));
});

test('an RSA pair beside is shown to clients that know nothing newer, and the earlier end of both is told', async t => {
	const files = {
		'tls.crt': 'one.crt',
		'tls.key': 'one.key',
		'tls.rsa.crt': 'rsa.crt',
		'tls.rsa.key': 'rsa.key',
	};
	const container = await around.run(several(1), mount(await tls(files)));
	t.is(await shown(container, 'ECDHE-ECDSA-AES128-GCM-SHA256'), 'one.example');
	t.is(await shown(container, 'ECDHE-RSA-AES128-GCM-SHA256'), 'rsa.example');
	const metrics = await around.inside(container, 'cat /run/sallyport/proxy/supervisor.prom');
	const ends = Number(/^sallyport_certificate_expiry_timestamp_seconds (\d+)$/m.exec(metrics)?.[1]);
	t.true(Math.abs(ends - Date.now() / 1000 - 5 * 86_400) < 3600);
});

test('a pair that is replaced by a wrong one leaves the old one in use, and a right one is taken up', async t => {
	const folder = await tls({'tls.crt': 'one.crt', 'tls.key': 'one.key'});
	const container = await around.run(several(1), mount(folder));
	t.is(await shown(container), 'one.example');
	await writeFile(join(folder, 'tls.key'), await readFile(join(made, 'two.key')));
	const said = await until(
		() => saidBy(around.docker, container),
		lines => lines.some(line => line.includes('does not belong to the key')),
	);
	t.true(said.some(line => line.includes('does not belong to the key')));
	t.is(await shown(container), 'one.example');
	t.is((await ask(container.https, '/')).status, 200);
	await writeFile(join(folder, 'tls.crt'), await readFile(join(made, 'two.crt')));
	t.is(
		await until(
			() => shown(container),
			name => name === 'two.example',
		),
		'two.example',
	);
});

test('authorities and keys that a plan needs and nobody has mounted stop the start in one line', async t => {
	const route = plan.routes.at(-1);
	t.truthy(route);
	const needy = [
		{access: {certificate: 'required'}, missing: '/etc/sallyport/tls/client-ca.crt'},
		{
			access: {jwt: {issuer: 'i', audience: 'a', keys: '/etc/sallyport/keys.json', leewaySeconds: 0}},
			missing: '/etc/sallyport/keys.json',
		},
	] as const;
	for (const {access, missing} of needy) {
		const routes = plan.routes.map(each => ({...each, access}));
		const {code, stderr} = await around.end({...several(1), routes});
		t.is(code, 78);
		const said = JSON.parse(stderr) as {readonly message: string; readonly file: string};
		t.regex(said.message, /mount it/);
		t.is(said.file, missing);
	}
});
