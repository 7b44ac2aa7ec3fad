import {type Flight, withMessage} from './flight.ts';
import type {TlsVersion} from './hello.ts';
import type {Open} from './secrets.ts';

/**
 * What came back on a ClientHello. Only `refused` is a refusal by the server: an alert of its own about versions or handshakes.
 * A closed or silent connection is `unclear`, because a broken path looks the same.
 */
export type Heard =
	| {readonly heard: 'accepted'; readonly version: TlsVersion; readonly flight: Flight}
	| {readonly heard: 'refused'; readonly alert: number}
	| {readonly heard: 'unclear'; readonly reason: string; readonly alert?: number};

/** handshake_failure, protocol_version, insufficient_security, inappropriate_fallback (RFC 8446 §6, RFC 7507). */
const REFUSALS: readonly number[] = [40, 70, 71, 86];

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

/** The longest record there is, with what encryption may add to it (RFC 5246 §6.2.3). */
const MAX_RECORD = 16_384 + 2048;
/** A server that says more than this before it waits for us is heard no longer. */
const MAX_BYTES = 128 * 1024;

/** Takes bytes as they come, cut anywhere, and says what they amount to as soon as it is certain. */
export interface Listener {
	readonly feed: (chunk: Buffer) => Heard | undefined;
	/** What is known when nothing more comes. */
	readonly end: (reason: string) => Heard;
}

export interface ListenerOptions {
	/** `hello` is content with the server's choice, `flight` waits for its certificate and keys. */
	readonly until: 'hello' | 'flight';
	/** TLS 1.3: makes what opens the rest, from the server's hello as it was sent. */
	readonly open?: ((flight: Flight, hello: Buffer) => Open | undefined) | undefined;
}

export function listen({until, open}: ListenerOptions): Listener {
	const records = framer(
		5,
		header => header.readUInt16BE(3),
		length => length > 0 && length <= MAX_RECORD,
	);
	const handshake = framer(
		4,
		header => header.readUIntBE(1, 3),
		length => length <= MAX_BYTES,
	);
	let flight: Flight | undefined;
	let opener: Open | undefined;
	let total = 0;

	function onRecord(header: Buffer, body: Buffer): Heard | undefined {
		const opened =
			header[0] === APPLICATION_DATA ? opener?.(header, body) : {type: header[0] ?? 0, content: body};
		switch (opened?.type) {
			case ALERT:
				return onAlert(opened.content);
			case HANDSHAKE:
				return onHandshake(opened.content);
			case CHANGE_CIPHER_SPEC:
				return flight === undefined ? strange : undefined;
			default:
				return settled();
		}
	}

	function onAlert(content: Buffer): Heard | undefined {
		const [level, alert = 0] = content;
		if (flight !== undefined) {
			return settled();
		}

		if (REFUSALS.includes(alert)) {
			return {heard: 'refused', alert};
		}

		// A warning is no end: what the server thinks of the name, say. But 0 announces the close.
		return level === 1 && alert !== 0
			? undefined
			: {heard: 'unclear', alert, reason: `the server sent alert ${alert}, which is about something else`};
	}

	function onHandshake(content: Buffer): Heard | undefined {
		handshake.add(content);
		for (let next = handshake.next(); next !== undefined; next = handshake.next()) {
			const heard = next === 'broken' ? settled() : onMessage(next.header, next.body);
			if (heard !== undefined) {
				return heard;
			}
		}

		return undefined;
	}

	function onMessage(header: Buffer, body: Buffer): Heard | undefined {
		const isFirst = flight === undefined;
		flight = withMessage(flight, header[0] ?? 0, body);
		if (flight === undefined) {
			return strange;
		}

		if (isFirst && flight.version === 'TLSv1.3' && !flight.retry) {
			opener = open?.(flight, Buffer.concat([header, body]));
		}

		const isAll = until === 'hello' || flight.done === true || flight.retry;
		return isAll || (flight.version === 'TLSv1.3' && opener === undefined) ? settled() : undefined;
	}

	function settled(reason = 'the answer is not TLS'): Heard {
		return flight === undefined
			? {heard: 'unclear', reason}
			: {heard: 'accepted', version: flight.version, flight};
	}

	function step(chunk: Buffer): Heard | undefined {
		records.add(chunk);
		total += chunk.length;
		for (let next = records.next(); next !== undefined; next = records.next()) {
			const heard = next === 'broken' ? settled() : onRecord(next.header, next.body);
			if (heard !== undefined) {
				return heard;
			}
		}

		if (total > MAX_BYTES) {
			return settled('the server said more than a handshake has');
		}

		return isTlsSoFar(records.peek()) ? undefined : settled();
	}

	return {
		feed: chunk => {
			try {
				return step(chunk);
			} catch {
				return settled('the answer is malformed');
			}
		},
		end: settled,
	};
}

const strange: Heard = {heard: 'unclear', reason: 'the answer is not TLS'};

/** Whoever begins with anything but a record of TLS need not be waited for. */
function isTlsSoFar(first: number | undefined): boolean {
	return first === undefined || (first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA);
}

interface Framer {
	readonly add: (chunk: Buffer) => void;
	/** The first byte that was not taken yet. */
	readonly peek: () => number | undefined;
	readonly next: () => {readonly header: Buffer; readonly body: Buffer} | 'broken' | undefined;
}

/** Cuts a stream into frames. Bytes are put together once for each frame, however small the pieces they come in. */
function framer(
	headerBytes: number,
	lengthOf: (header: Buffer) => number,
	isAllowed: (length: number) => boolean,
): Framer {
	let chunks: Buffer[] = [];
	let size = 0;
	let needed = headerBytes;
	const joined = (): Buffer => {
		const all = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks);
		chunks = [all];
		return all;
	};
	const lengthIn = (all: Buffer): number => lengthOf(all.subarray(0, headerBytes));
	return {
		add: chunk => {
			if (chunk.length > 0) {
				chunks.push(chunk);
				size += chunk.length;
			}
		},
		peek: () => chunks[0]?.[0],
		next: () => {
			if (size >= needed && needed === headerBytes) {
				const length = lengthIn(joined());
				if (!isAllowed(length)) {
					return 'broken';
				}

				needed = headerBytes + length;
			}

			if (size < needed || size < headerBytes) {
				return;
			}

			const all = joined();
			const end = needed;
			chunks = end === all.length ? [] : [all.subarray(end)];
			size -= end;
			needed = headerBytes;
			return {header: all.subarray(0, headerBytes), body: all.subarray(headerBytes, end)};
		},
	};
}
