import {mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {pack} from 'tar-stream';
import {type BuildRecord, sealBuildRecord} from '../../proto/build-record.ts';
import {sealContract} from '../../proto/contract.ts';
import {digestOf} from '../../proto/digest.ts';
import {labels, paths} from '../../proto/labels.ts';
import {contract} from './subject.ts';

/** A record of a build in which everything was right. */
export const goodRecord: BuildRecord = {
	version: 1,
	frontend: {version: '0.1.0'},
	policy: {name: 'baseline', digest: digestOf('policy')},
	dockerfile: {digest: digestOf('a'), builtDigest: digestOf('b')},
	verdict: 'pass',
	controls: [{control: 'image-user-non-root', result: 'pass', level: 'warn'}],
	findings: [],
	repairs: [],
	bases: [],
};

/** Files of a layer, by path; what is undefined is an empty file, such as a whiteout. */
export type LayerFiles = Readonly<Record<string, Uint8Array | undefined>>;

/** The label and the files that the build gate leaves in an image. */
export function leftBehind(record: BuildRecord): {readonly label: string; readonly files: LayerFiles} {
	const sealed = sealBuildRecord(record);
	const {bytes, digest} = sealContract({...contract, record: {digest: sealed.digest}});
	return {label: digest, files: {[paths.contract]: bytes, [paths.buildRecord]: sealed.bytes}};
}

export async function tarOf(files: LayerFiles): Promise<Buffer> {
	const tar = pack();
	for (const [path, content = new Uint8Array()] of Object.entries(files)) {
		tar.entry({name: path.replace(/^\//, ''), mtime: new Date(0)}, Buffer.from(content));
	}

	tar.finalize();
	return buffer(tar);
}

export interface Parts {
	readonly label: string | undefined;
	/** From the lowest to the topmost. */
	readonly layers: readonly LayerFiles[];
	readonly packed?: (layer: Buffer) => Buffer;
	/** Changes members after their digests were taken. */
	readonly forged?: (members: Map<string, Buffer>) => void;
	/** With an index below the index, and an attestation beside the image, as BuildKit writes them. */
	readonly isNested?: boolean;
}

/** The members of an OCI layout with one image, and the digests that name it. */
export async function ociMembers({label, layers, packed = same, forged, isNested = false}: Parts): Promise<{
	readonly members: ReadonlyMap<string, Buffer>;
	readonly config: string;
	readonly manifest: string;
}> {
	const members = new Map<string, Buffer>();
	const put = (content: Buffer): {readonly digest: string; readonly size: number} => {
		const digest = digestOf(content);
		members.set(`blobs/sha256/${digest.slice('sha256:'.length)}`, content);
		return {digest, size: content.length};
	};
	const tars = await Promise.all(layers.map(tarOf));
	const config = put(json(configOf(label, tars)));
	const manifest = put(json({schemaVersion: 2, config, layers: tars.map(tar => put(packed(tar)))}));
	const attestation = {
		...put(json({schemaVersion: 2})),
		annotations: {'vnd.docker.reference.type': 'attestation-manifest'},
	};
	const top = isNested ? put(json({manifests: [manifest, attestation]})) : manifest;
	members.set('oci-layout', json({imageLayoutVersion: '1.0.0'}));
	members.set('index.json', json({schemaVersion: 2, manifests: [top]}));
	forged?.(members);
	return {members, config: config.digest, manifest: manifest.digest};
}

/** As engines before 25 save an image. */
export async function savedMembers({label, layers}: Parts): Promise<ReadonlyMap<string, Buffer>> {
	const tars = await Promise.all(layers.map(tarOf));
	const config = json(configOf(label, tars));
	const name = `${digestOf(config).slice('sha256:'.length)}.json`;
	const names = tars.map((_, at) => `layer-${at}/layer.tar`);
	return new Map([
		...tars.map((tar, at) => [names[at] ?? '', tar] as const),
		[name, config],
		['manifest.json', json([{Config: name, Layers: names}])],
	]);
}

function configOf(label: string | undefined, tars: readonly Buffer[]): unknown {
	return {
		os: 'linux',
		architecture: 'amd64',
		config: {Labels: label === undefined ? {} : {[labels.contract]: label}},
		rootfs: {type: 'layers', diff_ids: tars.map(tar => digestOf(tar))},
	};
}

export async function writeTar(path: string, members: ReadonlyMap<string, Buffer>): Promise<string> {
	writeFileSync(path, await tarOf(Object.fromEntries(members)));
	return path;
}

export function writeFolder(path: string, members: ReadonlyMap<string, Buffer>): string {
	for (const [name, content] of members) {
		mkdirSync(dirname(join(path, name)), {recursive: true});
		writeFileSync(join(path, name), content);
	}

	return path;
}

function json(value: unknown): Buffer {
	return Buffer.from(JSON.stringify(value));
}

function same(layer: Buffer): Buffer {
	return layer;
}
