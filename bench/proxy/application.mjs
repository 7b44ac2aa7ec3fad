// An application of the ordinary kind: HTTP of its runtime, answers of 1 KB, and an end that lets running requests end.
import {createServer} from 'node:http';

const body = JSON.stringify({text: 'a'.repeat(1013)});
const headers = {'Content-Type': 'application/json', 'Content-Length': body.length};
const kept = {...headers, 'Cache-Control': 'public, max-age=600'};

const server = createServer((request, answer) => {
	if (request.url === '/crash') {
		process.kill(process.pid, 'SIGKILL');
	}

	if (request.url?.startsWith('/slow')) {
		setTimeout(() => answer.writeHead(200, headers).end(body), 20);
		return;
	}

	answer.writeHead(200, request.url?.startsWith('/kept') ? kept : headers).end(body);
}).listen(Number(process.env.PORT ?? 3000), '0.0.0.0');
process.on('SIGTERM', () => server.close(() => process.exit(0)));
