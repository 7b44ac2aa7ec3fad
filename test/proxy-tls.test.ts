import {X509Certificate} from 'node:crypto';
import {chmod, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {type ConnectionOptions, connect, type TLSSocket} from 'node:tls';
import test from 'ava';
import type {Plan} from '../frontend/proxies/plan.ts';
import {run} from './engine/run.ts';
import {type Around, around} from './helpers/balanced.ts';
import {type Authority, makeAuthority} from './helpers/certificates.ts';
import {folderOf} from './helpers/docker.ts';
import {guardedApp, PROVEN} from './helpers/guarded.ts';
import {plan as usual} from './helpers/plan.ts';
import type {Container} from './helpers/proxied.ts';

// Which certificates, keys and sessions TLS is spoken with, and who must bring a certificate.

let proxies: Around;
let shared: Container;
let folder: string;
let clients: Authority;

const certificates = makeAuthority();
const RSA = ['-newkey', 'rsa:2048'];
/** Tokens are seen elsewhere. */
const plan: Plan = {...PROVEN, routes: PROVEN.routes.filter(({access}) => access.jwt === undefined)};

test.before(async () => {
	proxies = await around();
	clients = makeAuthority();
	const ecdsa = certificates.issue('app.example');
	const rsa = certificates.issue('app.example', RSA);
	folder = await folderOf({
		'tls.crt': ecdsa.cert,
		'tls.key': ecdsa.key,
		'tls.rsa.crt': rsa.cert,
		'tls.rsa.key': rsa.key,
		'client-ca.crt': clients.cert,
	});
	await chmod(folder, 0o755);
	shared = await proxies.run(plan, {'app.mjs': guardedApp}, ['-v', `${folder}:/etc/sallyport/tls:ro`]);
});

test.after.always(() => proxies.close());

function handshake(options: ConnectionOptions, {https} = shared): Promise<TLSSocket | string> {
	return new Promise(resolve => {
		const socket = connect({host: '127.0.0.1', port: https, rejectUnauthorized: false, ...options}, () =>
			resolve(socket),
		);
		socket.on('error', ({message}) => resolve(message));
	});
}

/** One request; the whole answer as text, with the session that it came over. */
async function over(
	options: ConnectionOptions,
	path: string,
	headers = '',
	container = shared,
): Promise<{readonly text: string; readonly session: Buffer | undefined; readonly isReused: boolean}> {
	const socket = await handshake(options, container);
	if (typeof socket === 'string') {
		return {text: socket, session: undefined, isReused: false};
	}

	// Up to TLS 1.2 it is there with the handshake, later it comes after.
	let session = socket.getSession();
	const isReused = socket.isSessionReused();
	let text = '';
	socket.on('session', ticket => {
		session = ticket;
	});
	socket.on('data', chunk => {
		text += chunk.toString('latin1');
	});
	const ended = new Promise<void>(resolve => {
		socket.on('close', () => resolve());
		socket.on('error', () => resolve());
	});
	socket.write(`GET ${path} HTTP/1.1\r\nHost: app.example\r\n${headers}Connection: close\r\n\r\n`);
	await ended;
	return {text, session, isReused};
}

test('clients get the certificate that they can check: ECDSA, or RSA beside it', async t => {
	const kinds = [
		['ECDHE-ECDSA-AES128-GCM-SHA256', 'ec'],
		['ECDHE-RSA-AES128-GCM-SHA256', 'rsa'],
		['ECDHE-RSA-CHACHA20-POLY1305', 'rsa'],
	] as const;
	for (const [ciphers, kind] of kinds) {
		const socket = await handshake({maxVersion: 'TLSv1.2', ciphers});
		if (typeof socket === 'string') {
			t.fail(`${ciphers}: ${socket}`);
			continue;
		}

		t.is(new X509Certificate(socket.getPeerCertificate().raw).publicKey.asymmetricKeyType, kind);
		socket.destroy();
	}

	const modern = await handshake({minVersion: 'TLSv1.3', ecdhCurve: 'X25519MLKEM768'});
	t.is(typeof modern === 'string' ? modern : modern.getPeerCertificate().asn1Curve, 'prime256v1');
});

/** Whether what a client keeps of a session is of use. */
async function isResumed(container: Container, version: 'TLSv1.2' | 'TLSv1.3'): Promise<boolean> {
	const options = {minVersion: version, maxVersion: version};
	const {session} = await over(options, '/', '', container);
	const again = await over({...options, ...(session === undefined ? {} : {session})}, '/', '', container);
	return again.isReused;
}

test("a session is resumed out of the proxy's memory, unless a certificate may be asked for", async t => {
	const container = await proxies.run(usual, {'app.mjs': guardedApp});
	for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
		t.true(await isResumed(container, version), version);
		// It would go on when the certificate is revoked or its authority gone.
		t.false(await isResumed(shared, version), version);
	}

	// Without a ticket nothing is encrypted with a key that outlives the session.
	const twelve = await handshake({maxVersion: 'TLSv1.2'}, container);
	t.is(typeof twelve === 'string' ? twelve : twelve.getTLSTicket(), undefined);
});

test('with the modern profile there is TLS 1.3 and nothing before', async t => {
	const container = await proxies.run(
		{...usual, tls: {minVersion: 'TLSv1.3', http3: false}},
		{'app.mjs': guardedApp},
	);
	t.regex(String(await handshake({maxVersion: 'TLSv1.2'}, container)), /protocol version/);
	t.regex((await over({}, '/', '', container)).text, /^HTTP\/1\.1 200 /);
});

test('a route that wants a certificate refuses who has none, whoever else asks', async t => {
	const none = await over({}, '/certificate');
	t.regex(none.text, /^HTTP\/1\.1 403 /);
	t.regex((await over({}, '/CERTIFICATE;x/deep')).text, /^HTTP\/1\.1 403 /);
	t.regex((await over({}, '/')).text, /^HTTP\/1\.1 200 /);
});

test('a certificate of the mounted authority opens it, and the application is told whose it was by the proxy alone', async t => {
	const forged =
		'X-Client-Cert-Subject: CN=root\r\nX-Client-Cert: forged\r\nX-SSL-Client-Verify: SUCCESS\r\nClient-Cert: :Zm9yZ2Vk:\r\n';
	const client = clients.issue('client.example');
	const known = await over(client, '/certificate', forged);
	t.regex(known.text, /^HTTP\/1\.1 200 /);
	const {headers} = JSON.parse(known.text.slice(known.text.indexOf('\r\n\r\n') + 4));
	t.is(headers['x-client-cert-subject'], 'CN=client.example');
	t.is(headers['x-client-cert-issuer'], 'CN=Test Root');
	t.is(headers['x-client-cert-verify'], 'SUCCESS');
	t.notRegex(known.text, /forged|CN=root/);
	const elsewhere = await over(client, '/', forged);
	t.notRegex(elsewhere.text, /forged|x-client-cert|client\.example/i, 'and on other routes not at all');
});

test("a stranger's certificate is refused", async t => {
	const stranger = makeAuthority().issue('client.example');
	t.regex((await over(stranger, '/certificate')).text, /^HTTP\/1\.1 400 /);
});

test('a new authority is believed within seconds, and the one before no longer', async t => {
	const before = clients.issue('before.example');
	t.regex((await over(before, '/certificate')).text, /^HTTP\/1\.1 200 /);
	const next = makeAuthority();
	await writeFile(join(folder, 'next'), next.cert);
	await rename(join(folder, 'next'), join(folder, 'client-ca.crt'));
	const after = next.issue('after.example');
	const status = async (certificate: ConnectionOptions) =>
		(await over(certificate, '/certificate')).text.slice(9, 12);
	let statuses = '';
	// For a moment both processes of a reload answer.
	for (let tries = 0; tries < 60 && statuses !== '200 400'; tries += 1) {
		await wait(250);
		statuses = `${await status(after)} ${await status(before)}`;
	}

	t.is(statuses, '200 400');
	clients = next;
});

/** A list of revoked certificates, as an authority publishes it. */
async function revoked({cert, key}: Authority, ...gone: readonly string[]): Promise<string> {
	const ca =
		'[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\ncrlnumber=number\ndefault_md=sha256\ndefault_crl_days=9\n';
	const files = {'ca.crt': cert, 'ca.key': key, config: ca, 'index.txt': '', number: '01\n'};
	const place = await folderOf({
		...files,
		...Object.fromEntries(gone.map((text, index) => [`gone-${index}`, text])),
	});
	const openssl = (...args: readonly string[]) =>
		run('openssl', ['ca', '-config', 'config', '-keyfile', 'ca.key', '-cert', 'ca.crt', ...args], {
			cwd: place,
		});
	for (const index of gone.keys()) {
		await openssl('-revoke', `gone-${index}`);
	}

	return openssl('-gencrl');
}

test('a revoked certificate opens nothing, and one that is not revoked still does', async t => {
	const authority = makeAuthority();
	const [good, bad] = [authority.issue('good.example'), authority.issue('bad.example')];
	const server = certificates.issue('app.example');
	const mounted = await folderOf({
		'tls.crt': server.cert,
		'tls.key': server.key,
		'client-ca.crt': authority.cert,
		'client-ca.crl': await revoked(authority, bad.cert),
	});
	await chmod(mounted, 0o755);
	const container = await proxies.run(plan, {'app.mjs': guardedApp}, [
		'-v',
		`${mounted}:/etc/sallyport/tls:ro`,
	]);
	t.regex((await over(good, '/certificate', '', container)).text, /^HTTP\/1\.1 200 /);
	t.regex((await over(bad, '/certificate', '', container)).text, /^HTTP\/1\.1 400 /);
});

test('without the authority that a route needs the container does not start, and says what to mount', async t => {
	const error = await t.throwsAsync(proxies.run(plan, {'app.mjs': guardedApp}));
	t.regex(error?.message ?? '', /client-ca\.crt/);
});
