import {createServer as createHttpServer, type RequestListener} from 'node:http';
import {createServer as createHttpsServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {openVerifying} from '../../cli/verify-container.ts';
import type {Examined} from '../../cli/verify-examined.ts';
import {textOf} from '../../cli/verify-text.ts';
import {watchChanges} from '../../cli/verify-watch.ts';
import {STATEMENT_TYPE} from '../../proto/statement.ts';
import {selfSigned} from '../helpers/certificates.ts';
import {eventually} from '../helpers/eventually.ts';
import {typed} from '../helpers/typed.ts';

const certified = selfSigned('localhost');

/** Whether a terminal would do anything but write. */
function commands(text: string): boolean {
	return /\p{Cc}/u.test(text.replaceAll('\n', ''));
}

/** Text without its colours. */
function plainOf(text: string): string {
	const [first = '', ...more] = text.split('\u001B[');
	return [first, ...more.map(each => each.replace(/^\d+m/, ''))].join('');
}

async function site(t: ExecutionContext, answer: RequestListener, isTls = true): Promise<string> {
	const server = isTls
		? createHttpsServer({cert: certified.cert, key: certified.key}, answer)
		: createHttpServer(answer);
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
	t.teardown(() => {
		server.closeAllConnections();
		server.close();
	});
	return `${isTls ? 'https' : 'http'}://localhost:${(server.address() as AddressInfo).port}`;
}

const bare: RequestListener = (_, response) => response.end('hello');

test('a URL is judged by headers and TLS, and says that the rest needs a container', async t => {
	const url = await site(t, bare);

	const {code, out, err} = await typed(['verify', `${url}/some/path`]);

	t.is(err, '');
	t.true(code === 0 || code === 1);
	t.true(out.startsWith(`${url}  127.0.0.1 port `), out);
	t.regex(out, /▲ warning +hdr-nosniff +supports CC6\.6/);
	t.regex(out, /→ /);
	t.regex(out, /\d+ more\s+controls need the container behind it/);
	t.regex(out, /the path is left\s+out/);
	t.regex(out, /^(?:pass|fail|incomplete): \d+ of \d+ controls pass/m);
	t.notRegex(out, /run-user-non-root|avail-memory-limit/);
	t.false(commands(out), 'what is piped has no control characters');
});

test('on a terminal it is coloured and as wide as that; what the server says cannot write there', async t => {
	const url = await site(t, (_, response) => {
		response.writeHead(200, {'Content-Type': 'text/html', Server: 'evil/1.2.3 (\u00ff)'}).end('hello');
	});

	const {out} = await typed(['verify', url], {isTTY: true, columns: 60});

	t.true(out.includes('\u001B[1m'));
	const plain = plainOf(out);
	t.false(commands(plain));
	const long = plain.split('\n').filter(line => line.length > 60 && line.includes(' ', 20));
	t.deepEqual(
		long.filter(line => !/supports|https:/.test(line)),
		[],
	);
});

test('as JSON it is the statement that a daemon would sign; of several, a list of them', async t => {
	const [one, two] = [await site(t, bare), await site(t, bare, false)];

	const single = JSON.parse((await typed(['verify', one, '--json'])).out);
	const list = JSON.parse((await typed(['verify', one, two, '--json'])).out);

	t.is(single._type, STATEMENT_TYPE);
	t.is(single.predicate.trigger, 'manual');
	t.deepEqual(
		list.map((each: {_type: string}) => each._type),
		[STATEMENT_TYPE, STATEMENT_TYPE],
	);
});

test('of several names a wrong one is told in a line, stops no other, and is the exit code', async t => {
	const url = await site(t, bare);

	const {code, out, err} = await typed(['verify', url, 'https://localhost:1/'], {
		env: {DOCKER_HOST: 'unix:///nowhere.sock'},
	});

	t.is(code, 2);
	t.regex(out, /1 looked at: /);
	t.regex(err, /^sallyport verify: https:\/\/localhost:1\/: Nothing answers at 127\.0\.0\.1 port 1: /);
	t.is(err.trim().split('\n').length, 1);
});

const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
	['no name', [], /^Usage: /],
	['names beside --all', ['--all', 'x'], /^Usage: /],
	['an unknown option', ['--nope', 'x'], /Unknown option '--nope'/],
	['an interval of nothing', ['x', '--interval', '0'], /--interval "0" is not a number of seconds/],
	['a URL without a host', ['https://'], /is not a URL such as/],
	['a URL with a password', ['https://me:word@localhost/'], /is not a URL such as/],
	['a name that has no address', ['http://no-such-host.invalid/'], /no-such-host\.invalid has no address/],
	['an engine that is not there', ['web-1'], /No Docker Engine answers at unix:\/\/\/nowhere\.sock/],
	['a policy that is not there', ['web-1', '--policy', '/nowhere.yaml'], /\/nowhere\.yaml cannot be read/],
	['a name with escapes', ['\u001B[31mred'], /sallyport verify: /],
];

for (const [title, argv, message] of mistakes) {
	test(`${title} is one sentence, and 2`, async t => {
		const {code, out, err} = await typed(['verify', ...argv], {env: {DOCKER_HOST: 'unix:///nowhere.sock'}});

		t.is(code, 2);
		t.is(out, '');
		t.regex(err, message);
		t.notRegex(err, /\n\s+at /);
		t.false(commands(err.replaceAll('\t', '')));
	});
}

test('watching prints everything once and then only what changed, in lines that can be kept', async t => {
	let isGood = false;
	const url = await site(
		t,
		(_, response) => {
			if (isGood) {
				response.setHeader('X-Content-Type-Options', 'nosniff');
			}

			response.end('hello');
		},
		false,
	);
	let out = '';
	const io = {env: {}, stdout: {write: (text: string) => (out += text)}, stderr: {write: () => undefined}};
	const stop = new AbortController();
	const watching = watchChanges(
		await openVerifying({}, io),
		{names: [url], isAll: false, run: false, image: false},
		{io, isJson: false, intervalMs: 50, signal: stop.signal},
	);

	await eventually(() => out.includes('controls pass'));
	const first = out;
	isGood = true;
	await eventually(() => out.includes('hdr-nosniff: fail → pass'));
	stop.abort();
	await watching;

	t.regex(first, /▲ warning +hdr-nosniff/);
	t.regex(out.slice(first.length), /^\d\d:\d\d:\d\d {2}http:\/\/localhost:\d+ {2}hdr-nosniff: fail → pass/m);
	t.false(commands(out));
});

test('what a container calls itself cannot write on the terminal, and the worst group comes first', t => {
	const check = (control: string, result: string, level: string, message = ''): Examined['checks'][number] =>
		({control, result, level, severity: 'high', criteria: ['CC6.1'], message}) as Examined['checks'][number];
	const examined: Examined = {
		what: 'container',
		name: 'web\u001B]0;owned\u0007\n\u202Eevil',
		details: ['image\r\nx'],
		verdict: 'fail',
		checks: [
			check('hdr-nosniff', 'fail', 'warn', 'no\u001B[2J header\nsecond line'),
			check('run-user-non-root', 'fail', 'error', 'root'),
			check('run-no-privileged', 'pass', 'error'),
			check('log-time-sync', 'not-evaluated', 'warn', 'nobody tells'),
			check('ev-retention', 'not-evaluated', 'warn', 'nobody tells'),
		],
		notes: [],
		statement: {_type: STATEMENT_TYPE, subject: [], predicateType: '', predicate: {}},
	};

	const text = textOf(examined, {isColored: false, width: 80});

	t.false(commands(text));
	t.notRegex(text, /\u202E/);
	t.true(text.indexOf('Isolation') < text.indexOf('Headers'), text);
	t.regex(text, /log-time-sync, ev-retention: nobody tells/);
	t.regex(text, /^fail: 1 of 5 controls pass, 2 fail \(1 of them required\), 2 not evaluated/m);
});
