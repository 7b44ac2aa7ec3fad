import {createHash, type Hash} from 'node:crypto';
import {type Duplex, type Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip, createZstdDecompress} from 'node:zlib';
import {type Extract, extract} from 'tar-stream';
import type {Digest} from '../proto/digest.ts';
import {wantedFiles} from './built-image.ts';
import {CliError} from './error.ts';

/** What one layer of an image says of the files that are wanted. */
export interface Layer {
	readonly found: ReadonlyMap<string, Uint8Array>;
	/** What lower layers have of these is not in the image. */
	readonly removed: ReadonlySet<string>;
	/** Digest of the layer as it is when unpacked, by which a configuration names it. */
	readonly diffId: Digest;
}

/** No layer unpacks to more: what does is there to keep somebody busy. */
const MAX_LAYER_BYTES = 64 * 1024 ** 3;

/** Unpacks a layer to its end, because only all of it has a digest, and keeps what is wanted. */
export async function layerOf(packed: Readable): Promise<Layer> {
	const hash = createHash('sha256');
	const entries = extract();
	const [start, whole] = await peeked(packed);
	const unpacker = unpackerOf(start);
	const counter = counterOf(hash);
	const passing =
		unpacker === undefined ? pipeline(whole, counter, entries) : pipeline(whole, unpacker, counter, entries);
	const [kept] = await Promise.all([keep(entries), passing]);
	return {...kept, diffId: `sha256:${hash.digest('hex')}`};
}

async function keep(entries: Extract): Promise<Omit<Layer, 'diffId'>> {
	const found = new Map<string, Uint8Array>();
	const removed = new Set<string>();
	for await (const entry of entries) {
		const {name, type, size = 0} = entry.header;
		const full = `/${name.replace(/^\.?\/+/, '').replace(/\/$/, '')}`;
		for (const gone of removedBy(full)) {
			removed.add(gone);
		}

		const maxBytes = wantedFiles.get(full);
		if (maxBytes === undefined || type !== 'file' || size > maxBytes) {
			entry.resume();
			continue;
		}

		const chunks: Buffer[] = [];
		for await (const chunk of entry) {
			chunks.push(chunk as Buffer); // tar-stream's entries are bytes.
		}

		found.set(full, Buffer.concat(chunks));
	}

	return {found, removed};
}

/** The wanted files that a whiteout removes from what lies below. */
function removedBy(entry: string): readonly string[] {
	const at = entry.lastIndexOf('/');
	const name = entry.slice(at + 1);
	if (!name.startsWith('.wh.')) {
		return [];
	}

	const folder = entry.slice(0, at);
	const gone = name === '.wh..wh..opq' ? folder : `${folder}/${name.slice('.wh.'.length)}`;
	return [...wantedFiles.keys()].filter(path => path === gone || path.startsWith(`${gone}/`));
}

async function peeked(stream: Readable): Promise<readonly [Buffer, AsyncIterable<Buffer>]> {
	const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
	const first = await chunks.next();
	const start = first.done === true ? Buffer.alloc(0) : first.value;
	async function* all(): AsyncGenerator<Buffer, void, undefined> {
		yield start;
		for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
			yield next.value;
		}
	}

	return [start, all()];
}

const GZIP = Buffer.of(0x1f, 0x8b);
const ZSTD = Buffer.of(0x28, 0xb5, 0x2f, 0xfd);

/** Told by its first bytes: a media type is only what an index claims. */
function unpackerOf(start: Buffer): Duplex | undefined {
	if (start.subarray(0, GZIP.length).equals(GZIP)) {
		return createGunzip();
	}

	return start.subarray(0, ZSTD.length).equals(ZSTD) ? createZstdDecompress() : undefined;
}

function counterOf(hash: Hash): Transform {
	let size = 0;
	return new Transform({
		transform(chunk: Buffer, _encoding, done) {
			size += chunk.length;
			hash.update(chunk);
			done(
				size > MAX_LAYER_BYTES
					? new CliError('CLI_BAD_INPUT', `A layer unpacks to more than ${MAX_LAYER_BYTES} bytes`)
					: null,
				chunk,
			);
		},
	});
}
