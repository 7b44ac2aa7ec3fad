import test from 'ava';
import {ensureImages} from './engine/images.ts';
import {type Docker, folderOf, openDocker} from './helpers/docker.ts';
import {
	FLAG,
	type Frame,
	frame,
	get,
	literals,
	PREFACE,
	say,
	setting,
	TYPE,
	uint32,
} from './helpers/frames.ts';
import {plan} from './helpers/plan.ts';
import {ask, type Container, contextOf, start} from './helpers/proxied.ts';

// HTTP/2 said wrongly, frame by frame: RFC 9113 says how each must end, and that nobody else notices.

let docker: Docker;
let container: Container;

test.before(async () => {
	docker = await openDocker();
	await ensureImages(docker.engine, ['node:24-bookworm-slim', 'debian:trixie-slim', 'alpine:3.22']);
	const context = await folderOf(contextOf(plan));
	const image = 'sallyport-test/frames';
	const {code, stderr} = await docker(['build', '-q', '--target', 'glibc', '-t', image, context]);
	if (code !== 0) {
		throw new Error(stderr);
	}

	container = await start(docker, image);
});

test.after.always(async () => {
	if (container !== undefined) {
		await docker(['rm', '-f', container.id]);
	}
});

const NO_SETTINGS = frame(TYPE.settings, 0, 0);
const HELLO = Buffer.concat([PREFACE, NO_SETTINGS]);
const GET = get('app.example');
const REQUEST = FLAG.endStream | FLAG.endHeaders;
const CODES = {protocol: 1, flow: 3, closed: 5, size: 6, compression: 9} as const;
type Code = keyof typeof CODES;

/** Bytes after the preface and settings, and the codes of RFC 9113 §7 that the connection or the stream may end with. */
const wrong: Readonly<Record<string, readonly [bytes: Buffer, codes: readonly Code[]]>> = {
	'DATA on stream 0 (§6.1)': [frame(TYPE.data, 0, 0, Buffer.from('a')), ['protocol']],
	'HEADERS on stream 0 (§6.2)': [frame(TYPE.headers, REQUEST, 0, GET), ['protocol']],
	'HEADERS on a stream of the server (§5.1.1)': [frame(TYPE.headers, REQUEST, 2, GET), ['protocol']],
	'a stream with a smaller number than one before (§5.1.1)': [
		Buffer.concat([frame(TYPE.headers, REQUEST, 5, GET), frame(TYPE.headers, REQUEST, 3, GET)]),
		['protocol', 'closed'],
	],
	'more padding than there is payload (§6.2)': [
		frame(TYPE.headers, REQUEST | FLAG.padded, 1, Buffer.concat([Buffer.from([255]), GET])),
		['protocol', 'size'],
	],
	'a stream that depends on itself (§5.3.1 of RFC 7540)': [
		frame(TYPE.headers, REQUEST | FLAG.priority, 1, Buffer.concat([uint32(1), Buffer.from([0]), GET])),
		['protocol'],
	],
	'CONTINUATION without HEADERS (§6.10)': [frame(TYPE.continuation, FLAG.endHeaders, 1, GET), ['protocol']],
	'HEADERS that another frame breaks into (§6.10)': [
		Buffer.concat([frame(TYPE.headers, FLAG.endStream, 1, GET), frame(TYPE.ping, 0, 0, Buffer.alloc(8))]),
		['protocol'],
	],
	'SETTINGS on a stream (§6.5)': [frame(TYPE.settings, 0, 1), ['protocol']],
	'SETTINGS of five bytes (§6.5)': [frame(TYPE.settings, 0, 0, Buffer.alloc(5)), ['size']],
	'SETTINGS acknowledged with a payload (§6.5)': [
		frame(TYPE.settings, FLAG.ack, 0, Buffer.alloc(6)),
		['size'],
	],
	'a window beyond 2^31-1 (§6.5.2)': [frame(TYPE.settings, 0, 0, setting(4, 2 ** 31)), ['flow']],
	'a frame size below 2^14 (§6.5.2)': [frame(TYPE.settings, 0, 0, setting(5, 100)), ['protocol']],
	'PING of seven bytes (§6.7)': [frame(TYPE.ping, 0, 0, Buffer.alloc(7)), ['size']],
	'PING on a stream (§6.7)': [frame(TYPE.ping, 0, 1, Buffer.alloc(8)), ['protocol']],
	'PUSH_PROMISE from a client (§8.4)': [frame(TYPE.push, FLAG.endHeaders, 1, uint32(2)), ['protocol']],
	'WINDOW_UPDATE by nothing (§6.9)': [frame(TYPE.window, 0, 0, uint32(0)), ['protocol']],
	'WINDOW_UPDATE of three bytes (§6.9)': [frame(TYPE.window, 0, 0, Buffer.alloc(3)), ['size']],
	'WINDOW_UPDATE beyond 2^31-1 (§6.9.1)': [frame(TYPE.window, 0, 0, uint32(2 ** 31 - 1)), ['flow']],
	'RST_STREAM of three bytes (§6.4)': [frame(TYPE.reset, 0, 1, Buffer.alloc(3)), ['size']],
	'RST_STREAM on stream 0 (§6.4)': [frame(TYPE.reset, 0, 0, uint32(8)), ['protocol']],
	'an index that HPACK does not have (RFC 7541 §2.3.3)': [
		frame(TYPE.headers, REQUEST, 1, Buffer.from([0xff, 0x20])),
		['compression'],
	],
};

for (const [title, [bytes, codes]] of Object.entries(wrong)) {
	test(`ends with the error that the RFC names: ${title}`, async t => {
		const {frames} = await say(container.https, Buffer.concat([HELLO, bytes]));

		const told = frames.flatMap(errorOf);
		t.true(
			codes.some(code => told.includes(CODES[code])),
			`${told.join(', ')} instead of ${codes.join(', ')}`,
		);
	});
}

/** Of GOAWAY and RST_STREAM. */
function errorOf({type, payload}: Frame): readonly number[] {
	const at = type === TYPE.goaway ? 4 : type === TYPE.reset ? 0 : undefined;
	return at === undefined ? [] : [payload.readUInt32BE(at)];
}

const AUTHORITY = [':authority', 'app.example'] as const;
/** Well-formed frames whose message is malformed (§8.1.1): a stream error, or 400. */
const malformed: Readonly<Record<string, Buffer>> = {
	'a header with a capital letter (§8.2)': Buffer.concat([GET, literals(['X-Upper', 'a'])]),
	'no path (§8.3.1)': literals([':method', 'GET'], [':scheme', 'https'], AUTHORITY),
	'no method (§8.3.1)': literals([':scheme', 'https'], AUTHORITY, [':path', '/']),
	'an empty path (§8.3.1)': literals([':method', 'GET'], [':scheme', 'https'], AUTHORITY, [':path', '']),
	'two paths (§8.3.1)': Buffer.concat([GET, literals([':path', '/b'])]),
	'a pseudo-header that does not exist (§8.3)': Buffer.concat([literals([':a', 'b']), GET]),
	'a pseudo-header of answers (§8.3)': Buffer.concat([literals([':status', '200']), GET]),
	'a line feed in a value (§8.2.1)': Buffer.concat([GET, literals(['x-a', 'b\nx-c: d'])]),
};

for (const [title, headers] of Object.entries(malformed)) {
	test(`is refused and never reaches the application: ${title}`, async t => {
		const {frames} = await say(
			container.https,
			Buffer.concat([HELLO, frame(TYPE.headers, REQUEST, 1, headers)]),
		);

		// Static table of RFC 7541: 0x8c is `:status: 400`.
		const isRefused = frames.some(({type, payload}) => type === TYPE.headers && payload[0] === 0x8c);
		t.true(isRefused || frames.flatMap(errorOf).length > 0, JSON.stringify(frames.map(({type}) => type)));
	});
}

test('a PING comes back with what it carried, and frames nobody knows are passed over', async t => {
	const unknown = frame(0xbb, 0xff, 0, Buffer.from('whatever'));

	const {frames} = await say(
		container.https,
		Buffer.concat([HELLO, unknown, frame(TYPE.ping, 0, 0, Buffer.from('12345678'))]),
	);

	const pong = frames.find(({type, flags}) => type === TYPE.ping && flags === FLAG.ack);
	t.is(pong?.payload.toString(), '12345678');
});

// RFC 9113 §5.1 would have the connection ended. nginx cannot tell it from a stream that it has ended itself, and drops it.
test('DATA of a stream that nobody opened is dropped, and the connection goes on', async t => {
	const data = frame(TYPE.data, FLAG.endStream, 1, Buffer.from('POST / HTTP/1.1'));

	const {frames} = await say(
		container.https,
		Buffer.concat([HELLO, data, frame(TYPE.headers, REQUEST, 3, GET)]),
	);

	t.deepEqual([...new Set(frames.filter(({type}) => type === TYPE.headers).map(({stream}) => stream))], [3]);
});

/** Cheap to say and dear to hear; each many thousand times on one connection. */
const floods: Readonly<Record<string, Buffer>> = {
	'requests that are reset at once (CVE-2023-44487)': repeated(3000, index =>
		Buffer.concat([
			frame(TYPE.headers, REQUEST, 2 * index + 1, GET),
			frame(TYPE.reset, 0, 2 * index + 1, uint32(8)),
		]),
	),
	'CONTINUATION without end': Buffer.concat([
		frame(TYPE.headers, FLAG.endStream, 1, GET),
		repeated(5000, () => frame(TYPE.continuation, 0, 1, literals(['x-a', 'a'.repeat(100)]))),
	]),
	'SETTINGS over and over (CVE-2019-9515)': repeated(100_000, () =>
		frame(TYPE.settings, 0, 0, setting(3, 100)),
	),
	'PING over and over (CVE-2019-9512)': repeated(100_000, () => frame(TYPE.ping, 0, 0, Buffer.alloc(8))),
};

function repeated(times: number, make: (index: number) => Buffer): Buffer {
	return Buffer.concat(Array.from({length: times}, (_, index) => make(index)));
}

for (const [title, bytes] of Object.entries(floods)) {
	test.serial(`the connection is ended, and others are answered meanwhile: ${title}`, async t => {
		const flood = say(container.https, Buffer.concat([HELLO, bytes]), 3000);
		const answers = await Promise.all(
			Array.from({length: 5}, () => ask(container.https, '/', {headers: {Host: 'app.example'}})),
		);

		t.true((await flood).isClosed);
		t.deepEqual([...new Set(answers.map(({status}) => status))], [200]);
		t.is((await ask(container.https, '/healthz')).status, 200);
	});
}
