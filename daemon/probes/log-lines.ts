import type {Readable} from 'node:stream';

/** Lines of a container's output, whole and in order; those longer than the limit are left out. */
export type LogLines = AsyncIterable<string>;

const MAX_LINE_BYTES = 64 * 1024;
/** More output than this while one probe looks is noise that we do not wade through. */
const MAX_TOTAL_BYTES = 8 * 1024 * 1024;
const NEWLINE = 10;
/** Docker Engine API, "Stream format": 1 byte stream, 3 bytes zero, 4 bytes length in network order. */
const FRAME_HEADER_BYTES = 8;

/** Splits the engine's log stream into lines. Standard output and error have a buffer each, so neither cuts the other. */
export async function* linesOfLog(
	log: Readable,
	tty: boolean,
	signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
	const rests = new Map<number, Buffer>();
	let pending: Buffer = Buffer.alloc(0);
	for await (const chunk of chunksOf(log, signal)) {
		pending = Buffer.concat([pending, chunk]);
		const {frames, rest} = tty
			? {frames: [{stream: 1, bytes: pending}], rest: Buffer.alloc(0)}
			: framesOf(pending);
		pending = rest;
		for (const {stream, bytes} of frames) {
			const {lines, rest: open} = split(Buffer.concat([rests.get(stream) ?? Buffer.alloc(0), bytes]));
			rests.set(stream, open);
			yield* lines;
		}
	}
}

/** What the engine sends until the signal, or until it is too much. */
async function* chunksOf(log: Readable, signal: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
	const stop = (): void => {
		log.destroy();
	};
	signal.addEventListener('abort', stop, {once: true});
	let total = 0;
	try {
		for await (const chunk of log) {
			const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
			total += bytes.length;
			if (total > MAX_TOTAL_BYTES) {
				return;
			}

			yield bytes;
		}
	} catch (error) {
		// A stream cut by our own signal ends; one that the engine cut is an error.
		if (!signal.aborted) {
			throw error;
		}
	} finally {
		signal.removeEventListener('abort', stop);
		log.destroy();
	}
}

function framesOf(bytes: Buffer): {frames: readonly {stream: number; bytes: Buffer}[]; rest: Buffer} {
	const frames: {stream: number; bytes: Buffer}[] = [];
	let at = 0;
	while (bytes.length - at >= FRAME_HEADER_BYTES) {
		const end = at + FRAME_HEADER_BYTES + bytes.readUInt32BE(at + 4);
		if (end > bytes.length) {
			break;
		}

		frames.push({stream: bytes[at] ?? 0, bytes: bytes.subarray(at + FRAME_HEADER_BYTES, end)});
		at = end;
	}

	return {frames, rest: bytes.subarray(at)};
}

function split(bytes: Buffer): {lines: readonly string[]; rest: Buffer} {
	const lines: string[] = [];
	let at = 0;
	for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, at)) {
		if (end - at <= MAX_LINE_BYTES) {
			lines.push(bytes.subarray(at, end).toString());
		}

		at = end + 1;
	}

	const rest = bytes.subarray(at);
	// A line that has grown too long is dropped; what follows until its end is dropped as a line of its own.
	return {lines, rest: rest.length > MAX_LINE_BYTES ? Buffer.alloc(0) : rest};
}
