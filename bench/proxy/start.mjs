// How long from the supervisor's start to the first connection that the proxy takes: node start.mjs RUNS. An application listens
// already, so its own start is no part of it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:http';
import {connect} from 'node:net';

createServer((_, answer) => answer.end()).listen(3000, '127.0.0.1');
const times = [];
for (let run = 0; run < Number(process.argv[2]); run += 1) {
	const since = performance.now();
	const command = ['run', '--', 'sleep', 'infinity'];
	const supervisor = spawn('/opt/sallyport/bin/sallyport-init', command, {stdio: 'ignore'});
	while (!(await isTaken())) {}
	times.push(performance.now() - since);
	const ended = once(supervisor, 'exit');
	supervisor.kill('SIGTERM');
	await ended;
}

process.stdout.write(`${JSON.stringify(times)}\n`);
process.exit();

function isTaken() {
	return new Promise(resolve => {
		const socket = connect(8443, '127.0.0.1', () => socket.end(() => resolve(true)));
		socket.on('error', () => resolve(false));
	});
}
