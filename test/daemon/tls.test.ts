import {randomBytes} from 'node:crypto';
import {connect} from 'node:net';
import {createServer, type TlsOptions} from 'node:tls';
import test from 'ava';
import fc from 'fast-check';
import {chainOf} from '../../daemon/probes/tls/chain.ts';
import {hearFlight, sayHello, speaksSslv2} from '../../daemon/probes/tls/exchange.ts';
import {groupOf} from '../../daemon/probes/tls/flight.ts';
import {clientHello, type TlsVersion, versionNames} from '../../daemon/probes/tls/hello.ts';
import {type Heard, listen} from '../../daemon/probes/tls/listen.ts';
import {makeCertificate} from '../../daemon/probes/tls/make-certificate.ts';
import type {Posture} from '../../daemon/probes/tls/posture.ts';
import {openScans} from '../../daemon/probes/tls/scan.ts';
import {faultsOf, knownSuites, type SuiteFault} from '../../daemon/probes/tls/suites.ts';
import {makeAuthority} from '../helpers/certificates.ts';
import {endpointOf, listening, rawServer} from '../helpers/subject.ts';

// What is said and heard on the wire: hellos by hand against real servers, and against bytes that mean no good.

const soon = (): AbortSignal => AbortSignal.timeout(10_000);
const authority = makeAuthority();
const good = authority.issue('app.test');
const rsa = authority.issue('app.test', ['-newkey', 'rsa:2048']);
const everything = 'ALL:eNULL:aNULL:@SECLEVEL=0';

const serving = (options: TlsOptions = {}) =>
	listening(
		createServer({...good, ...options}, socket => {
			socket.on('error', () => undefined);
			socket.on('data', () => socket.end());
		}),
	);

async function postureWith(options: TlsOptions): Promise<Posture> {
	await using server = await serving(options);
	return await openScans([], soon())
		.scan(endpointOf('https', server.port, 'app.test'))
		.posture();
}

test("a hello is answered by a real server as by Node's own client", async t => {
	await using server = await serving({minVersion: 'TLSv1.1', ciphers: everything});
	const place = endpointOf('https', server.port, 'app.test');

	const heard = await Promise.all(
		versionNames.map(version => sayHello(place, {version, serverName: 'app.test'}, soon())),
	);

	t.deepEqual(
		heard.map(each => (each.heard === 'accepted' ? each.version : each.heard)),
		['refused', 'refused', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
	);
	t.false(await speaksSslv2(place, soon()));
});

test('a hello offers exactly one version', t => {
	const hello = (version: TlsVersion): Buffer => clientHello({version, serverName: 'app.test'});

	t.is(hello('TLSv1.1').readUInt16BE(9), 0x0302);
	t.is(hello('TLSv1.3').readUInt16BE(9), 0x0303);
	t.true(hello('TLSv1.3').includes(Buffer.from([0, 43, 0, 3, 2, 3, 4])));
	t.false(hello('TLSv1.2').includes(Buffer.from([0, 43, 0, 3, 2])));
});

test('a server that speaks SSLv2 is heard', async t => {
	const hello = Buffer.from([0x80, 0x0b, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0]);
	await using server = await rawServer(socket => socket.end(hello));
	await using other = await rawServer(socket => socket.end(Buffer.from([21, 3, 0, 0, 2, 2, 70])));

	t.true(await speaksSslv2(endpointOf('https', server.port), soon()));
	t.false(await speaksSslv2(endpointOf('https', other.port), soon()));
});

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
	for (const [name, pair] of [
		['ECDSA', good],
		['RSA', rsa],
	] as const) {
		test(`the chain of a server with an ${name} key is read by hand over ${version} as it was sent`, async t => {
			await using server = await serving({...pair, cert: pair.cert + authority.cert});

			const heard = await hearFlight(
				endpointOf('https', server.port, 'app.test'),
				{version, serverName: 'app.test'},
				soon(),
			);

			t.is(heard.heard, 'accepted');
			const flight = heard.heard === 'accepted' ? heard.flight : undefined;
			const chain = chainOf(flight?.certificates ?? []);
			t.true(flight?.done);
			t.is(chain?.certificates.length, 2);
			t.like(chain, {inOrder: true, strangers: 0, hasRoot: true});
		});
	}
}

for (const suite of ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']) {
	for (const ecdhCurve of ['X25519', 'P-256', 'P-384']) {
		test(`TLS 1.3 is opened with ${suite} over ${ecdhCurve}`, async t => {
			await using server = await serving({ciphers: suite, ecdhCurve, minVersion: 'TLSv1.3'});

			const heard = await hearFlight(
				endpointOf('https', server.port, 'app.test'),
				{version: 'TLSv1.3', serverName: 'app.test'},
				soon(),
			);

			t.is(heard.heard === 'accepted' && heard.flight.certificates?.length, 1);
			t.is(heard.heard === 'accepted' && heard.flight.signature, 0x0403);
		});
	}
}

test('every suite that a server has is found, and none that it has not', async t => {
	const wanted = ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES256-SHA'];
	const {suites, versions} = await postureWith({
		ciphers: `${wanted.join(':')}:@SECLEVEL=0`,
		minVersion: 'TLSv1',
	});

	t.deepEqual(versions.accepted, ['TLSv1.0', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']);
	t.deepEqual(suites['TLSv1.0'], {names: ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA']});
	t.deepEqual(suites['TLSv1.2']?.names.toSorted(), [
		'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
		'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
		'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
	]);
	t.is(suites['TLSv1.3']?.names.length, 3);
	t.is(suites['TLSv1.2']?.cut, undefined);
});

test('a server that accepts everything is seen to the end: no encryption, no authentication, static keys', async t => {
	const {suites, primeBits} = await postureWith({...rsa, ciphers: everything, dhparam: 'auto'});
	const names = suites['TLSv1.2']?.names ?? [];
	const faults = new Set(names.map(name => faultsOf({name})[0]));

	t.is(suites['TLSv1.2']?.cut, undefined);
	for (const fault of ['no encryption', 'no authentication', 'no forward secrecy', 'CBC mode'] as const) {
		t.true(faults.has(fault), fault);
	}

	t.deepEqual(primeBits, [2048]);
});

test('groups are those of the server, the post-quantum one among them, and it is seen who decides', async t => {
	const {groups, preference, signatures} = await postureWith({
		ecdhCurve: 'X25519MLKEM768:X25519:P-384',
		honorCipherOrder: false,
	});

	t.deepEqual(groups['TLSv1.3']?.names, ['X25519MLKEM768', 'x25519', 'secp384r1']);
	t.deepEqual(groups['TLSv1.2']?.names, ['x25519', 'secp384r1']);
	t.is(preference['TLSv1.3'], 'client');
	t.deepEqual(signatures['TLSv1.3']?.names, ['ecdsa_sha256']);
});

test('habits: renegotiation, fallback and extended master secret are read from the hello', async t => {
	const {habits} = await postureWith(rsa);

	t.like(habits, {
		version: 'TLSv1.2',
		secureRenegotiation: true,
		compression: false,
		extendedMasterSecret: true,
		refusesFallback: true,
	});
	t.is((await postureWith({maxVersion: 'TLSv1.2'})).habits?.refusesFallback, undefined);
});

test('resumption, early data and renegotiation by the client are tried with a library', async t => {
	await using server = await serving(rsa);
	const scan = openScans([], soon()).scan(endpointOf('https', server.port, 'app.test'));

	t.deepEqual(await scan.resumption(), {
		before13: true,
		in13: true,
		earlyDataBytes: 0,
		clientRenegotiation: true,
	});
});

test('who names no host gets the same question, and its chain is kept apart', async t => {
	const other = authority.issue('other.test');
	const {chain, unnamedChain} = await postureWith({
		...other,
		SNICallback: (_, done) => done(null, undefined),
	});

	t.is(chain?.length, 1);
	t.is(unnamedChain?.length, 1);
});

test('each question is put once, however many ask: two handshakes for the certificate, six for the versions', async t => {
	let connections = 0;
	const counted = createServer(good, socket => socket.on('error', () => undefined));
	counted.on('connection', () => {
		connections += 1;
	});
	await using server = await listening(counted);
	const scans = openScans([], soon());
	const place = endpointOf('https', server.port, 'app.test');
	const took = async (ask: () => Promise<unknown>): Promise<number> => {
		const before = connections;
		await Promise.all([ask(), ask(), ask()]);
		return connections - before;
	};

	t.is(await took(() => Promise.all([scans.scan(place).presented(), scans.scan({...place}).sent()])), 2);
	t.is(await took(() => scans.scan(place).versions()), 6);
	t.true((await took(() => scans.scan(place).posture())) < 100);
	t.is(await took(() => scans.scan(place).posture()), 0);
});

// ---- servers that mean no good

const hellos = {
	alert80: Buffer.from([21, 3, 3, 0, 2, 2, 80]),
	alert70: Buffer.from([21, 3, 3, 0, 2, 2, 70]),
	warned: Buffer.from([21, 3, 3, 0, 2, 1, 112, 21, 3, 3, 0, 2, 2, 40]),
};

const strange: readonly (readonly [string, Buffer | undefined, Heard['heard']])[] = [
	['closes without a word', undefined, 'unclear'],
	['sends an alert about something else', hellos.alert80, 'unclear'],
	['sends an alert about the version', hellos.alert70, 'refused'],
	['warns of the name before it refuses', hellos.warned, 'refused'],
	['says goodbye', Buffer.from([21, 3, 3, 0, 2, 1, 0]), 'unclear'],
	['answers in plain HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'unclear'],
	['sends half a record', Buffer.from([22, 3, 3, 0, 80, 2]), 'unclear'],
	['sends an empty record', Buffer.from([22, 3, 3, 0, 0]), 'unclear'],
	['sends a record that is too long', Buffer.from([22, 3, 3, 255, 255, 2]), 'unclear'],
	['sends a hello that is too short', Buffer.from([22, 3, 3, 0, 6, 2, 0, 0, 2, 3, 3]), 'unclear'],
	['answers with application data', Buffer.from([23, 3, 3, 0, 1, 1]), 'unclear'],
	['sends bytes without sense', randomBytes(5000).fill(22, 0, 1), 'unclear'],
];

for (const [title, bytes, expected] of strange) {
	for (const version of ['SSLv3', 'TLSv1.2', 'TLSv1.3'] as const) {
		test(`a server that ${title} is ${expected} to a hello of ${version}`, async t => {
			await using server = await rawServer(socket => socket.end(bytes ?? ''));

			const heard = await sayHello(endpointOf('https', server.port), {version, serverName: ''}, soon());

			t.is(heard.heard, expected);
		});
	}
}

test('an answer in single bytes is heard like one in one piece', async t => {
	await using server = await serving({maxVersion: 'TLSv1.2'});
	const real = endpointOf('https', server.port, 'app.test');
	await using slow = await rawServer(socket => {
		const upstream = connect({host: '127.0.0.1', port: server.port});
		socket.pipe(upstream);
		socket.setNoDelay(true);
		upstream.on('data', chunk => {
			for (const byte of chunk) {
				socket.write(Buffer.of(byte));
			}
		});
	});
	const offer = {version: 'TLSv1.2', serverName: 'app.test'} as const;

	const [whole, cut] = await Promise.all([
		hearFlight(real, offer, soon()),
		hearFlight(endpointOf('https', slow.port, 'app.test'), offer, soon()),
	]);

	const told = (heard: Heard) =>
		heard.heard === 'accepted' && [heard.flight.done, heard.flight.suite, groupOf(heard.flight)];
	t.deepEqual(told(cut), told(whole));
	t.true(whole.heard === 'accepted' && whole.flight.done);
});

test('an endless answer ends', async t => {
	const filler = Buffer.concat([Buffer.from([22, 3, 3, 0x40, 0]), Buffer.alloc(0x4000, 1)]);
	await using server = await rawServer(socket => {
		const more = (): void => {
			while (socket.write(filler));
		};
		socket.on('drain', more);
		more();
	});
	const begun = performance.now();

	const heard = await hearFlight(
		endpointOf('https', server.port),
		{version: 'TLSv1.2', serverName: ''},
		soon(),
	);

	t.is(heard.heard, 'unclear');
	t.true(performance.now() - begun < 2000);
});

test('a silent server costs patience and no more, and the signal ends that too', async t => {
	await using server = await rawServer(() => undefined);
	const place = endpointOf('https', server.port);
	const begun = performance.now();

	const heard = await sayHello(place, {version: 'TLSv1.2', serverName: ''}, AbortSignal.timeout(100));

	t.is(heard.heard, 'unclear');
	t.true(performance.now() - begun < 1500);
});

test('no bytes in no pieces break the reader of answers', t => {
	fc.assert(
		fc.property(
			fc.array(fc.uint8Array({maxLength: 200}), {maxLength: 6}),
			fc.constantFrom('hello' as const, 'flight' as const),
			fc.boolean(),
			(chunks, until, isHandshake) => {
				const listener = listen({until});
				const first = isHandshake ? [Buffer.from([22, 3, 3, 0, 60, 2, 0, 0, 56, 3, 3])] : [];
				for (const chunk of [...first, ...chunks.map(each => Buffer.from(each))]) {
					const heard = listener.feed(chunk);
					if (heard !== undefined) {
						return ['accepted', 'refused', 'unclear'].includes(heard.heard);
					}
				}

				return listener.end('over').heard !== 'refused';
			},
		),
		{numRuns: 3000},
	);
	t.pass();
});

// ---- names

const judged: readonly (readonly [string, SuiteFault | undefined])[] = [
	['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', undefined],
	['TLS_AES_128_GCM_SHA256', undefined],
	['TLS_DHE_RSA_WITH_AES_256_GCM_SHA384', undefined],
	['TLS_RSA_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
	['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'CBC mode'],
	['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'RC4'],
	['TLS_RSA_WITH_3DES_EDE_CBC_SHA', '3DES or another cipher of 64-bit blocks'],
	['TLS_RSA_WITH_DES_CBC_SHA', 'single DES'],
	['TLS_RSA_EXPORT_WITH_RC4_40_MD5', 'export strength'],
	['TLS_DH_anon_WITH_AES_128_GCM_SHA256', 'no authentication'],
	['TLS_ECDHE_RSA_WITH_NULL_SHA', 'no encryption'],
	['TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
	['TLS_PSK_WITH_AES_128_GCM_SHA256', 'no forward secrecy'],
];

for (const [name, fault] of judged) {
	test(`${name} has ${fault ?? 'no fault'}`, t => {
		t.true(knownSuites().some(suite => suite.name === name));
		t.is(faultsOf({name})[0], fault);
	});
}

test('a certificate of our own making is read by OpenSSL as it was meant', async t => {
	const made = makeCertificate({
		name: 'bad',
		notBefore: new Date('2010-01-01T00:00:00Z'),
		notAfter: new Date('2012-01-01T00:00:00Z'),
		isWeak: true,
	});
	await using server = await serving({...made, ciphers: 'DEFAULT:@SECLEVEL=0'});

	const {certificate} = await openScans([], soon()).scan(endpointOf('https', server.port)).presented();

	t.is(certificate.validToDate.toISOString(), '2012-01-01T00:00:00.000Z');
	t.is(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 1024);
	t.true(certificate.verify(certificate.publicKey));
});
