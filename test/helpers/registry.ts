import {createHash} from 'node:crypto';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {gzipSync} from 'node:zlib';
import {pack} from 'tar-stream';

/** A registry of one image, and of names that behave badly. The first part of a repository's name says how it behaves. */
export interface Registry {
	/** `127.0.0.1:port`; engines speak plain HTTP there. */
	readonly address: string;
	/** How often a tag of that name was asked for. */
	asked(name: string): number;
	close(): void;
}

const SLOW_MS = 4000;
const FOREIGN = {os: 'linux', architecture: 's390x'};
const WINDOWS = {os: 'windows', architecture: 'amd64'};
const NATIVE = {os: 'linux', architecture: 'amd64'};
const JSON_TYPE = 'application/json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

interface Blob {
	readonly bytes: Buffer;
	readonly type: string;
}

type Blobs = Map<string, Blob>;

/** What is said about the registry itself. */
const EMPTY: Blob = {bytes: json({}), type: JSON_TYPE};

/**
 * `none/…` is not there, `private/…` wants a password, `hang/…` never answers, `foreign/…` is for another platform alone,
 * `slow/…` takes four seconds for its manifest, `trigger/…` has an ONBUILD, `windows/…` is for Windows, and anything else is as it should be.
 */
export async function openRegistry(): Promise<Registry> {
	const blobs: Blobs = new Map();
	const good = await imageOf(blobs, NATIVE, {});
	const foreign = await imageOf(blobs, FOREIGN, {});
	const trigger = await imageOf(blobs, NATIVE, {OnBuild: ['COPY app /app']});
	const windows = await imageOf(blobs, WINDOWS, {});
	const names: string[] = [];
	const tags: Readonly<Record<string, string>> = {foreign, trigger, windows};
	const usual = (way: string): Blob | undefined =>
		way === 'none' ? undefined : blobs.get(tags[way] ?? good);
	const server = createServer((request, response) => {
		const {name, kind, reference} = askedFor(request);
		if (isTag(reference)) {
			names.push(name);
		}

		const way = name.split('/')[0] ?? '';
		const found = kind === '' ? EMPTY : (blobs.get(reference) ?? usual(way));
		const wait = way === 'slow' && kind === 'manifests' ? SLOW_MS : 0;
		if (way !== 'hang') {
			setTimeout(() => answer(request, response, way, found), wait);
		}
	});
	server.listen(0, '127.0.0.1');
	await new Promise(resolve => server.once('listening', resolve));
	const {port} = server.address() as AddressInfo; // Listens on a port.
	return {
		address: `127.0.0.1:${port}`,
		asked: name => names.filter(each => each === name).length,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}

function askedFor({url = ''}: IncomingMessage): {name: string; kind: string; reference: string} {
	const [, name = '', kind = '', reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(url) ?? [];
	return {name, kind, reference};
}

function isTag(reference: string): boolean {
	return reference !== '' && !reference.includes(':');
}

function answer(
	{method}: IncomingMessage,
	response: ServerResponse,
	way: string,
	found: Blob | undefined,
): void {
	if (way === 'private') {
		response.writeHead(401, {'www-authenticate': 'Basic realm="here"', 'content-type': JSON_TYPE});
		response.end('{"errors":[{"code":"UNAUTHORIZED","message":"a password is needed"}]}');
	} else if (found === undefined) {
		response.writeHead(404, {'content-type': JSON_TYPE});
		response.end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"there is none"}]}');
	} else {
		const {type, bytes} = found;
		const digest = digestOf(bytes);
		response.writeHead(200, {
			'content-type': type,
			'content-length': bytes.length,
			'docker-content-digest': digest,
		});
		response.end(method === 'HEAD' ? undefined : bytes);
	}
}

/** An image with one file, for one platform alone; its index's digest. */
async function imageOf(
	blobs: Blobs,
	platform: typeof NATIVE,
	config: Readonly<Record<string, unknown>>,
): Promise<string> {
	const tar = pack();
	tar.entry({name: 'here', mtime: new Date(0)}, `${platform.architecture}\n`);
	tar.finalize();
	const plain = await buffer(tar);
	const layer = keep(blobs, gzipSync(plain), 'application/vnd.oci.image.layer.v1.tar+gzip');
	const image = keep(
		blobs,
		json({
			...platform,
			config,
			rootfs: {type: 'layers', diff_ids: [digestOf(plain)]},
			history: [{created_by: 'test'}],
		}),
		'application/vnd.oci.image.config.v1+json',
	);
	const manifest = keep(
		blobs,
		json({schemaVersion: 2, mediaType: MANIFEST, config: image, layers: [layer]}),
		MANIFEST,
	);
	return keep(blobs, json({schemaVersion: 2, mediaType: INDEX, manifests: [{...manifest, platform}]}), INDEX)
		.digest;
}

function json(value: unknown): Buffer {
	return Buffer.from(JSON.stringify(value));
}

function digestOf(bytes: Uint8Array): string {
	return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function keep(blobs: Blobs, bytes: Buffer, type: string): {mediaType: string; digest: string; size: number} {
	const digest = digestOf(bytes);
	blobs.set(digest, {bytes, type});
	return {mediaType: type, digest, size: bytes.length};
}
