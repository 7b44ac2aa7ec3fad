import {createHmac, randomBytes} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {createServer as createTlsServer} from 'node:https';
import {type AddressInfo, createServer, type ListenOptions} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Episode} from '../../daemon/episode.ts';
import type {Channel} from '../../daemon/tell/channel.ts';
import {alertmanager} from '../../daemon/tell/channels/alertmanager.ts';
import {slack} from '../../daemon/tell/channels/slack.ts';
import {syslog, syslogLine} from '../../daemon/tell/channels/syslog.ts';
import {webhook} from '../../daemon/tell/channels/webhook.ts';
import type {Message} from '../../daemon/tell/message.ts';
import {selfSigned} from '../helpers/certificates.ts';
import {closedOf, episodeOf} from '../helpers/episode.ts';
import {receiver} from '../helpers/receiver.ts';

const never = new AbortController().signal;
const AT = new Date('2026-11-22T10:00:10.000Z');

function messageOf(episodes: readonly Episode[], kind: Message['kind'] = 'opened'): Message {
	return {id: '01M', kind, at: AT, episodes, sentences: kind === 'test' ? ['Dana sent this'] : []};
}

/** What somebody writes who wants out of a format. */
const hostile =
	'a"]\\}\n<!channel> <https://evil.example|ok> @here *b* \u202E\u0000 <166>1 - - - - - - 12 x\u{1F600}\uD800';

function file(text: string): string {
	const path = join(mkdtempSync(join(tmpdir(), 'sallyport-tell-')), 'secret');
	writeFileSync(path, text);
	return path;
}

const key = randomBytes(32);

function hook(url: string, more: {caFile?: string} = {}): Channel {
	const secretFile = file(`whsec_${key.toString('base64')}\n`);
	return webhook({url: new URL('/in/T0PSECRET?x=1', url), secretFile, ...more}, 'host-1');
}

test('a webhook is signed byte for byte as Standard Webhooks says', async t => {
	const {url, received} = await receiver(t, response => {
		response.setHeader('X-Request-Id', 'req-7');
		response.statusCode = 202;
		response.end('thanks');
	});
	const receipt = await hook(url).send(messageOf([episodeOf({message: hostile})]), never);

	t.deepEqual(receipt, {state: 'accepted', answer: '202 thanks', providerId: 'req-7'});
	const [one] = received;
	const headers = one?.headers ?? {};
	const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${one?.body}`;
	t.is(headers['webhook-signature'], `v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
	t.is(headers['webhook-id'], '01M');
	t.true(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000) < 5);
	t.is(headers['content-type'], 'application/json');
	const body = JSON.parse(one?.body ?? '');
	t.is(body.type, 'sallyport.opened');
	t.like(body.data.counts, {episodes: 1, containers: 1, controls: 1});
	t.notRegex(body.data.episodes[0].message, /[\n\0\u202E]/);
});

test('a large message stays small: a hundred episodes are listed and all are counted', async t => {
	const {url, received} = await receiver(t);
	const many = Array.from({length: 1000}, (_, i) =>
		episodeOf({container: `web-${i}`, message: 'x'.repeat(100_000)}),
	);
	await hook(url).send(messageOf(many), never);

	const body = received[0]?.body ?? '';
	t.true(body.length < 200_000, `${body.length}`);
	t.is(JSON.parse(body).data.counts.episodes, 1000);
	t.is(JSON.parse(body).data.episodes.length, 100);
});

const refusals: Readonly<Record<string, readonly [status: number, isFinal: boolean, message: RegExp]>> = {
	'a redirect is not followed': [302, true, /302, a redirect, and those are not followed/],
	'a refusal is final': [410, true, /^410 gone …$/],
	'too many requests are tried again': [429, false, /^429/],
	'a failing server is tried again': [503, false, /^503/],
};
for (const [title, [status, isFinal, message]] of Object.entries(refusals)) {
	test(`webhook: ${title}, and what is said of it holds no secret`, async t => {
		const elsewhere = await receiver(t);
		const {url} = await receiver(t, (response, {path}) => {
			response.writeHead(status, {location: `${elsewhere.url}/`, 'retry-after': '7'});
			response.end(`gone ${path}`);
		});
		const error = await t.throwsAsync(hook(url).send(messageOf([episodeOf()]), never));

		t.like(error, {isFinal, retryAfterMs: 7000});
		t.regex(error?.message ?? '', message);
		t.notRegex(error?.message ?? '', /T0PSECRET/);
		t.is(elsewhere.received.length, 0);
	});
}

test('nobody there, and a server that says nothing for ever, are told as such', async t => {
	const {url} = await receiver(t, () => undefined);
	const stop = AbortSignal.timeout(300);
	await t.throwsAsync(hook(url).send(messageOf([episodeOf()]), stop), {message: /^no answer/});
	await t.throwsAsync(hook('http://127.0.0.1:1').send(messageOf([episodeOf()]), never), {
		message: 'no answer: ECONNREFUSED',
	});
});

test('an answer without an end is read as far as it is of use', async t => {
	const {url} = await receiver(t, response => {
		const pour = (): void => {
			while (response.write('x'.repeat(65_536)));
			response.once('drain', pour);
		};
		pour();
	});
	const receipt = await hook(url).send(messageOf([episodeOf()]), AbortSignal.timeout(5000));

	t.is(receipt.state, 'accepted');
	t.true((receipt.answer ?? '').length < 130);
});

test('a certificate that nobody vouches for is refused, and one of the authority in ca-file is taken', async t => {
	const {cert, key: secret} = selfSigned('localhost');
	const server = createTlsServer({cert, key: secret}, (_, response) => response.end('ok'));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	t.teardown(() => server.close());
	const url = `https://localhost:${(server.address() as AddressInfo).port}`;

	await t.throwsAsync(hook(url).send(messageOf([episodeOf()]), never), {
		message: /DEPTH_ZERO_SELF_SIGNED_CERT/,
	});
	const receipt = await hook(url, {caFile: file(cert)}).send(messageOf([episodeOf()]), never);
	t.is(receipt.state, 'accepted');
});

test('a secret that is none is refused without being shown', t => {
	const secretFile = file('hunter2');
	t.throws(() => webhook({url: new URL('https://x.example'), secretFile}, 'h'), {
		message: /holds no secret of a webhook: whsec_/,
	});
	const error = t.throws(() => webhook({url: new URL('https://x.example'), secretFile: '/nowhere'}, 'h'));
	t.regex(error?.message ?? '', /The secret file \/nowhere cannot be used/);
	t.notRegex(error?.message ?? '', /hunter2/);
});

test('Slack is sent text in which nothing is markup', async t => {
	const {url, received} = await receiver(t);
	const channel = slack({urlFile: file(`${url}/services/T000/B000/SECRET`)}, 'host-1');
	t.is(channel.target, url);
	await channel.send(messageOf([episodeOf({container: hostile, message: hostile})]), never);

	t.is(received[0]?.path, '/services/T000/B000/SECRET');
	const body = JSON.parse(received[0]?.body ?? '');
	t.notRegex(body.text, /<|>|@here|https:\/\/|\*b\*/);
	t.regex(body.text, /&lt;!\u200Bchannel&gt;/);
	const kinds = body.blocks.flatMap((block: {text?: {type: string}; elements?: readonly {type: string}[]}) =>
		[block.text, ...(block.elements ?? [])].filter(each => each !== undefined).map(({type}) => type),
	);
	t.deepEqual([...new Set(kinds)], ['plain_text']);
	const section = body.blocks.find((block: {type: string}) => block.type === 'section');
	t.true(Array.from(section.text.text).length <= 3000);
	t.notRegex(JSON.stringify(body), /SECRET|\\ud800/i);
});

test('Alertmanager hears of each episode by labels that stay the same until its end', async t => {
	const {url, received} = await receiver(t);
	const channel = alertmanager({url: new URL('/am/', url)}, 'host-1');
	const episode = episodeOf({container: hostile, message: hostile});
	await channel.send(messageOf([episode]), never);
	await channel.keep?.([episode], never);
	await channel.send(messageOf([closedOf(episode)], 'closed'), never);

	t.deepEqual([...new Set(received.map(({path}) => path))], ['/am/api/v2/alerts']);
	const [[opened], [kept], [closed]] = received.map(({body}) => JSON.parse(body));
	t.deepEqual(opened.labels, closed.labels);
	t.deepEqual(opened.labels, kept.labels);
	t.is(opened.startsAt, episode.openedAt);
	t.true(Date.parse(opened.endsAt) > AT.getTime());
	t.is(closed.endsAt, '2026-11-22T10:05:00.000Z');
	t.is(opened.labels.alertname, 'SallyportControlFailed');
	t.true(opened.labels.container.isWellFormed());
});

test('a thousand and one alerts are two requests', async t => {
	const {url, received} = await receiver(t);
	const many = Array.from({length: 1001}, (_, i) => episodeOf({container: `web-${i}`}));
	await alertmanager({url: new URL(url)}, 'h').send(messageOf(many), never);

	t.deepEqual(
		received.map(({body}) => JSON.parse(body).length),
		[1000, 1],
	);
});

/** RFC 5424, 6: what comes before the text, strictly. */
const LINE =
	/^<(?<pri>\d{1,3})>1 (?<time>\S+) (?<host>[\x21-\x7e]{1,255}) sallyport \d+ (?<id>[a-z]+) \[sallyport@32473(?<data>(?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] \uFEFF(?<text>[^\p{Cc}]*)$/u;

test('nothing in a name gets out of a line of syslog', t => {
	const message = messageOf([episodeOf({container: hostile, message: hostile, severity: 'critical'})]);
	const bytes = syslogLine(message, {facility: 'local0', instance: 'host 1\n', most: 8192});
	const {
		pri,
		host,
		data = '',
		text = '',
	} = LINE.exec(new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes))?.groups ?? {};

	t.is(pri, String(16 * 8 + 2));
	t.is(host, 'host?1?');
	t.regex(data, / containers="a\\"\\\]\\\\\}/);
	t.regex(text, /hdr-on-errors fails at/);
});

test('a line of syslog that is too long ends between two characters', t => {
	const message = messageOf([
		episodeOf({message: '😀'.repeat(140)}),
		episodeOf({container: 'b', message: '😀'.repeat(140)}),
	]);
	for (const most of [480, 481, 482, 483]) {
		const bytes = syslogLine(message, {facility: 'daemon', instance: 'h', most});
		t.true(bytes.length <= most && bytes.length > most - 4);
		t.notThrows(() => new TextDecoder('utf-8', {fatal: true}).decode(bytes));
	}
});

async function streamed(
	t: ExecutionContext,
	where: ListenOptions,
): Promise<{port: number; all: Promise<string>}> {
	const {promise: all, resolve} = Promise.withResolvers<string>();
	const server = createServer({allowHalfOpen: false}, socket => {
		let text = '';
		socket.setEncoding('utf8').on('data', (chunk: string) => {
			text += chunk;
		});
		socket.on('end', () => resolve(text));
	});
	server.listen(where);
	await once(server, 'listening');
	t.teardown(() => server.close());
	const address = server.address();
	return {port: typeof address === 'object' && address !== null ? address.port : 0, all};
}

test('syslog over TCP and over a Unix socket says how long each line is', async t => {
	const path = join(mkdtempSync(join(tmpdir(), 'sallyport-tell-')), 'log');
	const unix = await streamed(t, {path});
	const tcp = await streamed(t, {port: 0, host: '127.0.0.1'});
	const message = messageOf([episodeOf({message: '12 <1>1 ü'})]);
	const addresses = [
		{over: 'unix', path},
		{over: 'tcp', host: '127.0.0.1', port: tcp.port},
	] as const;
	for (const address of addresses) {
		const receipt = await syslog({address, facility: 'daemon'}, 'h').send(message, never);
		t.is(receipt.state, 'sent');
	}

	for (const text of [await unix.all, await tcp.all]) {
		const [, length, line = ''] = /^(\d+) (.*)$/su.exec(text) ?? [];
		t.is(Buffer.byteLength(line), Number(length));
		t.regex(line, LINE);
	}

	await t.throwsAsync(
		syslog({address: {over: 'tcp', host: '127.0.0.1', port: 1}, facility: 'daemon'}, 'h').send(
			message,
			never,
		),
		{message: 'not sent: ECONNREFUSED'},
	);
});

test('syslog over UDP is one datagram that every receiver takes', async t => {
	const socket = createSocket('udp4');
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	t.teardown(() => socket.close());
	const {port} = socket.address();
	const heard = once(socket, 'message');
	const many = Array.from({length: 100}, (_, i) =>
		episodeOf({container: `web-${i}`, message: 'ä'.repeat(100)}),
	);
	await syslog({address: {over: 'udp', host: '127.0.0.1', port}, facility: 'daemon'}, 'h').send(
		messageOf(many),
		never,
	);

	const [bytes] = (await heard) as [Buffer];
	t.true(bytes.length <= 2048 && bytes.length > 2040);
	t.regex(bytes.toString(), /^<27>1 .*episodes="100"/);
});
