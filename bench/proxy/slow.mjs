// Clients that take their time: node slow.mjs HOST COUNT. Each opens a connection, sends a header a few bytes at a time, and comes
// back when it is thrown out. Says "ready" once all are in.
import {connect} from 'node:tls';

const [host, count] = [process.argv[2], Number(process.argv[3])];
let inside = 0;

for (let index = 0; index < count; index += 1) {
	setTimeout(open, index * 10);
}

function open() {
	const socket = connect({host, port: 8443, rejectUnauthorized: false}, () => {
		inside += 1;
		if (inside === count) {
			process.stdout.write('ready\n');
		}

		socket.write('GET / HTTP/1.1\r\nHost: app.example\r\nX-A: ');
	});
	const drip = setInterval(() => socket.write('a'), 5000);
	socket.on('error', () => undefined);
	socket.on('close', () => {
		inside -= 1;
		clearInterval(drip);
		setTimeout(open, 100);
	});
	socket.resume();
}
