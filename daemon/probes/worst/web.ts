import {once} from 'node:events';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {ask} from '../ask.ts';
import {pagesOnce} from '../pages.ts';
import type {Subject, Worst} from '../probe.ts';
import {openWires} from '../wires.ts';
import {worstContainer} from './container.ts';

/** A site that is wrong in everything that its headers and its text can be wrong in. It runs on loopback for one question. */
export const worstWeb: Worst = async signal => {
	const {subject: usual} = await worstContainer(signal);
	const server = createServer(answer);
	server.listen(0, '127.0.0.1');
	await once(server, 'listening', {signal});
	const {port} = server.address() as AddressInfo; // It listens on TCP.
	const wires = openWires();
	const asking: Pick<Subject, 'ask' | 'promised'> = {
		...usual,
		ask: (endpoint, asked, stop) => ask(endpoint, asked, stop, wires),
	};
	const subject: Subject = {
		...usual,
		...asking,
		endpoints: [{protocol: 'http', port, address: {host: '127.0.0.1', port}, name: 'bad.invalid'}],
		pages: pagesOnce(asking, signal),
		lines: async function* () {
			yield '127.0.0.1 - - [02/Jan/2020:00:00:00 +0000] "GET /?email=x HTTP/1.1" 200 1';
		},
	};
	return {
		subject,
		close: async () => {
			wires.close();
			server.closeAllConnections();
			server.close();
		},
	};
};

const page = `<!doctype html><title>Bad on purpose</title>
<script src="https://tracker.invalid/t.js"></script>
<form><input name="email"></form>
<a href="/privacy">Privacy</a>`;

const trace = `<title>Error</title><pre>Error: bad on purpose
    at handle (/srv/app/server.js:10:20)</pre><address>Apache/2.2.3</address>`;

function answer(request: IncomingMessage, response: ServerResponse): void {
	const isRoot = request.url === '/';
	response.writeHead(
		isRoot ? 200 : 500,
		[
			['Content-Type', 'text/html'],
			['Server', 'Apache/2.2.3 (Unix)'],
			['X-Powered-By', 'PHP/5.2.0'],
			['Content-Security-Policy', "script-src * 'unsafe-inline' 'unsafe-eval' data:; frame-ancestors *"],
			['X-Content-Type-Options', 'sniff'],
			['X-Frame-Options', 'ALLOW-FROM https://bad.invalid/'],
			['Referrer-Policy', 'unsafe-url'],
			['Permissions-Policy', 'camera=*, microphone=*, geolocation=*'],
			['Cross-Origin-Opener-Policy', 'none of your business'],
			['Access-Control-Allow-Origin', request.headers.origin ?? '*'],
			['Access-Control-Allow-Credentials', 'true'],
			['Set-Cookie', 'session=bad; Domain=elsewhere.invalid; Max-Age=999999999'],
		].flat(),
	);
	response.end(isRoot ? page : trace);
}
