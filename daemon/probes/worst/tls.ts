import {once} from 'node:events';
import {createServer as createHttpServer, type Server} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {ask} from '../ask.ts';
import {pagesOnce} from '../pages.ts';
import type {Endpoint, Subject, Worst} from '../probe.ts';
import {makeCertificate} from '../tls/make-certificate.ts';
import {openScans} from '../tls/scan.ts';
import {openWires} from '../wires.ts';
import {worstContainer} from './container.ts';
import {badProxy, promisedBy} from './contract.ts';

/** Speaks everything that OpenSSL still can, down to suites without encryption, under a certificate that is wrong in every way. */
export const worstTls: Worst = signal => against(badTlsServer(), 'https', signal);

/** Plain HTTP that answers whatever is asked for. */
export const worstPlain: Worst = signal =>
	against(
		createHttpServer((_, response) => response.end('hello')),
		'redirect',
		signal,
	);

/** A route that the contract guards, and nobody does. */
export const worstAdmin: Worst = async signal => {
	const {subject, close} = await against(badTlsServer(), 'https', signal);
	return {subject: {...subject, promised: guarded}, close};
};

/** A key for everybody, in a layer of the image. */
export const worstKey: Worst = async signal => {
	const {subject, close} = await worstContainer(signal);
	const fileFacts: Subject['fileFacts'] = async path => ({path, kind: 'file', mode: 0o666, uid: 0, gid: 0});
	return {subject: {...subject, promised: guarded, fileFacts}, close};
};

const guarded = promisedBy({
	...badProxy,
	routes: [{path: '/admin', match: 'prefix', to: 'application', access: ['certificate'], cached: false}],
});

const LONG_AGO = new Date('2010-01-01T00:00:00Z');

function badTlsServer(): Server {
	const made = makeCertificate({
		name: 'bad on purpose',
		notBefore: LONG_AGO,
		notAfter: new Date('2012-01-01T00:00:00Z'),
		isWeak: true,
	});
	const weak = {ciphers: 'ALL:eNULL:@SECLEVEL=0', minVersion: 'TLSv1'} as const;
	return createHttpsServer({...made, ...weak}, (_, response) => response.end('hello'));
}

async function against(
	server: Server,
	protocol: Endpoint['protocol'],
	signal: AbortSignal,
): ReturnType<Worst> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening', {signal});
	const {port} = server.address() as AddressInfo; // Of a server that listens on TCP.
	const {subject} = await worstContainer(signal);
	const wires = openWires();
	const scans = openScans([], signal);
	const asking: Subject['ask'] = (endpoint, asked, stop) => ask(endpoint, asked, stop, wires);
	return {
		subject: {
			...subject,
			promised: {state: 'none', reason: 'it is bad on purpose'},
			endpoints: [{protocol, port: 8443, address: {host: '127.0.0.1', port}, name: ''}],
			ask: asking,
			pages: pagesOnce({ask: asking, promised: subject.promised}, signal),
			scan: scans.scan,
		},
		close: async () => {
			wires.close();
			scans.close();
			server.closeAllConnections();
			server.close();
		},
	};
}
