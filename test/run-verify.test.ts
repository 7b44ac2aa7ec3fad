import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {type Docker, openDocker} from './helpers/docker.ts';
import {buildTarget, startTarget} from './helpers/target.ts';
import {type Ran, typed} from './helpers/typed.ts';

// `sallyport verify` on a real engine: containers, all of them, and images.

let docker: Docker;
let good: string;
let privileged: string;
let plain: string;
const TAG = 'sallyport-test-target:1';

test.before('containers to look at', async () => {
	docker = await openDocker();
	await buildTarget(docker, TAG);
	good = await startTarget(docker, TAG);
	privileged = await startTarget(docker, TAG, ['--privileged']);
	const {stdout} = await docker([
		'run',
		'-d',
		'--label',
		'sallyport-test',
		'debian:trixie-slim',
		'sleep',
		'300',
	]);
	plain = stdout.trim();
});

test.after.always('they are removed', async () => {
	await docker(['rm', '-f', good, privileged, plain]);
});

function verify(...args: readonly string[]): Promise<Ran> {
	return typed(['verify', ...args], {env: {DOCKER_HOST: docker.engine.host}});
}

interface Statement {
	readonly predicate: {
		readonly target: {readonly containerId: string};
		readonly verdict: string;
		readonly checks: readonly {readonly control: string; readonly result: string}[];
	};
}

function resultIn({predicate}: Statement, control: string): string | undefined {
	return predicate.checks.find(check => check.control === control)?.result;
}

test.serial(
	'a container that keeps its contract is shown by group, and one that breaks the law is 1',
	async t => {
		const {out, err} = await verify(good);
		const bad = await verify(privileged, '--json');

		t.is(err, '');
		t.regex(out, /▲ warning +proxy-tls-cert-valid/);
		t.regex(out, /certificate\s+is\s+self-signed/);
		t.regex(out, /Not asked here: proxy-timeouts, /);
		t.regex(out, /✔ [a-z-, \n]*run-no-privileged/);
		t.is(bad.code, 1);
		const statement: Statement = JSON.parse(bad.out);
		t.is(statement.predicate.verdict, 'fail');
		t.is(resultIn(statement, 'run-no-privileged'), 'fail');
	},
);

test.serial(
	'a container without a contract is judged on its configuration, and says that nothing was promised',
	async t => {
		const {out, code, err} = await verify(plain);

		t.is(err, '');
		t.true(code === 0 || code === 1);
		t.regex(out, /run-user-non-root/);
		t.regex(out, /Nothing was promised that could be believed: the image carries no contract/);
	},
);

test.serial('all of them at once, and what is asked of the engine is one page', async t => {
	const {out, err} = await verify('--all', '--json');

	t.is(err, '', 'who is no terminal sees no progress');
	const list: readonly Statement[] = JSON.parse(out);
	const seen = list.map(({predicate}) => predicate.target.containerId);
	t.true([good, privileged, plain].every(id => seen.includes(id)));
});

test.serial(
	'on a terminal the progress of many is one line that is written over, and gone at the end',
	async t => {
		let err = '';
		const io = {
			env: {DOCKER_HOST: docker.engine.host},
			stdout: {write: () => undefined},
			stderr: {write: (text: string) => (err += text), isTTY: true},
		};
		const {run} = await import('../cli/main.ts');

		await run(['verify', good, plain], io);

		t.regex(err, /2 of 2, \d fail/);
		t.true(err.endsWith('\r\u001B[K'));
		t.false(err.includes('\n'));
	},
);

test.serial('what is neither container nor image is one sentence', async t => {
	const {code, out, err} = await verify('no-such-thing');

	t.deepEqual({code, out}, {code: 2, out: ''});
	t.is(err, 'sallyport verify: There is no such container and no such image: no-such-thing\n');
	t.regex((await verify('debian:trixie-slim')).err, /it was not built by the build gate/);
});

test.serial(
	'an image is tried where nobody reaches it, without judging what its starter decides, and removed',
	async t => {
		const {out, err, code} = await verify('--run', TAG);

		t.is(err, '');
		t.true(code === 0 || code === 1);
		t.regex(out, /proxy-tls-cert-valid/);
		t.notRegex(out, /avail-memory-limit|run-no-privileged|run-cap-minimal/);
		t.regex(out, /Started for this look, and removed again/);
		t.is(await trials(), '');
		t.regex((await verify('--run', 'debian:trixie-slim')).err, /debian:trixie-slim ended at once with 0/);
		t.is(await trials(), '');
	},
);

test.serial('a trial that is given up by ^C leaves nothing behind', async t => {
	const main = new URL('../cli/main.ts', import.meta.url).pathname;
	const child = spawn(process.execPath, [main, 'verify', '--run', TAG], {
		env: {...process.env, DOCKER_HOST: docker.engine.host},
		stdio: 'ignore',
	});
	for (let waited = 0; (await trials()) === '' && waited < 20_000; waited += 50) {
		await sleep(50);
	}

	t.not(await trials(), '');
	child.kill('SIGINT');
	const [code] = await once(child, 'exit');

	t.is(code, 130);
	t.is(await trials(), '');
});

async function trials(): Promise<string> {
	return (await docker(['ps', '-aq', '--filter', 'label=dev.sallyport.trial'])).stdout.trim();
}
