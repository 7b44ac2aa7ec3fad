import {createServer as createHttp} from 'node:http';
import {createServer as createHttps} from 'node:https';
import test from 'ava';
import type {Description} from '../../daemon/docker/describe.ts';
import type {Listening, Seen} from '../../daemon/docker/processes.ts';
import type {Target} from '../../daemon/docker/target.ts';
import {openFinder} from '../../daemon/probes/discover.ts';
import {spokenAt} from '../../daemon/probes/polite-look.ts';
import {USER_AGENT} from '../../daemon/probes/user-agent.ts';
import {selfSigned} from '../helpers/certificates.ts';
import {listening, rawServer, target} from '../helpers/subject.ts';

const soon = (): AbortSignal => AbortSignal.timeout(5000);
const {key, cert} = selfSigned('localhost');

function old(exposed: readonly number[], networkMode = 'bridge'): Target {
	return {...target, startedAt: new Date(0), exposed, networkMode};
}

function seen(...ports: readonly number[]): () => Promise<Seen<Listening>> {
	return async () => ({seen: true, items: ports.map(port => ({port, loopback: false}))});
}

const blind = async (): Promise<Seen<Listening>> => ({seen: false, reason: 'not here'});

function describing(listeners: Description['listeners'], hosts: readonly string[] = []): Description {
	return {by: 'labels', listeners, hosts, healthPath: undefined, problems: []};
}

test('a port is known by what it says, and one that speaks first or never is nothing of ours', async t => {
	const heard: string[] = [];
	await using tls = await listening(createHttps({key, cert}));
	await using modern = await listening(createHttps({key, cert, minVersion: 'TLSv1.3'}));
	await using http = await listening(
		createHttp((request, response) => {
			heard.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers['user-agent']}`);
			response.writeHead(404).end();
		}),
	);
	await using first = await rawServer(socket => {
		socket.write('SSH-2.0-x\r\n');
		socket.on('data', () => heard.push('something was said to a server that speaks first'));
	});
	await using silent = await rawServer(() => undefined);
	await using rude = await rawServer(socket => {
		socket.on('data', () => socket.destroy());
	});
	await using endless = await rawServer(socket => {
		socket.on('data', () => {
			const more = (): boolean => socket.write('x'.repeat(65_536));
			socket.on('drain', more);
			more();
		});
	});
	const at = (port: number) => spokenAt({host: '127.0.0.1', port}, 'shop.example', soon());

	t.is(await at(tls.port), 'tls');
	t.is(await at(modern.port), 'tls', 'an alert is TLS too');
	t.is(await at(http.port), 'http');
	t.is(await at(first.port), 'other');
	t.is(await at(silent.port), 'other');
	t.is(await at(rude.port), 'other');
	t.is(await at(endless.port), 'other');
	t.is(await at(1), 'closed');
	t.deepEqual(heard, [`HEAD / shop.example ${USER_AGENT}`]);
});

test('what a container serves is found among what it exposes, publishes and listens on', async t => {
	await using tls = await listening(createHttps({key, cert}));
	await using http = await listening(createHttp((_, response) => response.end('x')));
	await using other = await rawServer(socket => socket.end('220 mail\r\n'));
	const {find} = openFinder();

	const endpoints = await find(
		old([tls.port, 1]),
		seen(2, tls.port, http.port, other.port),
		undefined,
		soon(),
	);

	t.deepEqual(
		endpoints.map(({protocol, port, address}) => [protocol, port, address?.port]),
		[
			['https', tls.port, tls.port],
			['http', 2, undefined],
			['http', http.port, http.port],
		],
		'what listens and does not accept was not seen; what is only exposed does not listen',
	);
});

test('a port is asked what it speaks once for each start of its container', async t => {
	let connections = 0;
	await using other = await rawServer(socket => {
		connections += 1;
		socket.end('220 mail\r\n');
	});
	const {find} = openFinder();
	const look = (startedAt: Date) => find({...old([other.port]), startedAt}, blind, undefined, soon());

	await look(new Date(0));
	const first = connections;
	await look(new Date(0));
	await look(new Date(0));
	const repeated = connections - first;
	await look(new Date(1));

	t.is(first, 2, 'one to see that it accepts, one to look');
	t.is(repeated, 2, 'two looks that only see that it accepts');
	t.is(connections, first + repeated + 2);
});

test('a description adds promises and excuses nothing', async t => {
	await using tls = await listening(createHttps({key, cert}));
	await using http = await listening(createHttp((_, response) => response.end('x')));
	await using hidden = await listening(createHttp((_, response) => response.end('x')));
	const {find} = openFinder();
	const said = describing(
		[
			{port: tls.port, protocol: 'http'},
			{port: http.port, protocol: 'https'},
			{port: 1, protocol: 'redirect'},
		],
		['shop.example'],
	);

	const endpoints = await find(old([]), seen(tls.port, http.port, hidden.port), said, soon());

	t.deepEqual(
		endpoints.map(({protocol, port, address, name}) => [protocol, port, address !== undefined, name]),
		[
			['https', tls.port, true, 'shop.example'],
			['https', http.port, true, 'shop.example'],
			['redirect', 1, false, 'shop.example'],
			['http', hidden.port, true, 'shop.example'],
		],
		'called HTTP it is judged as the TLS that it is; what is not mentioned is judged too',
	);
});

test('where nothing can be seen, that is not the same as nothing', async t => {
	const {find} = openFinder();
	const unknown = [{protocol: 'http' as const, port: 0, address: undefined, name: ''}];

	t.deepEqual(await find(old([]), blind, undefined, soon()), unknown);
	t.deepEqual(await find(old([]), seen(), undefined, soon()), []);
	t.deepEqual(await find(old([], 'none'), blind, undefined, soon()), []);
	t.deepEqual(
		await find(old([], 'host'), seen(22), undefined, soon()),
		unknown,
		"the host's port is not its own",
	);
});

test('what a young container does not serve yet is not known', async t => {
	const {find} = openFinder(() => 10_000);
	const reach = (): AbortSignal => AbortSignal.timeout(100);

	const young = await find(old([]), seen(), undefined, reach());
	const shut = await find(old([1]), seen(), undefined, reach());
	const grown = await openFinder(() => 60_000).find(old([1]), seen(), undefined, reach());

	t.is(young[0]?.port, 0);
	t.like(shut[0], {port: 1, address: undefined});
	t.deepEqual(grown, [], 'that an image exposes a port is no promise');
});

test('a container that opens very many ports is looked at for as long as any other', async t => {
	let connections = 0;
	await using silent = await rawServer(() => {
		connections += 1;
	});
	const {find} = openFinder();
	const ports = Array.from({length: 500}, () => silent.port);
	const many = [...ports, ...Array.from({length: 500}, (_, index) => 20_000 + index)];
	const begun = performance.now();

	const endpoints = await find(old(many), seen(...many), undefined, soon());

	t.true(endpoints.every(({address}) => address === undefined));
	t.true(endpoints.length <= 16);
	t.true(performance.now() - begun < 4500);
	t.true(connections <= 48);
});
