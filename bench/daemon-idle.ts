import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {bundleDaemon, cpuSecondsOf, residentOf, startDaemon} from '../test/helpers/bundled-daemon.ts';
import {openDocker} from '../test/helpers/docker.ts';
import {buildTarget, startTarget} from '../test/helpers/target.ts';

// What the daemon uses at rest: every container verified, one look a minute at each. Measured as it ships: one bundle,
// because a daemon that strips types itself keeps the compiler in memory.
// Repeat: npm run bench -- daemon-idle [containers] [seconds]

const count = Number(process.argv[2] ?? 20);
const seconds = Number(process.argv[3] ?? 180);
/** Let everything be verified, and the first look be forgotten, before anything is counted. */
const settleMs = 30_000;
const docker = await openDocker();
const {tag} = await buildTarget(docker, 'sallyport-test-target:1');
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'));
const ids = await Promise.all(Array.from({length: count}, () => startTarget(docker, tag)));
const daemon = startDaemon(await bundleDaemon(folder), folder, docker.engine.host);
let verified = 0;
daemon.stderr.on('data', (chunk: Buffer) => {
	verified += chunk.toString().split('TARGET_VERIFIED').length - 1;
});

try {
	await sleep(settleMs);
	const pid = daemon.pid ?? 0;
	const before = cpuSecondsOf(pid);
	const memory: number[] = [];
	for (let second = 0; second < seconds; second += 1) {
		await sleep(1000);
		memory.push(residentOf(pid));
	}

	const share = ((cpuSecondsOf(pid) - before) / seconds) * 100;
	say(`${count} containers, ${verified} statements in the first ${settleMs / 1000} s and after`);
	say(`resident memory: highest ${Math.max(...memory).toFixed(0)} MB (goal: under 100)`);
	say(`CPU: ${share.toFixed(2)} % of a core over ${seconds} s (goal: under 1)`);
	say(`repeat: npm run bench -- daemon-idle ${count} ${seconds}`);
} finally {
	daemon.kill('SIGTERM');
	await docker(['rm', '-f', ...ids]);
	rmSync(folder, {recursive: true, force: true});
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}
