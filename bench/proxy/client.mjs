// A client that follows HTTP, in numbers: node client.mjs HOST REQUESTS CONNECTIONS. Of each request it tells how it ended.
//
// RFC 9110 §9.2.2: what is idempotent may be sent again when the connection closed before any byte of the answer. That is what
// browsers and libraries do, and what a server that closes an idle connection counts on.
import {Agent, request} from 'node:https';

const [host, requests, connections] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const agent = new Agent({keepAlive: true, maxSockets: connections, rejectUnauthorized: false});
/** `resent` are among the answered; `posts` were closed before any byte too, but nobody may send them again. */
const told = {answered: 0, resent: 0, posts: 0, failed: 0, refused: 0, why: {}};
let sent = 0;
let isShut = false;

await Promise.all(Array.from({length: connections}, work));
agent.destroy();
process.stdout.write(`${JSON.stringify({...told, sent})}\n`);

async function work() {
	while (sent < requests && !isShut) {
		sent += 1;
		// Some take their time, so that there is always something to be cut; some may not be sent twice.
		const method = sent % 16 === 0 ? 'POST' : 'GET';
		const path = sent % 8 === 1 ? '/slow' : '/';
		await settle(method, path, 0);
	}
}

async function settle(method, path, tries) {
	const end = await once(method, path);
	if (end.kind === 'closed' && method === 'GET' && tries < 5) {
		told.resent += tries === 0 ? 1 : 0;
		return settle(method, path, tries + 1);
	}

	if (end.kind === 'answered') {
		told.answered += 1;
	} else if (end.kind === 'closed' && method === 'POST') {
		told.posts += 1;
	} else if (end.kind === 'refused') {
		// The door is shut: nothing was sent. Whether that may be, the caller knows.
		told.refused += 1;
		isShut ||= told.refused > connections;
	} else {
		told.failed += 1;
		const why = `${method} ${path}: ${end.why}`;
		told.why[why] = (told.why[why] ?? 0) + 1;
	}
}

function once(method, path) {
	return new Promise(resolve => {
		let hasAnswer = false;
		const options = {host, port: 8443, path, method, agent, timeout: 10_000, headers: {Host: 'app.example'}};
		const asked = request(options, answer => {
			hasAnswer = true;
			let length = 0;
			answer.on('data', chunk => {
				length += chunk.length;
			});
			answer.on('error', error => resolve({kind: 'failed', why: `cut after ${length} bytes: ${error.code}`}));
			answer.on('end', () =>
				resolve(
					answer.statusCode === 200 && length === 1024
						? {kind: 'answered'}
						: {kind: 'failed', why: `${answer.statusCode} with ${length} bytes`},
				),
			);
		});
		asked.on('timeout', () => asked.destroy(new Error('nothing for 10 s')));
		asked.on('error', error => {
			if (['ECONNREFUSED', 'EHOSTUNREACH'].includes(error.code)) {
				resolve({kind: 'refused'});
			} else if (!hasAnswer && ['ECONNRESET', 'EPIPE'].includes(error.code)) {
				resolve({kind: 'closed'});
			} else {
				resolve({kind: 'failed', why: error.code ?? error.message});
			}
		});
		asked.end(method === 'POST' ? 'a=1' : undefined);
	});
}
