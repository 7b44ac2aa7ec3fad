import {mkdirSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import {folderWith, type Ran, typed} from '../helpers/typed.ts';

interface Line {
	readonly what: string;
	readonly state: 'ok' | 'limited' | 'failed';
	readonly message: string;
	readonly remedy?: string;
	readonly controls?: readonly string[];
}

const ID = 'a'.repeat(64);

/** A socket proxy before an engine of one container: what is not in the list is forbidden. @returns a DOCKER_HOST */
async function engineAllowing(
	t: ExecutionContext,
	allowed: readonly string[],
	apiVersion = '1.51',
): Promise<string> {
	const socket = folderWith(t, {'.keep': ''})('docker.sock');
	const answers: Readonly<Record<string, unknown>> = {
		version: {Version: '28.5.2', ApiVersion: apiVersion},
		list: [{Id: ID, Names: ['/web'], Image: 'web:1', Labels: {}}],
		inspect: {
			Id: ID,
			Name: '/web',
			Image: `sha256:${ID}`,
			State: {Running: true, Pid: 999_999_999, StartedAt: '2026-01-01T00:00:00Z'},
			Config: {Image: 'web:1'},
			HostConfig: {},
			NetworkSettings: {},
		},
		info: {ServerVersion: '28.5.2', SecurityOptions: ['name=seccomp']},
		changes: [],
		image: {Config: {}},
		events: '',
		logs: '',
	};
	const server = createServer((request, response) => {
		const name = nameOf(new URL(request.url ?? '', 'http://docker').pathname.replace(/^\/v[\d.]+/, ''));
		if (allowed.includes(name)) {
			response.writeHead(200, {'Content-Type': 'application/json'}).end(JSON.stringify(answers[name] ?? {}));
		} else {
			response.writeHead(403).end('{"message":"forbidden"}');
		}
	});
	await new Promise<void>(resolve => server.listen(socket, () => resolve()));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `unix://${socket}`;
}

function nameOf(path: string): string {
	const names: Readonly<Record<string, string>> = {
		'/version': 'version',
		'/containers/json': 'list',
		'/info': 'info',
		'/events': 'events',
	};
	const part = /^\/containers\/[^/]+\/(\w+)$/.exec(path)?.[1];
	return (
		names[path] ?? (part === 'json' ? 'inspect' : (part ?? (path.startsWith('/images/') ? 'image' : 'other')))
	);
}

const everything = ['version', 'list', 'info', 'events', 'inspect', 'archive', 'logs', 'changes', 'image'];

interface Checked {
	readonly code: number;
	readonly of: (what: string) => Line | undefined;
}

async function check(t: ExecutionContext, host: string, more: readonly string[] = []): Promise<Checked> {
	const at = folderWith(t, {'.keep': ''});
	const ran = await typed(
		[
			...['daemon', 'check', '--json', '--docker-host', host],
			...['--state', at('state')],
			...['--socket', at('api.sock')],
			'--listen',
			'127.0.0.1:0',
			...more,
		],
		{},
	);
	const {lines} = JSON.parse(ran.out) as {lines: readonly Line[]};
	return {code: ran.code, of: what => lines.find(line => line.what.startsWith(what))};
}

test('an engine that lets everything pass is fine, and what is not seen of the kernel is limited by name', async t => {
	const {code, of} = await check(t, await engineAllowing(t, everything));

	t.is(code, 1);
	t.is(of('engine unix')?.state, 'ok');
	t.is(of('engine events')?.state, 'ok');
	t.is(of('engine settings')?.state, 'ok');
	t.like(of('processes'), {state: 'limited'});
	t.true(of('processes')?.controls?.includes('run-user-non-root'));
	t.regex(of('processes')?.remedy ?? '', /--pid host/);
	t.is(of('address')?.state, 'ok');
});

const refused: readonly (readonly [string, string, Line['state'], string])[] = [
	['info', 'engine settings', 'limited', 'host-engine-posture'],
	['archive', 'engine /containers/{id}/archive', 'limited', 'chg-digest-attested'],
	['logs', 'engine /containers/{id}/logs', 'limited', 'log-access-complete'],
	['events', 'engine events', 'failed', ''],
	['inspect', 'engine paths', 'failed', ''],
	['list', 'engine unix', 'failed', ''],
];

for (const [path, what, state, control] of refused) {
	test(`behind a socket proxy that keeps back ${path}, the check says ${state} and what to let pass`, async t => {
		const host = await engineAllowing(
			t,
			everything.filter(each => each !== path),
		);

		const {code, of} = await check(t, host);

		t.like(of(what), {state});
		t.regex(of(what)?.remedy ?? '', /pass/);
		t.true(control === '' || of(what)?.controls?.includes(control), JSON.stringify(of(what)));
		t.is(code, state === 'failed' ? 2 : 1);
	});
}

test('no engine, and one that is too old, fail with what to do', async t => {
	const none = await check(t, 'unix:///nowhere.sock');
	const old = await check(t, await engineAllowing(t, everything, '1.41'));

	t.deepEqual([none.code, old.code], [2, 2]);
	t.regex(none.of('engine')?.remedy ?? '', /group of its socket/);
	t.is(old.of('engine')?.remedy, 'upgrade the engine');
});

test('what an operator wrote is read as the daemon would, and told in words', async t => {
	const host = await engineAllowing(t, everything);
	const at = folderWith(t, {'policy.yaml': 'kind: Nonsense\n', 'empty.pem': 'hello\n', 'state/log.key': 'x'});
	mkdirSync(at('outside'));
	writeFileSync(at('state/log.key'), 'x', {mode: 0o644});

	const {code, of} = await check(t, host, [
		...['--policy', at('policy.yaml'), '--trust', at('empty.pem'), '--state', at('state')],
		...['--anchor', at('outside'), '--attestations', at('nowhere')],
	]);

	t.is(code, 2);
	t.is(of('policy')?.state, 'failed');
	t.like(of('trust'), {state: 'failed', message: 'holds no certificate in PEM'});
	t.like(of('attestations'), {state: 'failed'});
	t.like(of('anchor'), {state: 'ok'});
	t.regex(of('key log.key')?.message ?? '', /read by others \(mode 644\)/);
});

test('for people each line says what is so, what stays unknown, and what to do', async t => {
	const host = await engineAllowing(
		t,
		everything.filter(each => each !== 'info'),
	);
	const at = folderWith(t, {'.keep': ''});
	const args = [
		'--docker-host',
		host,
		'--state',
		at('s'),
		'--socket',
		at('x.sock'),
		'--listen',
		'127.0.0.1:0',
	];

	const {out, err, code}: Ran = await typed(['daemon', 'check', ...args], {columns: 80});

	t.deepEqual([code, err], [1, '']);
	t.regex(out, /^✔ ok {7}engine events: /m);
	t.regex(
		out,
		/^▲ limited +engine settings: .*\n(?:.*\n)? {4}not evaluated: host-engine-posture\n {4}→ let GET \/info pass$/m,
	);
	t.regex(out, /^\d+ fine, \d+ limited, 0 failed$/m);
	t.notRegex(out.replaceAll('\n', ''), /\p{Cc}/u);
	t.is((await typed(['daemon', 'check', '--nonsense'])).code, 2);
});

test('the health check of a container knows 0 and 1', async t => {
	const {code, out, err} = await typed(['daemon', 'health', '--socket', '/nowhere/api.sock']);

	t.deepEqual([code, out], [1, '']);
	t.regex(err, /^sallyport daemon health: .*nowhere/);
});
