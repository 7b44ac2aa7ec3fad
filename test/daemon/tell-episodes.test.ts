import {mkdtempSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Client, credentials, type ServiceError} from '@grpc/grpc-js';
import test, {type ExecutionContext} from 'ava';
import protobuf from 'protobufjs';
import {run} from '../../cli/main.ts';
import {alertRecordOf} from '../../daemon/alert-record.ts';
import {type Api, startApi} from '../../daemon/api/api.ts';
import {openEpisodes} from '../../daemon/episode-book.ts';
import type {Log} from '../../daemon/log/log.ts';
import {readAlerts} from '../../daemon/tell/config.ts';
import {type LiveTelling, startTelling} from '../../daemon/telling.ts';
import type {Delivery} from '../../proto/delivery.ts';
import {payloadOf, seal} from '../../proto/envelope.ts';
import {predicateTypes, readStatement} from '../../proto/statement.ts';
import {closedOf, episodeOf} from '../helpers/episode.ts';
import {type Receiver, receiver} from '../helpers/receiver.ts';
import {testLog} from '../helpers/record.ts';

interface Served {
	readonly api: Api;
	readonly log: Log;
	readonly socket: string;
	readonly telling: LiveTelling;
	readonly hook: Receiver;
	readonly events: readonly string[];
}

const hostId = 'urn:uuid:6f2b0f3e-2f55-4c57-9a3b-3d8f1c3f0a11';

/** Everything but the engine: a book of episodes, a real log, a real API, and somebody to tell. */
async function serve(t: ExecutionContext, answer?: Parameters<typeof receiver>[1]): Promise<Served> {
	const record = testLog(t);
	const log = await record.open();
	const hook = await receiver(t, answer);
	const secret = join(mkdtempSync(join(tmpdir(), 'sallyport-tell-')), 'secret');
	writeFileSync(secret, `whsec_${Buffer.alloc(32, 1).toString('base64')}`);
	const channel = `{type: webhook, url: "${hook.url}", secret-file: ${secret}}`;
	const alerts = readAlerts(`alerts: {wait: 0, pause: 0, channels: {hook: ${channel}}}`, 'x.yaml');
	const events: string[] = [];
	const telling = startTelling({
		alerts,
		record: alertRecordOf(log, record.attestor, hostId),
		hostId,
		report: event => events.push(event),
		book: () => book,
	});
	const book = openEpisodes({
		hostId,
		record: async statement => log.append(await seal(statement, record.attestor)),
		teller: telling.teller,
		now: () => new Date(),
	});
	const open = ['a', 'b', 'c'].map((container, i) =>
		episodeOf({
			container,
			id: `id-${container}`,
			openedAt: `2026-11-22T10:00:0${i}.000Z`,
			message: 'evil\u001B[2J\nname',
		}),
	);
	const over = episodeOf({container: 'd', id: 'id-d', control: 'health-state'});
	book.settle({open, opened: open, closed: [closedOf(over)]});
	const socket = join(record.folder, 'api.sock');
	const onDefect = (error: unknown) => t.fail(String(error));
	const api = await startApi({
		log,
		targets: () => [],
		people: telling.people,
		socket,
		listen: '127.0.0.1:0',
		onDefect,
	});
	t.teardown(() => api.close());
	return {api, log, socket, telling, hook, events};
}

interface Reply {
	readonly status: number;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
	readonly body: any;
}

function local(socketPath: string, path: string, sent?: string, type = 'application/json'): Promise<Reply> {
	const headers = {host: 'localhost', ...(sent === undefined ? {} : {'content-type': type})};
	return new Promise((resolve, reject) => {
		const method = sent === undefined ? 'GET' : 'POST';
		const asked = request({socketPath, path, method, headers}, response => {
			let text = '';
			response.setEncoding('utf8').on('data', (chunk: string) => {
				text += chunk;
			});
			response.on('end', () => resolve({status: response.statusCode ?? 0, body: JSON.parse(text)}));
		});
		asked.on('error', reject);
		asked.end(sent);
	});
}

async function statements(
	log: Log,
	predicateType: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
	const {entries} = await log.list({filter: {predicateType}, order: 'oldest', limit: 100});
	return Promise.all(
		entries.map(async ({id}) => readStatement(payloadOf((await log.get(id)).envelope)).predicate),
	);
}

test('episodes are listed newest first, page by page, by state, container and control', async t => {
	const {socket} = await serve(t);
	const ids = async (query: string): Promise<readonly string[]> =>
		(await local(socket, `/v1/episodes${query}`)).body.episodes.map(({id}: {id: string}) => id);

	t.deepEqual(await ids(''), ['id-c', 'id-b', 'id-d', 'id-a']);
	t.deepEqual(await ids('?state=closed'), ['id-d']);
	t.deepEqual(await ids('?container=b'), ['id-b']);
	t.deepEqual(await ids('?control=health-state&state=open'), []);
	const {body: first} = await local(socket, '/v1/episodes?state=open&page_size=2');
	t.is(first.total, 3);
	t.deepEqual(await ids(`?state=open&page_size=2&page_token=${first.nextPageToken}`), ['id-a']);
	t.is((await local(socket, `/v1/episodes?page_token=${first.nextPageToken}`)).status, 400);
	t.is(
		(await local(socket, '/v1/episodes?state=sideways')).body.message,
		'state is one of open, acknowledged, closed',
	);
	t.like((await local(socket, '/v1/episodes/id-a')).body, {id: 'id-a', severity: 'high'});
	t.is((await local(socket, '/v1/episodes/id-x')).status, 404);
});

test('somebody takes an episode on with a name and a reason, and the log has it first', async t => {
	const {socket, log} = await serve(t);
	const path = '/v1/episodes/id-a:acknowledge';
	const {status, body} = await local(socket, path, '{"by": " Dana ", "reason": "release 42 has it"}');

	t.is(status, 200);
	t.like(body, {
		kind: 'episode',
		episode: {id: 'id-a', acknowledged: {by: 'Dana', reason: 'release 42 has it'}},
	});
	t.is((await local(socket, '/v1/episodes?state=acknowledged')).body.total, 1);
	const [said] = await statements(log, predicateTypes.acknowledgement);
	t.like(said, {by: 'Dana', reason: 'release 42 has it'});
});

const refused: Readonly<
	Record<string, readonly [path: string, body: string, status: number, said: RegExp, type?: string]>
> = {
	'no name': ['/v1/episodes/id-a:acknowledge', '{"reason": "because"}', 400, /^by is a text of 1 to 100/],
	'a reason that is none': [
		'/v1/episodes/id-a:acknowledge',
		'{"by": "D", "reason": "ok"}',
		400,
		/^reason is a text of 3 to 500/,
	],
	'a name of two lines': [
		'/v1/episodes/id-a:acknowledge',
		'{"by": "D\\nE", "reason": "because"}',
		400,
		/on one line/,
	],
	'a name that turns the writing around': [
		'/v1/episodes/id-a:acknowledge',
		'{"by": "D\\u202E", "reason": "because"}',
		400,
		/printable/,
	],
	'a name from the prototype': [
		'/v1/episodes/id-a:acknowledge',
		'{"__proto__": {"by": "D"}, "reason": "because"}',
		400,
		/^by is/,
	],
	'a list': ['/v1/alerts:test', '[]', 400, /no JSON object/],
	'no JSON': ['/v1/alerts:test', '{', 400, /no JSON object/],
	'too much': ['/v1/alerts:test', `{"by": "${'x'.repeat(20_000)}"}`, 400, /larger than 16384/],
	'a form': ['/v1/alerts:test', 'by=D', 400, /Send a JSON object/, 'application/x-www-form-urlencoded'],
	'an episode that there is not': [
		'/v1/episodes/nope:acknowledge',
		'{"by": "D", "reason": "because"}',
		404,
		/no episode of that id/,
	],
};
test('what is no acknowledgement is refused, and says why', async t => {
	const {socket, log} = await serve(t);
	for (const [title, [path, sent, status, said, type]] of Object.entries(refused)) {
		const reply = await local(socket, path, sent, type);
		t.is(reply.status, status, title);
		t.regex(reply.body.message, said, title);
	}

	t.deepEqual(await statements(log, predicateTypes.acknowledgement), []);
});

test('over TCP nothing is changed: not by HTTP, not by gRPC, not with another method', async t => {
	const {api, hook, log} = await serve(t);
	const post = (path: string, method = 'POST') =>
		fetch(`http://${api.address}${path}`, {
			method,
			headers: {'content-type': 'application/json'},
			body: '{"by": "Eve", "reason": "because"}',
		});
	for (const path of ['/v1/episodes/id-a:acknowledge', '/v1/alerts:test']) {
		const reply = await post(path);
		t.is(reply.status, 403);
		const body = (await reply.json()) as {readonly message: string};
		t.is(body.message, 'This changes something, and is answered on the Unix socket alone');
		const put = await post(path, 'PUT');
		t.is(put.status, 405);
		t.is(put.headers.get('allow'), 'POST');
	}

	t.is((await post('/v1/episodes')).status, 405);
	t.is((await fetch(`http://${api.address}/v1/episodes`)).status, 200);
	const error = await t.throwsAsync(call(api.address, 'TestAlert', {by: 'Eve'}));
	t.is((error as ServiceError).code, 7);
	t.false(hook.received.some(({body}) => body.includes('sallyport.test')));
	t.deepEqual(await statements(log, predicateTypes.alertTest), []);
});

const messages = protobuf.loadSync(new URL('../../proto/episodes.proto', import.meta.url).pathname);

/** Calls over gRPC with the .proto text alone, as a client in another language would. */
function call(target: string, method: string, fields: object): Promise<Readonly<Record<string, unknown>>> {
	const client = new Client(target, credentials.createInsecure());
	const service = messages.lookupService('sallyport.v1.Episodes');
	const {requestType = '', responseType = ''} = service.methods[method] ?? {};
	const asks = messages.lookupType(`sallyport.v1.${requestType}`);
	const answers = messages.lookupType(`sallyport.v1.${responseType}`);
	return new Promise((resolve, reject) => {
		client.makeUnaryRequest(
			`/sallyport.v1.Episodes/${method}`,
			value => Buffer.from(asks.encode(asks.fromObject(value as object)).finish()),
			bytes => answers.toObject(answers.decode(bytes), {defaults: true}),
			fields,
			(error, answer) => {
				client.close();
				error === null ? resolve(answer ?? {}) : reject(error);
			},
		);
	});
}

test('gRPC answers the same questions, and changes things over the socket', async t => {
	const {socket} = await serve(t);
	const target = `unix:${socket}`;
	const listed = await call(target, 'ListEpisodes', {state: 'open', pageSize: 2});
	t.like(listed, {total: 3});
	t.like((listed['episodes'] as readonly unknown[])[0], {
		id: 'id-c',
		container: {name: 'c'},
		openedAt: '2026-11-22T10:00:02.000Z',
	});
	t.like(await call(target, 'GetEpisode', {id: 'id-a'}), {id: 'id-a', observations: 1});
	const taken = await call(target, 'AcknowledgeEpisode', {id: 'id-a', by: 'Dana', reason: 'on it'});
	t.like(taken, {kind: 'episode', episode: {acknowledged: {by: 'Dana'}}});
	t.like(((await call(target, 'TestAlert', {by: 'Dana'}))['deliveries'] as readonly unknown[])[0], {
		channel: 'hook',
		state: 'accepted',
	});
});

async function typed(
	socket: string,
	...argv: readonly string[]
): Promise<{code: number; out: string; err: string}> {
	let out = '';
	let err = '';
	const code = await run(['daemon', ...argv], {
		env: {SALLYPORT_SERVER: `unix:${socket}`},
		stdout: {write: text => (out += text)},
		stderr: {write: text => (err += text)},
	});
	return {code, out, err};
}

test('from the command line: what fails, who has it, and a test that shows that people are reached', async t => {
	const {socket, hook, log, telling} = await serve(t);
	const listed = await typed(socket, 'episodes', '--state', 'open');
	t.is(listed.code, 0);
	t.regex(
		listed.out,
		/✖ hdr-on-errors {2}high {2}a\n {4}evil\uFFFD\[2J\uFFFDname\n[\s\S]*3 open, 0 of them acknowledged, 0 closed\n$/,
	);
	t.is(
		(await typed(socket, 'acknowledge', 'id-b', '--by', 'Dana', '--reason', 'on it')).out,
		'The episode is acknowledged, and the log has it\n',
	);
	t.is((await typed(socket, 'acknowledge', 'id-b', '--by', 'Dana')).code, 2);

	const tried = await typed(socket, 'alert-test', '--by', 'Dana');
	t.is(tried.code, 0);
	t.regex(tried.out, /^✔ hook \(webhook\): accepted: 200 ok\n/);
	const sent = hook.received.map(({body}) => JSON.parse(body)).find(({type}) => type === 'sallyport.test');
	const {id} = sent.data;
	t.false(tried.out.includes(id), 'the id stands in the message alone');
	t.true(sent.data.sentences.some((line: string) => line.includes(`acknowledge ${id}`)));
	t.is(
		(await typed(socket, 'acknowledge', id, '--by', 'Eli', '--reason', 'it arrived')).out,
		'The test alert is acknowledged, and the log has it\n',
	);

	const tests = await statements(log, predicateTypes.alertTest);
	t.is(tests.length, 2);
	t.like(tests[1], {by: 'Dana', acknowledged: {by: 'Eli', reason: 'it arrived'}});
	t.false(JSON.stringify(tests).includes(id));
	t.deepEqual((await telling.view.tests()).length, 2);
});

test('what was told, and what was not, is in the log', async t => {
	const {telling, log, hook, socket} = await serve(t);
	await telling.teller.drain(AbortSignal.timeout(5000));

	t.true(hook.received.length >= 2);
	const [page] = await statements(log, predicateTypes.delivery);
	t.like(page, {notices: {taken: 4, told: 4, silenced: 0, dropped: 0}, unlisted: 0});
	const {deliveries, messages} = page as unknown as Delivery;
	t.deepEqual(messages.flatMap(({episodes}) => episodes).toSorted(), ['id-a', 'id-b', 'id-c', 'id-d']);
	t.deepEqual(
		deliveries.map(({message}) => message),
		messages.map(({id}) => id),
	);
	t.true(deliveries.every(({state}) => state === 'accepted'));
	t.false(JSON.stringify(page).includes(hook.url));
	const {entries} = await log.list({
		filter: {predicateType: predicateTypes.delivery},
		order: 'oldest',
		limit: 1,
	});
	let shown = '';
	const stdout = {write: (text: string) => (shown += text)};
	const env = {SALLYPORT_SERVER: `unix:${socket}`};
	await run(['log', 'get', entries[0]?.id ?? ''], {env, stdout, stderr: stdout});
	t.regex(shown, /notices +4 taken, 4 told\n/);
	t.regex(shown, /told +hook \(webhook\), opened of 3 episodes, accepted, 200 ok\n/);
});

test('a message that is not taken is tried again, with the same id, until it is', async t => {
	const {telling, hook, log, events} = await serve(t, (response, _, nth) => {
		response.statusCode = nth < 2 ? 503 : 200;
		response.end();
	});
	await hook.until(2);
	const ids = hook.received.map(({headers}) => headers['webhook-id']);
	t.is(ids[0], ids[1]);
	await telling.teller.drain(AbortSignal.timeout(5000));

	const [page] = await statements(log, predicateTypes.delivery);
	const {deliveries} = page as unknown as {deliveries: readonly {attempts: number; state: string}[]};
	t.like(deliveries[0], {attempts: 2, state: 'accepted'});
	t.false(events.includes('ALERT_NOT_TOLD'));
});

test('a receiver that never answers holds up nobody, and the stop of the daemon ends it', async t => {
	const {telling, log} = await serve(t, () => undefined);
	const begun = performance.now();
	for (let i = 0; i < 1000; i++) {
		telling.teller.tell({kind: 'opened', at: new Date(), episode: episodeOf({container: `web-${i}`})});
	}

	t.true(performance.now() - begun < 500);
	await telling.teller.drain(AbortSignal.timeout(300));
	t.true(performance.now() - begun < 3000);
	const [page] = await statements(log, predicateTypes.delivery);
	const {deliveries} = page as unknown as {deliveries: readonly {state: string; episodeCount: number}[]};
	t.true(deliveries.every(({state}) => state === 'expired'));
	t.is(
		deliveries.reduce((sum, {episodeCount}) => sum + episodeCount, 0),
		1004,
	);
});

test('new channels take over while the daemon runs: what waited goes to the old ones, and no episode is forgotten', async t => {
	const {telling, hook} = await serve(t);
	const other = await receiver(t);
	const secret = join(mkdtempSync(join(tmpdir(), 'sallyport-tell-')), 'secret');
	writeFileSync(secret, `whsec_${Buffer.alloc(32, 2).toString('base64')}`);
	const channel = `{type: webhook, url: "${other.url}", secret-file: ${secret}}`;
	telling.replace(readAlerts(`alerts: {wait: 0, pause: 0, channels: {other: ${channel}}}`, 'y.yaml'));
	await hook.until(2);
	t.deepEqual(telling.view.channels(), ['other']);

	const ended = closedOf(episodeOf({container: 'a', id: 'id-a'}));
	telling.teller.tell({kind: 'closed', at: new Date(), episode: ended});
	await other.until(1);
	t.like(JSON.parse(other.received[0]?.body ?? ''), {type: 'sallyport.closed'});
	t.is(hook.received.filter(({body}) => body.includes('sallyport.closed')).length, 1);

	telling.replace(undefined);
	await t.throwsAsync(telling.people.testAlert('Dana'), {code: 'ALERTS_ABSENT'});
});
